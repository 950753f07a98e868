// lowbit/nn/layers/conv2d.hpp – a convolution to train, real or quantized.
//
//     y(pixel, o) = sum over taps and channels of  W(w)(o, tap, c) I(x)(pixel + tap, c)  [+ b(o)]
//
// w are latent real weights, one row (taps, channels) per filter. The policies W and I (nn/policies/policy.hpp)
// quantize weights and inputs, or do not. Quantizing the *input* rather than the output keeps the sign next to the
// product that it belongs to, so each layer type is one deployed product:
//
//     conv2d<real, real>                         a real first layer, a real 1x1 shortcut
//     conv2d<sign<>, pixel>                      a first layer on 8-bit images (bit planes when deployed)
//     conv2d<sign<>, sign<ste::approx_sign>>     the convolution of a Bi-Real block
//     conv2d<real, relu>                         the same of its real twin
//     conv2d<real, sign<>>                       under a window of the image's size: the last layer
//
// The input is quantized once per pixel, not once per tap. The padding holds what P says
// (convolution/pad_value.hpp): an integer in units of the input's scale, so real inputs have zeros there.
//
//     dL/dw = W'(w, g^T windows of I(x))      dL/db = sum of g      dL/dx = I'(x, scatter(g W(w)))
//
// with the straight-through gradients W', I' (nn/policies/straight_through.hpp). The products are Eigen's
// (nn/window_products.hpp); a window of one pixel is a plain product. Groups are not trained here.
//
// Initial weights are uniform in +-sqrt(6 / (taps (inputs + outputs))) (Glorot, Bengio, AISTATS 2010).
#ifndef LOWBIT_NN_LAYERS_CONV2D_HPP
#define LOWBIT_NN_LAYERS_CONV2D_HPP

#include <cmath>

#include "lowbit/convolution/pad_value.hpp"
#include "lowbit/nn/column_sums.hpp"
#include "lowbit/nn/layers/trainable_layer.hpp"
#include "lowbit/nn/policies/operand.hpp"
#include "lowbit/nn/policies/straight_through.hpp"
#include "lowbit/nn/window_products.hpp"

LOWBIT_BEGIN
namespace nn {

/// Options of nn::conv2d. `grain`: which weights share one fitted scale (per::tensor, or per::row: a
/// filter).
struct conv2d_options {
  bool bias = false;
  granularity grain = per::tensor;
};

/// A trainable layer. Optimizers clip its latent weights where the method's paper does (latent_clip() of the
/// quantizer); weights().clip changes that.
template <class Weight, class Input, pad_value P = pad::zero>
class conv2d {
  static_assert(detail::nn::accepts_weights<Weight>() && detail::nn::accepts_inputs<Input>());
  static_assert(integer_quantizer<Input> || P::value == 0,
                "lowbit::nn::conv2d: real inputs, tables and sums of planes have zeros beyond the "
                "padding: use pad::zero");

 public:
  using weight_policy = Weight;
  using input_policy = Input;

  /// Filters of `inputs` channels under a window. Errors: a negative size; a window without taps; groups of depth as
  /// granularity; options of a quantizer that its validate() refuses; levels of weights that begin at 0; inputs that
  /// are fitted per token under more than one pixel.
  conv2d(index_t inputs, index_t outputs, const window& over, const random_stream& stream,
         conv2d_options options = {}, Weight weight = detail::nn::default_policy<Weight>(),
         Input input = detail::nn::default_policy<Input>())
      : weight_policy_(weight, options.grain),
        input_policy_(input, per::token),
        products_(over),
        inputs_(detail::checked_size(inputs, "nn::conv2d: inputs")),
        weights_(detail::checked_size(outputs, "nn::conv2d: outputs"),
                 detail::checked_mul(over.taps(), inputs, "nn::conv2d")),
        bias_(1, options.bias ? outputs : 0) {
    const index_t fans = over.taps() * (inputs + outputs);
    fill_uniform(weights_, stream, std::sqrt(6.0f / static_cast<float>(fans > 0 ? fans : 1)));
    weights_.clip = weight_policy_.latent_clip();
    detail::nn::require_negative_levels(weight, "nn::conv2d");
    if constexpr (fitted<Input>)
      if (!detail::nn::is_one_pixel(over))
        detail::fail(
            "nn::conv2d: inputs are fitted per token: a window of %tdx%td pixels, or one with "
            "strides "
            "or padding, would add products of several scales",
            over.vertical.size, over.horizontal.size);
  }
  /// A linear layer: the window is one pixel. Errors: as above.
  conv2d(index_t inputs, index_t outputs, const random_stream& stream, conv2d_options options = {},
         Weight weight = detail::nn::default_policy<Weight>(),
         Input input = detail::nn::default_policy<Input>())
      : conv2d(inputs, outputs, window{}, stream, options, weight, input) {}

