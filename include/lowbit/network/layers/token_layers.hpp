// lowbit/network/layers/token_layers.hpp – the layers of language models with weights of one to two bits.
//
//     layer::rms_norm          y = x gamma / root mean square of x                 network/layers/rms_norm_layer.hpp
//     layer::bit_linear<W>     a = round(127 x / max |x|)                          per token, 8 bits
//                              y = (sum of a w) (max |x| / 127) scale + bias       w: codes of W, ternary in BitNet b1.58
//
// A token is a pixel: a row of channels, as in nn::linear. {tokens, 1, 1, channels} is the shape of a text. The scale
// of a token is known only when the token is, so the codes live inside of the layer: floats in, floats out. The rows of
// a result do not depend on each other. So a prompt of many tokens and one token after the other give the same bits.
//
// The product runs on bytes where the CPU has dot products of bytes (kernel/bytes/), else on bits. One token reads each
// weight once: from memory, its time is that of the weights' bits. nn::deploy() makes these layers of nn::bit_linear().
//
// Sources: Wang et al., "BitNet", arXiv:2310.11453, section 2.1; Ma et al., "The era of 1-bit LLMs", arXiv:2402.17764,
// section 2; Zhang, Sennrich, arXiv:1910.07467.
#ifndef LOWBIT_NETWORK_LAYERS_TOKEN_LAYERS_HPP
#define LOWBIT_NETWORK_LAYERS_TOKEN_LAYERS_HPP

#include <vector>

#include "lowbit/encode/encode.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/epilogue/batch_norm.hpp"
#include "lowbit/network/layers/rms_norm_layer.hpp"
#include "lowbit/network/values.hpp"
#include "lowbit/network/window_parameters.hpp"
#include "lowbit/product/gemm.hpp"
#include "lowbit/quantize/methods/bitnet_activation.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// bn(float(sum * (scale of the column * scale of the row))), through stages into a value. Compiled per ISA: a token has
/// thousands of outputs, and sixteen pass at a time.
template <float_stage Stage>
struct store_tokens {
  static constexpr bool compiled_per_isa = true;  // see epilogue/any_epilogue.hpp

  std::span<const float> col_scale;  ///< one, or one per column
  const float* row_scale;
  batch_norm_view bn;
  Stage store;

  template <class Tag>
  LOWBIT_INLINE void operator()(Tag tag, accumulator_tile tile, tile_place place) const noexcept {
    using namespace epilogues;
    // Stores may alias the members of this object. They cannot alias local copies.
    const Stage stores = store;
    const stage::normalise norm{bn};
    const bool each = col_scale.size() > 1;
    const float* const scales = col_scale.data() + (each ? place.col : 0);
    for (index_t r = 0; r < place.rows; ++r) {
      const std::int32_t* const sums = tile.sums + r * tile.row_stride;
      const float of_row = row_scale[place.row + r];
      for_each_sixteen(tag, place.cols, [&](index_t c, auto count) LOWBIT_INLINE_LAMBDA {
        float x[stage_lanes];
        const float same = scales[0] * of_row;
        for_each_lane(count, [&](index_t i) LOWBIT_INLINE_LAMBDA { x[i] = same; });
        if (each)
          for_each_lane(count,
                        [&](index_t i) LOWBIT_INLINE_LAMBDA { x[i] = scales[c + i] * of_row; });
        for_each_lane(
            count, [&](index_t i) LOWBIT_INLINE_LAMBDA { x[i] = scaled_float(sums[c + i], x[i]); });
        norm(x, place.row + r, place.col + c, count);
        stores(x, place.row + r, place.col + c, count);
      });
    }
  }
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    (*this)(isa::scalar{}, tile, place);
  }
};
template <float_stage Stage>
store_tokens(std::span<const float>, const float*, batch_norm_view, Stage) -> store_tokens<Stage>;

}  // namespace detail::network

namespace layer {

/// N outputs of K inputs: codes of W that stand for integers, times 8-bit codes with a scale per token. Const and
/// thread-safe.
template <plane_code W = ternary>
class bit_linear {
 public:
  using input = image_tensor<float>;
  using output = image_tensor<float>;
  using codes_type = signed_bits<8>;
  struct workspace_type {
    tensor_shape in;
    packed_matrix<codes_type> codes;  ///< a row per token
    buffer<float> scales;             ///< per token
    buffer<float> pixel;              ///< of one token

    [[nodiscard]] index_t bytes() const noexcept {
      return codes.bytes() + 4 * (scales.size() + pixel.size());
    }
  };
  static constexpr const char* name = "bit-lin";

  struct parameters {
    packed_tensor<W> weights;   ///< {outputs, 1, 1, inputs}
    std::vector<float> scales;  ///< of the weights: one, or one per output
    batch_norm bn;              ///< of the outputs; a bias alone has mean 0 and scale 1
    float floor = 1e-5f;        ///< the least max |x| of a token

