// lowbit/nn/deployment/frozen_linear.hpp – a trained linear layer, evaluated in float arithmetic.
//
// This is the float side of "packed equals float": ordinary Eigen products, no packed word in sight.
// Three cases, by what the layer's policies are:
//
//   quantized weights, quantized inputs   y = float(scale * (V(x) V(w)^T) + b): V are the integers that
//                                         the codes stand for, held in floats, so the product is exact
//                                         in any order while no sum exceeds 2^24 (checked)
//   real weights, quantized inputs        y = float_dot(w, x) + b: the library's one summation order
//   anything else                         y = x w^T + b, summed in Eigen's order
//
// scale is (weight scale) * (input scale), rounded to float once: channel_scales(), which deploy() uses
// too. In the second case the input's scale is multiplied into the weights: folded_weights(). Inputs that are
// fitted per token have a scale for each row of x, found when x is there: it is multiplied with the first
// case's weight scales, and with the second case's sums.
#ifndef LOWBIT_NN_DEPLOYMENT_FROZEN_LINEAR_HPP
#define LOWBIT_NN_DEPLOYMENT_FROZEN_LINEAR_HPP

#include <vector>

#include "lowbit/nn/layers/linear.hpp"
#include "lowbit/product/float_linear.hpp"
#include "lowbit/product/linear.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// A sum of integers in the units of the layer's output, float(sum * scale + bias): the product is
/// exact in double, so fusing cannot change it, and the result is monotone in the sum.
[[nodiscard]] LOWBIT_INLINE float scaled(float sum, float scale, float bias) noexcept {
  return static_cast<float>(static_cast<double>(sum) * static_cast<double>(scale) +
                            static_cast<double>(bias));
}

/// The scale of a quantizer whose levels are multiples of it. Errors: levels with an offset.
[[nodiscard]] inline float pure_scale(affine levels) {
  if (levels.offset != 0)
    fail(
        "nn: levels with an offset of %g: a frozen layer needs levels that are multiples of one "
        "scale",
        static_cast<double>(levels.offset));
  return levels.scale;
}

/// The scale of quantized inputs that is known before they are there, and what is left for row r of them: one
/// of the two is 1.
template <lowbit::nn::integer_quantizer Input>
[[nodiscard]] float input_scale(const lowbit::nn::straight_through<Input>& input) {
  return fitted<Input> ? 1 : pure_scale(input.of_row(0).levels());
}
template <lowbit::nn::integer_quantizer Input>
[[nodiscard]] float token_scale(const lowbit::nn::straight_through<Input>& input, index_t r) {
  return fitted<Input> ? pure_scale(input.of_row(r).levels()) : 1;
}

}  // namespace detail::nn

namespace nn {

/// (weight scale) * (input scale) of every output channel of a quantized layer, fitted now; the input scale
/// of a token counts as 1. Errors: levels with an offset.
template <integer_quantizer Weight, integer_quantizer Input>
[[nodiscard]] std::vector<float> channel_scales(const linear<Weight, Input>& layer) {
  straight_through<Weight> weight = layer.weight_quantizer();
  weight.fit(layer.weights().value);
  const float input = detail::nn::input_scale(layer.input_quantizer());
  std::vector<float> scales;
  for (index_t n = 0; n < layer.outputs(); ++n)
    scales.push_back(detail::nn::pure_scale(weight.of_row(n).levels()) * input);
  return scales;
}

/// The real weights of a layer with quantized inputs, times the inputs' scale; that of a token counts as 1.
/// Errors: levels with an offset.
template <integer_quantizer Input>
[[nodiscard]] float_matrix folded_weights(const linear<real, Input>& layer) {
  return layer.weights().value * detail::nn::input_scale(layer.input_quantizer());
}

/// One layer, immutable. Made from a trained layer; keeps its own copy of everything.
template <policy Weight, policy Input>
class frozen_linear {
  static_assert(detail::nn::accepts_frozen<Weight, Input>());
  static constexpr bool integers = integer_quantizer<Weight> && integer_quantizer<Input>;
  static constexpr bool float_rows = std::same_as<Weight, real> && integer_quantizer<Input>;

