// lowbit/network/layers/conv2d_layer.hpp – convolutions of codes as layers of a network.
//
//     layer::conv2d_threshold<A, W, P>    codes -> sums -> thresholds -> bits
//     layer::conv2d_batch_norm<A, W, P>   codes -> sums * scale -> batch norm [-> + shortcut] -> floats, signs
//
// Both are convolution/conv2d.hpp with an epilogue and a workspace. A linear layer is a convolution with a window of
// 1x1 over images of one pixel (layer::linear), or with a window that covers the whole image. Then filters {N,
// height, width, C} are the N x (height width C) weights of a fully connected layer.
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
namespace layer {

/// Filters {output channels, height, width, channels / groups}, window and groups of a convolution.
template <plane_code A, plane_code W, pad_value P>
struct filter_bank {
  packed_tensor<W> filters;
  window over;
  index_t groups = 1;

  /// Why there is no such convolution, if there is none.
  [[nodiscard]] reason problem() const noexcept {
    using namespace detail;
    if (const reason why = network::no_filters(filters.shape())) return why;
    return convolution::filters_problem(format_of<A>(), format_of<W>(),
                                        {filters.shape(), over, groups}, filters.layout(),
                                        network::largest_window);
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
  }
};

/// Codes of A, filters of W, thresholds of the sums: bits. Const and thread-safe.
template <plane_code A, plane_code W, pad_value P = pad::zero>
class conv2d_threshold {
 public:
  using input = packed_tensor<A>;
  using output = packed_tensor<binary>;
  using workspace_type = conv2d_workspace;
  static constexpr const char* name = "cnv-bits";

  struct parameters {
    filter_bank<A, W, P> bank;
    thresholds channels;

    [[nodiscard]] reason problem() const noexcept {
      if (const reason why = bank.problem()) return why;
      const index_t outputs = bank.filters.shape().batch;
      if (channels.size() == outputs) return {};
      return make_reason("%td thresholds for %td output channels: one each", channels.size(),
                         outputs);
    }
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      filter_bank<A, W, P>::fields(self.bank, f);
      f(self.channels);
    }
  };

  /// Errors: what parameters::problem() says.
  conv2d_threshold(packed_tensor<W> filters, const window& over, thresholds channels,
                   index_t groups = 1)
      : conv2d_threshold(parameters{{static_cast<packed_tensor<W>&&>(filters), over, groups},
                                    static_cast<thresholds&&>(channels)}) {}
  explicit conv2d_threshold(parameters p)
      : parameters_(
            detail::network::valid(static_cast<parameters&&>(p), "layer::conv2d_threshold")),
        sums_(parameters_.bank.filters, parameters_.bank.over, parameters_.bank.groups) {}

  [[nodiscard]] const parameters& data() const noexcept { return parameters_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return sums_.bytes() + parameters_.bank.filters.bytes() + parameters_.channels.bytes();
  }
  /// Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const { return sums_.output_shape(in); }
  [[nodiscard]] conv2d_workspace workspace(tensor_shape in) const { return sums_.workspace(in); }

  template <executor Executor = serial_executor>
  void operator()(packed_tensor_view<A> x, conv2d_workspace& work, packed_tensor<binary>& y,
                  const Executor& where = {}) const {
    detail::core::require_result("layer::conv2d_threshold", work.output(), y.shape());
    auto& pixels = y.mutable_pixels();
    sums_(x, work,
          store_threshold{parameters_.channels, pixels.mutable_row(0), pixels.row_stride()}, where);
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

/// A linear layer on bits: the convolution with a window of 1x1. N x K weights and N thresholds take images of K
/// channels to images of N; as_images() (network/flatten.hpp) makes rows such images. Errors: another number of
/// thresholds; weights in segments.
template <plane_code A, plane_code W>
[[nodiscard]] conv2d_threshold<A, W> linear(packed_matrix<W> weights, thresholds channels) {
  packed_tensor<W> filters({weights.rows(), 1, 1, weights.depth()});
  filters.mutable_pixels() = static_cast<packed_matrix<W>&&>(weights);
  return {static_cast<packed_tensor<W>&&>(filters), window{}, static_cast<thresholds&&>(channels)};
}

/// Codes of A, filters of W, scale and batch norm: floats, their signs, or both. Const and thread-safe.
template <plane_code A, plane_code W, pad_value P = pad::zero>
class conv2d_batch_norm {
 public:
  using input = packed_tensor<A>;
  using output = image_tensor<float>;
  using workspace_type = conv2d_workspace;
  static constexpr const char* name = "cnv-real";
  static constexpr layer_effects effects{.can_overwrite_input = true};

  struct parameters {
    filter_bank<A, W, P> bank;
    std::vector<float> scale;  ///< of the sums: none (1), one, or one per output channel
    batch_norm bn;

    [[nodiscard]] reason problem() const noexcept {
      if (const reason why = bank.problem()) return why;
      const index_t channels = bank.filters.shape().batch;
      if (scale.size() > 1 && static_cast<index_t>(scale.size()) != channels)
        return make_reason("%zu scales for %td output channels: none, one, or one each",
                           scale.size(), channels);
      return detail::network::norm_problem(bn, channels);
    }
    template <class Self, class F>
    static void fields(Self& self, F& f) {
      filter_bank<A, W, P>::fields(self.bank, f);
      f(self.scale);
      f(self.bn);
    }
  };

  /// Errors: what parameters::problem() says.
  conv2d_batch_norm(packed_tensor<W> filters, const window& over, std::vector<float> scale,
                    batch_norm bn, index_t groups = 1)
      : conv2d_batch_norm(parameters{{static_cast<packed_tensor<W>&&>(filters), over, groups},
                                     static_cast<std::vector<float>&&>(scale),
                                     static_cast<batch_norm&&>(bn)}) {}
  explicit conv2d_batch_norm(parameters p)
      : parameters_(
            detail::network::valid(static_cast<parameters&&>(p), "layer::conv2d_batch_norm")),
        sums_(parameters_.bank.filters, parameters_.bank.over, parameters_.bank.groups) {}

  [[nodiscard]] const parameters& data() const noexcept { return parameters_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return sums_.bytes() + parameters_.bank.filters.bytes() + parameters_.bn.bytes() +
           4 * static_cast<index_t>(parameters_.scale.size());
  }
  /// Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const { return sums_.output_shape(in); }
  [[nodiscard]] conv2d_workspace workspace(tensor_shape in) const { return sums_.workspace(in); }
  /// Images with padding are copied first: all of x is read before anything of y is written.
  [[nodiscard]] bool overwrites_input() const noexcept { return sums_.copies_images(); }

  template <detail::network::keeps_floats Y, executor Executor = serial_executor>
  void operator()(packed_tensor_view<A> x, conv2d_workspace& work, Y& y,
                  const Executor& where = {}) const {
    detail::core::require_result("layer::conv2d_batch_norm", work.output(), y.shape());
    sums_(x, work,
          float_epilogue(parameters_.scale, stage::normalise{parameters_.bn},
                         detail::network::store_in(y)),
          where);
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

}  // namespace layer
LOWBIT_END

#endif