    /// What is wrong with these parameters, or nothing.
    [[nodiscard]] reason problem() const noexcept {
      const tensor_shape w = weights.shape();
      if (w.batch < 1 || w.channels < 1 || w.height != 1 || w.width != 1)
        return make_reason("weights of %tdx%tdx%tdx%td: {outputs, 1, 1, inputs}, each at least 1",
                           w.batch, w.height, w.width, w.channels);
      const index_t most = multiply(format_of<codes_type>(), format_of<W>()).max_depth;
      if (w.channels > most)
        return make_reason("%td inputs: sums of %s fit 32 bits only up to %td", w.channels,
                           format_of<W>().name, most);
      if (scales.size() != 1 && static_cast<index_t>(scales.size()) != w.batch)
        return make_reason("%zu scales for %td outputs: one, or one each", scales.size(), w.batch);
      for (const float s : scales)
        if (!is_finite(s))
          return make_reason("a scale of %g: it must be finite", static_cast<double>(s));
      if (!(floor > 0) || !is_finite(floor))
        return make_reason("a floor of %g: it must be above 0", static_cast<double>(floor));
      return detail::network::norm_problem(bn, w.batch);
    }
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      f(self.weights);
      f(self.scales);
      f(self.bn);
      f(self.floor);
    }
  };

  /// Errors: what parameters::problem() says.
  explicit bit_linear(parameters p)
      : scales_(valid(p).scales),
        bn_(p.bn),
        floor_(p.floor),
        weights_(prepare(static_cast<packed_matrix<W>&&>(p.weights.mutable_pixels()),
                         format_of<codes_type>())) {}
  /// N x K weights with one scale, or one per row, and N biases or none (0). Errors: other granularities; levels with
  /// offsets; what parameters::problem() says.
  explicit bit_linear(const quantized_matrix<W>& weights, std::span<const float> bias = {})
      : bit_linear(parameters_of(weights, bias)) {}

  /// A copy of what the layer is made of.
  [[nodiscard]] parameters data() const {
    parameters p{packed_tensor<W>({weights_.rows(), 1, 1, weights_.depth()}), scales_, bn_, floor_};
    p.weights.mutable_pixels() = weights_.codes();
    return p;
  }
  /// Bytes of the codes, the scales and the batch norm. In memory prepare() adds their panels.
  [[nodiscard]] index_t bytes() const noexcept {
    return weights_.codes().bytes() + bn_.bytes() + 4 * static_cast<index_t>(scales_.size());
  }
  /// Errors: other channels.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    if (in.channels != weights_.depth())
      detail::fail("layer::bit_linear: tokens of %td channels for weights of %tdx%td", in.channels,
                   weights_.rows(), weights_.depth());
    return {in.batch, in.height, in.width, weights_.rows()};
  }
  /// The codes of all tokens: K bytes each. Errors: as output_shape().
  [[nodiscard]] workspace_type workspace(tensor_shape in) const {
    const index_t tokens = output_shape(in).pixels();
    return {in, packed_matrix<codes_type>(tokens, in.channels), buffer<float>(tokens),
            buffer<float>(in.channels)};
  }

  /// y = the layer of x: {..., K} to {..., N}. Cost: one pass over x, then the product; the executor's threads share the
  /// product. Allocates what gemm_with() allocates. Errors: a workspace for another shape; y has another shape than the
  /// result; a token is not finite.
  template <detail::network::keeps_floats Y, executor Executor = serial_executor>
  void operator()(const tensor_view<const float>& x, workspace_type& work, Y& y,
                  const Executor& where = {}) const {
    const tensor_shape s = x.shape;
    detail::core::require_result("layer::bit_linear", output_shape(s), y.shape());
    if (!(work.in == s))
      detail::fail("layer::bit_linear: %td tokens with a workspace for %td", s.pixels(),
                   work.in.pixels());
    encode_tokens(x, work, where);
    const detail::network::store_tokens keep{scales_, work.scales.data(), bn_,
                                             detail::network::store_in(y)};
    gemm_with(work.codes, weights_, keep, where);
  }

  /// The codes of x, as the product reads them, with a scale per token: for comparisons and for layers of your own.
  template <executor Executor = serial_executor>
  void encode_tokens(const tensor_view<const float>& x, workspace_type& work,
                     const Executor& where = {}) const {
    for (index_t r = 0; r < x.shape.pixels(); ++r) {
      const std::span<const float> row = detail::network::pixel_row(x, r, work.pixel.data());
      const auto q = bitnet_activation<8>{floor_}.fit(row);
      work.scales[r] = q.levels().scale;
      const matrix_view<const float> one(row.data(), 1, x.shape.channels);
      detail::encoders::encode_source(on(detail::isa_of(where)), q,
                                      detail::encoders::matrix_source{one, r, 0}, work.codes);
    }
  }

 private:
  [[nodiscard]] static parameters parameters_of(const quantized_matrix<W>& weights,
                                                std::span<const float> bias) {
    parameters p;
    const index_t rows = weights.rows();
    if (weights.grain().grouped() || weights.has_offsets())
      detail::fail(
          "layer::bit_linear: weights with levels per group, or with offsets: one scale "
          "for all, or one per row");
    for (index_t r = 0; r < (weights.grain().shares_rows() ? 1 : rows); ++r)
      p.scales.push_back(weights.scale(r));
    const std::vector<float> ones(static_cast<std::size_t>(rows), 1.0f),
        zeros(static_cast<std::size_t>(rows), 0.0f);
    p.bn = batch_norm(ones, bias.empty() ? std::span<const float>(zeros) : bias, zeros, ones, 0);
    p.weights = packed_tensor<W>({rows, 1, 1, weights.depth()});
    p.weights.mutable_pixels() = weights.codes();
    return p;
  }

  [[nodiscard]] static const parameters& valid(const parameters& p) {
    detail::core::fail_if(p.problem(), "layer::bit_linear");
    return p;
  }

  std::vector<float> scales_;
  batch_norm bn_;
  float floor_;
  prepared_matrix<W> weights_;
};

}  // namespace layer
LOWBIT_END

#endif
