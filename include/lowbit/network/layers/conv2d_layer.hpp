// lowbit/network/layers/conv2d_layer.hpp – convolutions of codes as layers of a network.
//
//     layer::conv2d_threshold<A, W, P>    codes -> sums -> thresholds -> bits
//     layer::conv2d_batch_norm<A, W, P>   codes -> sums * scale -> batch norm [-> + shortcut] -> floats, signs
//
// Both are one layer, the convolution of convolution/conv2d.hpp; only the epilogue differs. A linear layer is a
// convolution with a window of 1x1 over images of one pixel (layer::linear), or with one that covers the image. Then
// filters {N, height, width, C} are the N x (height width C) weights of a fully connected layer.
//
// The parameters stay in the layer beside what conv2d prepared from them. They are what is saved (io/network.hpp), and
// cost a bit per weight and plane.
#ifndef LOWBIT_NETWORK_LAYERS_CONV2D_LAYER_HPP
#define LOWBIT_NETWORK_LAYERS_CONV2D_LAYER_HPP

#include "lowbit/convolution/conv2d.hpp"
#include "lowbit/epilogue/threshold.hpp"
#include "lowbit/network/memory_plan.hpp"
#include "lowbit/network/values.hpp"
#include "lowbit/network/window_parameters.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// Sums become bits: one threshold per output channel.
struct sums_to_bits {
  using output = packed_tensor<binary>;
  static constexpr const char* name = "cnv-bits";
  static constexpr const char* title = "layer::conv2d_threshold";
  static constexpr layer_effects effects{};

  thresholds channels;

  [[nodiscard]] index_t bytes() const noexcept { return channels.bytes(); }
  [[nodiscard]] reason problem(index_t outputs) const noexcept {
    if (channels.size() == outputs) return {};
    return make_reason("%td thresholds for %td output channels: one each", channels.size(),
                       outputs);
  }
  template <class Self, class F>
  static void fields(Self& self, F& f) {
    f(self.channels);
  }
  [[nodiscard]] auto epilogue_into(output& y) const {
    auto& pixels = y.mutable_pixels();
    return store_threshold{channels, pixels.mutable_row(0), pixels.row_stride()};
  }
};

/// Sums become floats: scale and batch norm.
struct sums_to_floats {
  using output = image_tensor<float>;
  static constexpr const char* name = "cnv-real";
  static constexpr const char* title = "layer::conv2d_batch_norm";
  static constexpr layer_effects effects{.can_overwrite_input = true};

  std::vector<float> scale;  ///< of the sums: none (1), one, or one per output channel
  batch_norm bn;

  [[nodiscard]] index_t bytes() const noexcept {
    return bn.bytes() + 4 * static_cast<index_t>(scale.size());
  }
  [[nodiscard]] reason problem(index_t outputs) const noexcept {
    if (scale.size() > 1 && static_cast<index_t>(scale.size()) != outputs)
      return make_reason("%zu scales for %td output channels: none, one, or one each", scale.size(),
                         outputs);
    return norm_problem(bn, outputs);
  }
  template <class Self, class F>
  static void fields(Self& self, F& f) {
    f(self.scale);
    f(self.bn);
  }
  template <keeps_floats Y>
  [[nodiscard]] auto epilogue_into(Y& y) const {
    return float_epilogue(scale, stage::normalise{bn}, store_in(y));
  }
};

/// A convolution of codes of A with filters of W, and what becomes of its sums. Const and thread-safe.
template <class To, plane_code A, plane_code W, pad_value P>
class conv2d_layer {
 public:
  using input = packed_tensor<A>;
  using output = typename To::output;
  using workspace_type = conv2d_workspace;
  static constexpr const char* name = To::name;
  static constexpr layer_effects effects = To::effects;

  struct parameters : To {
    packed_tensor<W> filters;  ///< {output channels, height, width, channels / groups}
    window over;
    index_t groups = 1;