  [[nodiscard]] index_t inputs() const noexcept { return inputs_; }
  [[nodiscard]] index_t outputs() const noexcept { return weights_.value.rows(); }
  [[nodiscard]] const window& over() const noexcept { return products_.over(); }
  [[nodiscard]] bool has_bias() const noexcept { return bias_.value.cols() > 0; }

  /// The shape of y for images of this shape. Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    if (in.channels != inputs_)
      detail::fail("nn::conv2d: images of %tdx%tdx%td for filters of %td channels", in.height,
                   in.width, in.channels, inputs_);
    return detail::core::output_shape(over(), in, outputs(), "nn::conv2d");
  }

  /// The batch's outputs; remembers what backward() needs. Errors: as output_shape.
  feature_view forward(const feature_view& x) {
    y_.resize(output_shape(x.shape()));
    x_.resize(x.shape());
    used_x_.resize(x.shape());
    x_.mutable_pixels() = x.pixels();
    input_policy_.forward(x_.pixels(), used_x_.mutable_pixels());
    weight_policy_.forward(weights_.value, used_w_);
    products_.forward(used_x_.read(), used_w_, beyond(), y_);
    if (has_bias()) y_.mutable_pixels().rowwise() += bias_.value.row(0);
    return y_.read();
  }

  /// Leaves dL/dw and dL/db in the parameters; for the batch of the last forward(). Errors: upstream has
  /// not the shape of y.
  void backward_parameters(const feature_view& upstream) { backward_into(upstream, nullptr); }

  /// dL/dx, which a first layer does not need; otherwise as backward_parameters().
  feature_view backward(const feature_view& upstream) {
    backward_into(upstream, &dx_);
    input_policy_.backward(x_.pixels(), dx_.pixels(), dx_.mutable_pixels());
    return dx_.read();
  }

  /// The latent weights, outputs x (taps, channels).
  [[nodiscard]] parameter& weights() noexcept { return weights_; }
  [[nodiscard]] const parameter& weights() const noexcept { return weights_; }
  /// 1 x outputs, or 1 x 0 without bias.
  [[nodiscard]] parameter& bias() noexcept { return bias_; }
  [[nodiscard]] const parameter& bias() const noexcept { return bias_; }
  /// What is trained; valid while the layer lives and is not moved.
  [[nodiscard]] std::vector<parameter*> parameters() {
    return has_bias() ? std::vector<parameter*>{&weights_, &bias_}
                      : std::vector<parameter*>{&weights_};
  }
  /// The weight quantizer with its granularity; fitted by the last forward().
  [[nodiscard]] const straight_through<Weight>& weight_quantizer() const noexcept {
    return weight_policy_;
  }
  [[nodiscard]] const straight_through<Input>& input_quantizer() const noexcept {
    return input_policy_;
  }

 private:
  /// The real number that the padding holds.
  [[nodiscard]] float beyond() const noexcept {
    if constexpr (P::value == 0)
      return 0;
    else
      return static_cast<float>(P::value) * input_policy_.of_row(0).levels().scale;
  }

  void backward_into(const feature_view& upstream, feature_map* dx) {
    detail::core::require_same_shape("nn::conv2d", {"upstream", upstream.shape()},
                                     {"y", y_.shape()});
    products_.backward(used_x_.read(), used_w_, beyond(), upstream, weights_.gradient, dx);
    weight_policy_.backward(weights_.value, weights_.gradient, weights_.gradient);
    if (has_bias()) bias_.gradient = detail::nn::sum_columns(upstream.pixels());
  }

  straight_through<Weight> weight_policy_;
  straight_through<Input> input_policy_;
  detail::nn::window_products products_;
  index_t inputs_;
  parameter weights_;
  parameter bias_;
  feature_map x_, used_x_, y_, dx_;
  float_matrix used_w_;
};

}  // namespace nn
LOWBIT_END

#endif
