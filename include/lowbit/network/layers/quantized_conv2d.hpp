// lowbit/network/layers/quantized_conv2d.hpp – a convolution of any codes with any codes, as a layer of a network.
//
//     codes of any format -> sums -> scales and offsets -> batch norm -> codes of the next quantizer, or floats
//
// Formats, levels and the next quantizer are values (network/code_levels.hpp, epilogue/code_boundaries.hpp): one type
// of layer serves all quantizers. With w and x the floats that the codes of weights and inputs stand for, it computes
//
//     y(pixel, o) = bn(sum over the taps on the image of w(o, tap, c) * x(pixel + tap, c), o)
//
// The padding is 0 *after* quantization: taps that lie on it add nothing, whatever code 0 stands for. The sum is taken
// in the order of network/parts.hpp and epilogue/part_sums.hpp. reference_conv2d (network/reference_conv2d.hpp) does
// the same in plain loops without packed words, and agrees in every bit.
//
// Each pair of parts is an integer product. Operands with one scale each have one pair, and then one integer decides.
// If codes of at most 5 bits are written, batch norm and quantizer are integer thresholds in the tile
// (epilogue/any_multi_thresholds.hpp). Inputs with an offset have other sums of it at the edges of an image: thresholds
// then belong to a class of windows. In all other cases floats pass through the batch norm in the tile, and codes are
// found by comparing them with boundaries. Several pairs run one after the other, and add to totals in the workspace.
//
// A linear layer has a window of one pixel, or of the whole image.
#ifndef LOWBIT_NETWORK_LAYERS_QUANTIZED_CONV2D_HPP
#define LOWBIT_NETWORK_LAYERS_QUANTIZED_CONV2D_HPP

#include "lowbit/executor/parts.hpp"
#include "lowbit/network/quantized_conv2d_parameters.hpp"
#include "lowbit/network/quantized_conv2d_workspace.hpp"
#include "lowbit/network/values.hpp"

LOWBIT_BEGIN
namespace layer {

/// See the head of this file. Const and thread-safe.
class quantized_conv2d {
 public:
  using input = packed_tensor<any_encoding>;
  using output = image_tensor<float>;
  using parameters = quantized_conv2d_parameters;
  using workspace_type = quantized_conv2d_workspace;
  static constexpr const char* name = "cnv-any";

  /// Errors: what parameters::problem() says.
  explicit quantized_conv2d(parameters p)
      : parameters_(
            detail::network::valid(static_cast<parameters&&>(p), "layer::quantized_conv2d")),
        geometry_(parameters_.filters.shape(), parameters_.over, parameters_.groups),
        inputs_(detail::network::input_parts(parameters_.inputs)) {
    const std::vector<detail::network::weight_part> parts =
        detail::network::weight_parts(parameters_);
    for (const auto& part : parts)
      weights_.emplace_back(part, inputs_, parameters_.padding, geometry_);
    starts_ = {parts, geometry_};
    if (has_thresholds() && !starts_.exist()) thresholds_ = thresholds_of({});
  }

