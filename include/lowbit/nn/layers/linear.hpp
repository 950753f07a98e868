// lowbit/nn/layers/linear.hpp – a fully connected layer to train, real or quantized.
//
//     y = I(x) W(w)^T + b          x: batch x inputs     w: outputs x inputs     y: batch x outputs
//
// w are latent real weights; the policies W and I (nn/policies/policy.hpp) quantize weights and inputs, or do
// not. Quantizing the *input* rather than the output keeps the sign next to the product it belongs to,
// so each layer type is one deployed product: pixels x signs, signs x signs, signs x real weights.
//
//     dL/dw = W'(w, g^T I(x))      dL/db = sum over the batch of g      dL/dx = I'(x, g W(w))
//
// with the straight-through gradients W', I' (nn/policies/straight_through.hpp). The bias is optional: before
// a batch normalisation it would have no effect. Rows of x are tokens: an input quantizer that is fitted per
// token has a scale for each row, in training and ever after (BitNet's activations).
//
// Initial weights are uniform in +-sqrt(6 / (inputs + outputs)) (Glorot, Bengio, AISTATS 2010).
#ifndef LOWBIT_NN_LAYERS_LINEAR_HPP
#define LOWBIT_NN_LAYERS_LINEAR_HPP

#include <cmath>

#include "lowbit/nn/column_sums.hpp"
#include "lowbit/nn/parameter.hpp"
#include "lowbit/nn/policies/operand.hpp"
#include "lowbit/nn/policies/straight_through.hpp"

LOWBIT_BEGIN
namespace nn {

/// Options of nn::linear. `grain`: which weights share one fitted scale (per::tensor or per::row).
struct linear_options {
  bool bias = false;
  granularity grain = per::tensor;
};

/// A trainable layer. Optimizers clip its latent weights where the method's paper does (latent_clip() of the
/// quantizer); weights().clip changes that.
template <class Weight, class Input>
class linear {
  static_assert(detail::nn::accepts_weights<Weight>() && detail::nn::accepts_inputs<Input, true>());

 public:
  using weight_policy = Weight;
  using input_policy = Input;

  /// Errors: a negative size; options of a quantizer that its validate() refuses; levels of weights that begin
  /// at 0.
  linear(index_t inputs, index_t outputs, const random_stream& stream, linear_options options = {},
         Weight weight = detail::nn::default_policy<Weight>(),
         Input input = detail::nn::default_policy<Input>())
      : weight_policy_(weight, options.grain),
        input_policy_(input, per::token),
        weights_(detail::checked_size(outputs, "nn::linear: outputs"),
                 detail::checked_size(inputs, "nn::linear: inputs")),
        bias_(1, options.bias ? outputs : 0) {
    fill_uniform(weights_, stream,
                 std::sqrt(6.0f / static_cast<float>(inputs + outputs > 0 ? inputs + outputs : 1)));
    weights_.clip = weight_policy_.latent_clip();
    detail::nn::require_negative_levels(weight, "nn::linear");
  }

  [[nodiscard]] index_t inputs() const noexcept { return weights_.value.cols(); }
  [[nodiscard]] index_t outputs() const noexcept { return weights_.value.rows(); }
  [[nodiscard]] bool has_bias() const noexcept { return bias_.value.cols() > 0; }

  /// The batch's outputs; remembers what backward() needs. Errors: x has another depth.
  const float_matrix& forward(const float_matrix& x) {
    if (x.cols() != inputs())
      detail::fail("nn::linear: x is %tdx%td, weights are %tdx%td: depth differs", x.rows(),
                   x.cols(), outputs(), inputs());
    x_ = x;
    input_policy_.forward(x_, used_x_);
    weight_policy_.forward(weights_.value, used_w_);
    y_.resize(x.rows(), outputs());
    y_.noalias() = used_x_ * used_w_.transpose();
    if (has_bias()) y_.rowwise() += bias_.value.row(0);
    return y_;
  }

  /// Leaves dL/dw and dL/db in the parameters; for the batch of the last forward(). Errors: upstream
  /// has not the shape of y.
  void backward_parameters(const float_matrix& upstream) {
    if (upstream.rows() != y_.rows() || upstream.cols() != y_.cols())
      detail::fail("nn::linear: upstream is %tdx%td, y was %tdx%td", upstream.rows(),
                   upstream.cols(), y_.rows(), y_.cols());
    weights_.gradient.noalias() = upstream.transpose() * used_x_;
    weight_policy_.backward(weights_.value, weights_.gradient, weights_.gradient);
    if (has_bias()) bias_.gradient = detail::nn::sum_columns(upstream);
  }

  /// dL/dx, which a first layer does not need; otherwise as backward_parameters().
  const float_matrix& backward(const float_matrix& upstream) {
    backward_parameters(upstream);
    dx_.resize(x_.rows(), x_.cols());
    dx_.noalias() = upstream * used_w_;
    input_policy_.backward(x_, dx_, dx_);
    return dx_;
  }

  /// The latent weights, outputs x inputs.
  [[nodiscard]] parameter& weights() noexcept { return weights_; }
  [[nodiscard]] const parameter& weights() const noexcept { return weights_; }
  /// 1 x outputs, or 1 x 0 without bias.
  [[nodiscard]] parameter& bias() noexcept { return bias_; }
  [[nodiscard]] const parameter& bias() const noexcept { return bias_; }
  /// The weight quantizer with its granularity; fitted by the last forward().
  [[nodiscard]] const straight_through<Weight>& weight_quantizer() const noexcept {
    return weight_policy_;
  }
  [[nodiscard]] const straight_through<Input>& input_quantizer() const noexcept {
    return input_policy_;
  }

 private:
  straight_through<Weight> weight_policy_;
  straight_through<Input> input_policy_;
  parameter weights_;
  parameter bias_;
  float_matrix x_, used_x_, used_w_, y_, dx_;
};

}  // namespace nn
LOWBIT_END

#endif