    /// What is wrong with these parameters, or nothing.
    [[nodiscard]] reason problem() const noexcept {
      if (const reason why = no_filters(filters.shape())) return why;
      if (const reason why = convolution::filters_problem(format_of<A>(), format_of<W>(),
                                                          {filters.shape(), over, groups},
                                                          filters.layout(), largest_window))
        return why;
      return To::problem(filters.shape().batch);
    }
    /// f for each thing that is saved, in order; first what the type says. Filters without an encoding are
    /// binary: so files of version 0.1.0 hold them.
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      f.constant(A::name, A::plane_count);
      if constexpr (!std::same_as<W, binary>) f.constant(W::name, W::plane_count);
      f.constant("padding", P::value);
      f(self.filters);
      f(self.over);
      f(self.groups);
      To::fields(self, f);
    }
  };

  /// Errors: what parameters::problem() says.
  explicit conv2d_layer(parameters p)
      : parameters_(valid(static_cast<parameters&&>(p), To::title)),
        sums_(parameters_.filters, parameters_.over, parameters_.groups) {}

  [[nodiscard]] const parameters& data() const noexcept { return parameters_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return sums_.bytes() + parameters_.filters.bytes() + parameters_.bytes();
  }
  /// Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const { return sums_.output_shape(in); }
  [[nodiscard]] conv2d_workspace workspace(tensor_shape in) const { return sums_.workspace(in); }
  /// Images with padding are copied first: all of x is read before anything of y is written.
  [[nodiscard]] bool overwrites_input() const noexcept { return sums_.copies_images(); }

  /// y = the layer of x. Cost: that of the convolution; allocates nothing, but for panels on the product's route.
  /// Errors: a workspace of another layer or for another shape; y has another shape than the result.
  template <class Y, executor Executor = serial_executor>
  requires requires(const To& to, Y& y) { to.epilogue_into(y); }
  void operator()(packed_tensor_view<A> x, conv2d_workspace& work, Y& y,
                  const Executor& where = {}) const {
    core::require_result(To::title, work.output(), y.shape());
    sums_(x, work, parameters_.epilogue_into(y), where);
  }

  /// The same for images of a byte per code, which no layer::pixels has packed. Where reads_bytes() is false, a call
  /// packs and allocates them.
  template <class Y, executor Executor = serial_executor>
  requires std::same_as<A, unsigned_bits<8>> && requires(const To& to, Y& y) {
    to.epilogue_into(y);
  }
  void operator()(const tensor_view<const code_t>& x, conv2d_workspace& work, Y& y,
                  const Executor& where = {}) const {
    core::require_result(To::title, work.output(), y.shape());
    sums_(x, work, parameters_.epilogue_into(y), where);
  }
  /// Whether such images are read where they lie, on `where`. Errors: other channels, an empty result.
  template <executor Executor>
  requires std::same_as<A, unsigned_bits<8>>
  [[nodiscard]] bool reads_bytes(tensor_shape in, const Executor& where) const {
    return sums_.reads_bytes(in, where);
  }

  /// f(matrix of integer sums), in front of scales and thresholds. Allocates it. Errors: as a call.
  template <class F, executor Executor = serial_executor>
  void for_each_sum(packed_tensor_view<A> x, conv2d_workspace& work, const F& f,
                    const Executor& where = {}) const {
    matrix<std::int32_t> sums(work.output().pixels(), work.output().channels);
    sums_(x, work, store_integers{sums.view()}, where);
    f(static_cast<matrix<std::int32_t>&&>(sums));
  }

 private:
  parameters parameters_;
  lowbit::conv2d<A, W, P> sums_;
};

}  // namespace detail::network

namespace layer {

/// Codes of A, filters of W, thresholds of the sums: bits. Const and thread-safe.
template <plane_code A, plane_code W, pad_value P = pad::zero>
class conv2d_threshold
    : public detail::network::conv2d_layer<detail::network::sums_to_bits, A, W, P> {
  using base = detail::network::conv2d_layer<detail::network::sums_to_bits, A, W, P>;

 public:
  using base::base;
  /// One threshold per filter. Errors: the filters are not of the window's size; groups do not divide them; another
  /// number of thresholds; sums that exceed 32 bits.
  conv2d_threshold(packed_tensor<W> filters, const window& over, thresholds channels,
                   index_t groups = 1)
      : base({{static_cast<thresholds&&>(channels)},
              static_cast<packed_tensor<W>&&>(filters),
              over,
              groups}) {}
};

/// Codes of A, filters of W, scale and batch norm: floats, their signs, or both. Const and thread-safe.
template <plane_code A, plane_code W, pad_value P = pad::zero>
class conv2d_batch_norm
    : public detail::network::conv2d_layer<detail::network::sums_to_floats, A, W, P> {
  using base = detail::network::conv2d_layer<detail::network::sums_to_floats, A, W, P>;

 public:
  using base::base;
  /// `scale` of the sums: none (1), one, or one per filter. Errors: as conv2d_threshold, of scales and batch norm.
  conv2d_batch_norm(packed_tensor<W> filters, const window& over, std::vector<float> scale,
                    batch_norm bn, index_t groups = 1)
      : base({{static_cast<std::vector<float>&&>(scale), static_cast<batch_norm&&>(bn)},
              static_cast<packed_tensor<W>&&>(filters),
              over,
              groups}) {}
};

/// A linear layer on bits: the convolution with a window of 1x1. N x K weights and N thresholds take images of K
/// channels to images of N; as_images() (network/flatten.hpp) makes rows such images. Errors: another number of
/// thresholds; weights in segments.
template <plane_code A, plane_code W>
[[nodiscard]] conv2d_threshold<A, W> linear(packed_matrix<W> weights, thresholds channels) {
  packed_tensor<W> filters({weights.rows(), 1, 1, weights.depth()});
  filters.mutable_pixels() = static_cast<packed_matrix<W>&&>(weights);
  return {static_cast<packed_tensor<W>&&>(filters), window{}, static_cast<thresholds&&>(channels)};
}

}  // namespace layer
LOWBIT_END

#endif