 public:
  /// Errors: an integer sum could exceed 2^24; levels with an offset.
  explicit frozen_linear(const linear<Weight, Input>& layer)
      : input_(layer.input_quantizer()), bias_(layer.bias().value) {
    if constexpr (integers) {
      constexpr index_t exact = 1 << 24;
      const index_t largest =
          largest_sum<typename Input::encoding, typename Weight::encoding>(layer.inputs());
      if (largest > exact)
        detail::fail("nn: sums of depth %td reach %td: floats are exact up to 2^24", layer.inputs(),
                     largest);
      scales_ = channel_scales(layer);
      straight_through<Weight> weight = layer.weight_quantizer();
      weight.fit(layer.weights().value);
      weights_ = integers_of(weight, layer.weights().value);
    } else if constexpr (float_rows) {
      weights_ = folded_weights(layer);
    } else {
      straight_through<Weight> weight = layer.weight_quantizer();
      weight.forward(layer.weights().value, weights_);
    }
  }

  /// Outputs of a batch (batch x inputs). Errors: another depth; a token that cannot be fitted.
  [[nodiscard]] float_matrix operator()(const float_matrix& x) const {
    if (x.cols() != weights_.cols())
      detail::fail("nn: x is %tdx%td, weights are %tdx%td: depth differs", x.rows(), x.cols(),
                   weights_.rows(), weights_.cols());
    float_matrix y(x.rows(), weights_.rows());
    if constexpr (integers) {
      const straight_through<Input> input = fitted_to(x);
      y.noalias() = integers_of(input, x) * weights_.transpose();
      for (index_t r = 0; r < y.rows(); ++r) {
        const float token = detail::nn::token_scale(input, r);
        for (index_t n = 0; n < y.cols(); ++n)
          y(r, n) =
              detail::nn::scaled(y(r, n), scales_[static_cast<std::size_t>(n)] * token, bias(n));
      }
    } else if constexpr (float_rows) {
      const straight_through<Input> input = fitted_to(x);
      const float_matrix used = integers_of(input, x);
      const matrix_view<const float> rows = lowbit::view(used), w = lowbit::view(weights_);
      for (index_t r = 0; r < y.rows(); ++r) {
        const float token = detail::nn::token_scale(input, r);
        for (index_t n = 0; n < y.cols(); ++n)
          y(r, n) = detail::nn::scaled(float_dot(w.row(n), rows.row(r)), token, bias(n));
      }
    } else {
      float_matrix used;
      straight_through<Input>(input_).forward(x, used);
      y.noalias() = used * weights_.transpose();
      if (bias_.cols() > 0) y.rowwise() += bias_.row(0);
    }
    return y;
  }

  /// The codes that the layer makes of its inputs, batch x inputs.
  [[nodiscard]] matrix<code_t> codes(const float_matrix& x) const requires
      trainable_quantizer<Input> {
    const straight_through<Input> input = fitted_to(x);
    matrix<code_t> out(x.rows(), x.cols());
    for (index_t r = 0; r < x.rows(); ++r)
      for (index_t c = 0; c < x.cols(); ++c) out(r, c) = encode(input.of_row(r), x(r, c));
    return out;
  }

  /// Bytes of weights and biases as floats.
  [[nodiscard]] index_t bytes() const noexcept {
    return (weights_.size() + bias_.size()) * index_t{sizeof(float)};
  }

 private:
  /// The input quantizer for these tokens; as it is, if it has no fit.
  [[nodiscard]] straight_through<Input> fitted_to(const float_matrix& x) const {
    straight_through<Input> input = input_;
    input.fit(x);
    return input;
  }

  template <integer_quantizer Q>
  [[nodiscard]] static float_matrix integers_of(const straight_through<Q>& q,
                                                const float_matrix& x) {
    float_matrix out(x.rows(), x.cols());
    for (index_t r = 0; r < x.rows(); ++r) {
      const Q& of_row = q.of_row(r);
      for (index_t c = 0; c < x.cols(); ++c)
        out(r, c) = static_cast<float>(value<typename Q::encoding>(encode(of_row, x(r, c))));
    }
    return out;
  }

  [[nodiscard]] float bias(index_t n) const noexcept { return bias_.cols() > 0 ? bias_(0, n) : 0; }

  straight_through<Input> input_;
  float_matrix weights_;
  float_matrix bias_;
  std::vector<float> scales_;
};

}  // namespace nn
LOWBIT_END

#endif