  [[nodiscard]] const parameters& data() const noexcept { return parameters_; }
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = parameters_.bytes() + thresholds_.bytes() + starts_.bytes();
    for (const auto& each : weights_) sum += each.sums().bytes();
    return sum;
  }
  /// Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    return geometry_.output_shape(in, "layer::quantized_conv2d");
  }
  /// The format of the codes that it reads.
  [[nodiscard]] const code_format& input_format() const noexcept {
    return parameters_.inputs.format;
  }
  /// Tables, and 8 bytes per number of the result if there are several pairs of parts. Errors: as output_shape.
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    detail::network::quantized_conv2d_tables tables;
    const tensor_shape out = output_shape(in);
    for (const auto& each : weights_) tables.products.push_back(each.workspace(in));
    tables.starts = starts_.table(in, out);
    if (has_thresholds() && starts_.exist()) tables.thresholds = thresholds_of(tables.starts);
    if (pair_count() > 1) tables.totals = buffer<double>(out.elements());
    if (parameters_.inputs.format.kind == code_kind::indices)
      tables.chosen = input(format_of<unsigned_bits<1>>(), in);
    return {{key_, in, out}, static_cast<detail::network::quantized_conv2d_tables&&>(tables)};
  }

  /// y keeps codes (parameters().next), or floats, or their signs. Allocates nothing, but for products whose route
  /// packs panels. Errors: a workspace of another layer or for another shape; codes of another format; channels in
  /// segments; a y of another shape or format.
  template <class Y, executor Executor = serial_executor>
  requires(std::same_as<Y, packed_tensor<any_encoding>> || detail::network::keeps_floats<Y>) void
  operator()(packed_tensor_view<any_encoding> x, workspace_type& work, Y& y,
             const Executor& where = {}) const {
    using namespace detail;
    work.check_key("layer::quantized_conv2d", key_, x.shape());
    core::require_result("layer::quantized_conv2d", work.output(), y.shape());
    require_formats(x, y);
    network::quantized_conv2d_tables& tables = work.tables();
    const tensor_shape out = work.output();
    const matrix_view<double> totals(tables.totals.data(),
                                     tables.totals.size() > 0 ? out.pixels() : 0, out.channels);
    totals_before before = tables.starts.before();
    for (std::size_t i = 0, pair = 0; i < inputs_.size(); ++i) {
      const auto part = part_of(x, inputs_[i], tables.chosen, where);
      for (std::size_t w = 0; w < weights_.size(); ++w) {
        const network::prepared_weight_part& weight = weights_[w];
        const std::vector<float>& scale = weight.scales(i);
        auto& product = tables.products[w];
        if (++pair == pair_count())
          return multiply_last(weight, part, product, tables, before, scale, y, where);
        if (weight.shared())
          weight(part, product, out.pixels(),
                 store_shared_parts{totals, before, scale, geometry_.group_outputs()}, where);
        else
          weight(part, product, out.pixels(), store_parts{totals, before, scale}, where);
        before = {totals.data(), out.channels};
      }
    }
  }

  /// f(matrix of integer sums) for every pair of parts, in order. If the channels of a group share a pair, its columns
  /// are groups. Allocates the matrices. Errors: as a call, of x and the workspace.
  template <class F, executor Executor = serial_executor>
  void for_each_sum(packed_tensor_view<any_encoding> x, workspace_type& work, const F& f,
                    const Executor& where = {}) const {
    work.check_key("layer::quantized_conv2d", key_, x.shape());
    require_input(x);
    for (const detail::network::input_part& input_part : inputs_) {
      const auto part = part_of(x, input_part, work.tables().chosen, where);
      for (std::size_t w = 0; w < weights_.size(); ++w) {
        const any_conv2d& product = weights_[w].sums();
        matrix<std::int32_t> sums(work.output().pixels(), product.out_channels());
        weights_[w](part, work.tables().products[w], sums.rows(), store_integers{sums.view()},
                    where);
        f(static_cast<matrix<std::int32_t>&&>(sums));
      }
    }
  }

 private:
  static constexpr index_t most_thresholds = 31;

  [[nodiscard]] std::size_t pair_count() const noexcept { return inputs_.size() * weights_.size(); }
  /// One integer decides, and comparisons with all bounds cost less than a search for the float.
  [[nodiscard]] bool has_thresholds() const noexcept {
    const next_codes& next = parameters_.next;
    return pair_count() == 1 && next.exist() && next.boundaries[0].size() <= most_thresholds;
  }
  /// Thresholds per class; none if a float is not finite, and so not monotone.
  [[nodiscard]] any_multi_thresholds thresholds_of(
      const detail::network::start_table& starts) const {
    using namespace detail;
    const index_t channels = geometry_.out_channels();
    const std::vector<float>& scale = weights_[0].scales(0);
    const code_format weight = weights_[0].sums().filters();
    const index_t most = geometry_.depth() * largest(inputs_[0].format) * largest(weight);
    const auto bound = static_cast<std::int32_t>(min_of(most, 2147483645));
    const auto y = [&](std::int32_t sum, index_t k, index_t o) {
      const double start = starts.starts.size() == 0 ? 0.0 : starts.starts[k * channels + o];
      return parameters_.bn(
          static_cast<float>(add_part(start, sum, scale[static_cast<std::size_t>(o)])), o);
    };
    for (index_t k = 0; k < starts.count; ++k)
      for (index_t o = 0; o < channels; ++o)
        if (!is_finite(y(-bound, k, o)) || !is_finite(y(bound, k, o))) return {};
    return {y, parameters_.next.of_channels(), starts.count, channels, bound};
  }
  [[nodiscard]] static index_t largest(const code_format& f) noexcept {
    return f.largest > -f.smallest ? f.largest : -f.smallest;
  }

  void require_input(const packed_tensor_view<any_encoding>& x) const {
    detail::encoding::require_same_format("layer::quantized_conv2d", {"the images are", x.format()},
                                          {"the layer reads", parameters_.inputs.format});
    if (!(x.layout() == depth_layout(geometry_.in_channels())))
      detail::fail("layer::quantized_conv2d: images of %td channels in segments of %td",
                   x.layout().depth(), x.layout().segment());
  }
  template <class Y>
  void require_formats(const packed_tensor_view<any_encoding>& x, const Y& y) const {
    require_input(x);
    if constexpr (std::same_as<Y, packed_tensor<any_encoding>>)
      detail::encoding::require_same_format("layer::quantized_conv2d",
                                            {"the layer writes", parameters_.next.format},
                                            {"the output holds", y.format()});
  }

  /// The integers of one part of the inputs.
  template <executor Executor>
  [[nodiscard]] static packed_tensor_view<any_encoding> part_of(
      packed_tensor_view<any_encoding> x, const detail::network::input_part& part,
      packed_tensor<any_encoding>& chosen, const Executor& where) {
    if (x.format().kind == code_kind::integers) return x;
    if (x.format().kind == code_kind::planes)
      return {part.format,      detail::advanced(x.data(), part.index * x.plane_stride()),
              x.shape(),        x.layout(),
              x.image_stride(), x.row_stride(),
              x.pixel_stride(), x.plane_stride()};
    choose(x, part.index, chosen, where);
    return chosen.view();
  }
  /// chosen = the 0/1 plane of "the code is c".
  template <executor Executor>
  static void choose(packed_tensor_view<any_encoding> x, int c, packed_tensor<any_encoding>& chosen,
                     const Executor& where) {
    const tensor_shape s = x.shape();
    const index_t words = x.layout().words(), tail = s.channels % word_bits;
    const word last = tail == 0 ? ~word{0} : (word{1} << tail) - 1;
    detail::executors::for_each_share(
        where, s.pixels(), words * x.plane_count(), [&](index_t first, index_t end) {
          for (index_t r = first; r < end; ++r) {
            const word* const from =
                x.pixel(r / s.width / s.height, r / s.width % s.height, r % s.width);
            word* const to = chosen.mutable_pixels().mutable_row(r);
            for (index_t i = 0; i < words; ++i) {
              word is_c = i + 1 < words ? ~word{0} : last;
              for (int p = 0; p < x.plane_count(); ++p) {
                const word plane = from[p * x.plane_stride() + i];
                is_c &= (c >> p & 1) != 0 ? plane : ~plane;
              }
              to[i] = is_c;
            }
          }
        });
  }

  /// The last pair of parts, and what becomes of the totals.
  template <class Y, executor Executor>
  void multiply_last(const detail::network::prepared_weight_part& weight,
                     const packed_tensor_view<any_encoding>& x, conv2d_workspace& product,
                     const detail::network::quantized_conv2d_tables& tables,
                     const totals_before& before, const std::vector<float>& scale, Y& y,
                     const Executor& where) const {
    const stage::normalise norm{parameters_.bn};
    if constexpr (std::same_as<Y, packed_tensor<any_encoding>>) {
      auto& pixels = y.mutable_pixels();
      const code_rows to{pixels.mutable_row(0), pixels.row_stride(), pixels.plane_stride(),
                         pixels.plane_count()};
      const any_multi_thresholds& bounds = starts_.exist() ? tables.thresholds : thresholds_;
      if (bounds.size() > 0)
        weight(x, product, y.shape().pixels(), store_any_codes{bounds, before.classes, to}, where);
      else
        weight(x, product, y.shape().pixels(),
               part_epilogue(before, scale, norm,
                             stage::store_codes{parameters_.next.of_channels(), to}),
               where);
    } else {
      weight(x, product, y.shape().pixels(),
             part_epilogue(before, scale, norm, detail::network::store_in(y)), where);
    }
  }

  parameters parameters_;
  detail::convolution::geometry geometry_;
  std::vector<detail::network::input_part> inputs_;
  std::vector<detail::network::prepared_weight_part> weights_;
  detail::network::offset_starts starts_;
  any_multi_thresholds thresholds_;  ///< if one integer decides for all windows
  detail::core::workspace_key key_ = detail::core::workspace_key::draw();
};

}  // namespace layer
LOWBIT_END

#endif
