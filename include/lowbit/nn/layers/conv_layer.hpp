// lowbit/nn/layers/conv_layer.hpp – a convolution to train, with policies that are known when the program runs.
//
//     y(pixel, o) = sum over taps and channels of  W(w)(o, tap, c) I(x)(pixel + tap, c)  [+ b(o)]
//
//     nn::conv_layer layer(64, 128, square_window(3, 1, 1), stream, {}, quantizer_named("lsq4", for_weights),
//                          quantizer_named("lsq4", for_activations));
//
// w are latent real weights, one row (taps, channels) per filter. The policies W and I (nn/policies/any_policy.hpp)
// quantize weights and inputs, or do not. nn::conv2d<W, I, P> (nn/layers/conv2d.hpp) is this layer with policies that
// are types, which freeze() and deploy() read.
//
// The input is quantized once per pixel, not once per tap. The padding holds an integer in units of the input's scale,
// 0 unless said otherwise (convolution/pad_value.hpp).
//
//     dL/dw = W'(w, g^T windows of I(x))      dL/db = sum of g      dL/dx = I'(x, scatter(g W(w)))
//
// with the straight-through gradients W', I' (nn/policies/straight_through.hpp, which also says how the policies' own
// numbers are found). The products are floats (nn/window_products.hpp). With groups, filters of a group read its
// channels alone; as many groups as channels make a depthwise convolution.
//
// Initial weights are uniform in +-sqrt(6 / (taps (inputs + outputs))) of a group (Glorot, Bengio, AISTATS 2010).
#ifndef LOWBIT_NN_LAYERS_CONV_LAYER_HPP
#define LOWBIT_NN_LAYERS_CONV_LAYER_HPP

#include <cmath>

#include "lowbit/nn/column_sums.hpp"
#include "lowbit/nn/layers/trainable_layer.hpp"
#include "lowbit/nn/policies/gradient_policy.hpp"
#include "lowbit/nn/policies/operand.hpp"
#include "lowbit/nn/policies/portions.hpp"
#include "lowbit/nn/policies/straight_through.hpp"
#include "lowbit/nn/window_products.hpp"

LOWBIT_BEGIN
namespace nn {

/// Options of convolutions to train.
struct conv2d_options {
  bool bias = false;
  /// Which weights share a quantizer's numbers; per::row: those of a filter.
  granularity grain = per::tensor;
  /// Of channels and of filters.
  index_t groups = 1;
  /// Of inputs: trained or averaged numbers per channel (ReActNet's RSign).
  bool numbers_per_channel = false;
  /// Trained numbers start as the policies have them.
  bool keep_numbers = false;
};

/// A trainable layer. Optimizers clip its latent weights where the method's paper does (latent_clip() of the
/// quantizer); weights().clip changes that.
class conv_layer : public trainable {
 public:
  /// Filters of `inputs` channels under a window; `beyond` is what the padding holds. Errors: a negative size; groups
  /// that do not divide inputs and outputs; a window without taps; options of a quantizer that its validate() refuses.
  /// Weights whose levels begin at 0; policies that cannot be trained (nn/policies/operand.hpp). Inputs that are fitted
  /// per token under more than one pixel; a padding that is not 0 where inputs have no integers.
  conv_layer(index_t inputs, index_t outputs, const window& over, const random_stream& stream,
             conv2d_options options, const any_policy& weight, const any_policy& input,
             int beyond = 0)
      : stream_(stream),
        groups_(checked_groups(inputs, outputs, options.groups)),
        products_(over),
        inputs_(detail::checked_size(inputs, "nn::conv2d: inputs")),
        beyond_(beyond),
        weights_(detail::checked_size(outputs, "nn::conv2d: outputs"),
                 detail::checked_mul(over.taps(), inputs / groups_, "nn::conv2d")),
        bias_(1, options.bias ? outputs : 0),
        options_(options),
        weight_policy_(policy_of_weights(weight, options.grain)),
        input_policy_(policy_of_inputs(input)) {
    const index_t fans = over.taps() * (inputs + outputs) / groups_;
    fill_uniform(weights_, stream, std::sqrt(6.0f / static_cast<float>(fans > 0 ? fans : 1)));
    weights_.clip = weight_policy_.latent_clip();
    weights_.decay = 1;
    position_ = weights_.value.size();
  }

  [[nodiscard]] index_t inputs() const noexcept { return inputs_; }
  [[nodiscard]] index_t outputs() const noexcept { return weights_.value.rows(); }
  [[nodiscard]] index_t groups() const noexcept { return groups_; }
  [[nodiscard]] const window& over() const noexcept { return products_.over(); }
  [[nodiscard]] bool has_bias() const noexcept { return bias_.value.cols() > 0; }
  /// What the padding holds, in units of the input's scale.
  [[nodiscard]] int pad_code() const noexcept { return beyond_; }

  /// The shape of y for images of this shape. Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    if (in.channels != inputs_)
      detail::fail("nn::conv2d: images of %tdx%tdx%td for filters of %td channels", in.height,
                   in.width, in.channels, inputs_);
    return detail::core::output_shape(over(), in, outputs(), "nn::conv2d");
  }

  /// The batch's outputs; remembers what backward() needs. Errors: as output_shape; those of a fit.
  feature_view forward(const feature_view& x) override {
    y_.resize(output_shape(x.shape()));
    x_.resize(x.shape());
    used_x_.resize(x.shape());
    x_.mutable_pixels() = x.pixels();
    const index_t size = x_.pixels().size(), images = x.shape().batch;
    if (training_) {
      portions_.forward(weight_policy_, weights_, used_w_, stream_, position_);
      const index_t first = position_ + weights_.value.size();
      input_policy_.forward(x_.pixels(), used_x_.mutable_pixels(), stream_, first,
                            images > 0 ? size / images : 0);
      if (draws()) position_ = first + size;
    } else {
      portions_.evaluate(weight_policy_, weights_, used_w_);
      input_policy_.forward(x_.pixels(), used_x_.mutable_pixels());
    }
    products_.forward(used_x_.read(), used_w_, beyond(), groups_, y_);
    if (has_bias()) y_.mutable_pixels().rowwise() += bias_.value.row(0);
    return y_.read();
  }

  /// Leaves dL/dw, dL/db and those of trained numbers in the parameters; for the batch of the last forward(). Errors:
  /// upstream has not the shape of y.
  void backward_parameters(const feature_view& upstream) override {
    backward_into(upstream, input_policy_.learned().empty() ? nullptr : &dx_);
  }

  /// dL/dx, which a first layer does not need; otherwise as backward_parameters().
  feature_view backward(const feature_view& upstream) override {
    backward_into(upstream, &dx_);
    input_policy_.backward(x_.pixels(), dx_.pixels(), dx_.mutable_pixels());
    return dx_.read();
  }

  /// x of the last forward(), before the policy of inputs; valid until the next one.
  [[nodiscard]] feature_view last_input() const { return x_.read(); }
  /// What the last forward() multiplied: inputs behind their policy. Valid until the next one.
  [[nodiscard]] feature_view used_input() const { return used_x_.read(); }
  /// The real number that the padding holds.
  [[nodiscard]] float beyond() const {
    if (beyond_ == 0) return 0;
    return static_cast<float>(beyond_) * input_policy_.of_row(0).affine_levels().scale;
  }

  /// The latent weights, outputs x (taps, channels of a group).
  [[nodiscard]] parameter& weights() noexcept { return weights_; }
  [[nodiscard]] const parameter& weights() const noexcept { return weights_; }
  /// 1 x outputs, or 1 x 0 without bias.
  [[nodiscard]] parameter& bias() noexcept { return bias_; }
  [[nodiscard]] const parameter& bias() const noexcept { return bias_; }
  /// The trained numbers of the policies (straight_through::learned()).
  [[nodiscard]] std::vector<parameter>& weight_numbers() noexcept {
    return weight_policy_.learned();
  }
  [[nodiscard]] std::vector<parameter>& input_numbers() noexcept { return input_policy_.learned(); }
  /// Weights, bias, the numbers of weights and of inputs; valid while the layer lives and is not moved.
  [[nodiscard]] std::vector<parameter*> parameters() override {
    std::vector<parameter*> all{&weights_};
    if (has_bias()) all.push_back(&bias_);
    for (parameter& p : weight_policy_.learned()) all.push_back(&p);
    for (parameter& p : input_policy_.learned()) all.push_back(&p);
    return all;
  }

  /// The weight quantizer as evaluation uses it now: fitted to the weights, with the trained numbers of the parameters.
  /// Errors: those of a fit.
  [[nodiscard]] straight_through weight_quantizer() const {
    return weight_policy_.evaluated(weights_.value);
  }
  /// The same of inputs; one that is fitted per token is as it is before a fit. Errors: levels are averages over the
  /// batches of training, and there was none.
  [[nodiscard]] straight_through input_quantizer() const {
    return input_policy_.evaluated(float_matrix(0, inputs_));
  }

  /// The same as training uses them, with what the last forward() fitted.
  [[nodiscard]] const straight_through& weight_policy_in_training() const noexcept {
    return weight_policy_;
  }
  [[nodiscard]] const straight_through& input_policy_in_training() const noexcept {
    return input_policy_;
  }

  /// Other policies for the same weights, such as fewer bits (BFCN trains with 8, then 4, 2 and 1). Their trained
  /// numbers start anew and no weight is frozen, so parameters() changes: make the optimizer anew, too. Errors: as the
  /// constructor; the layer is an nn::conv2d, whose policies are its type.
  void set_policies(const any_policy& weight, const any_policy& input) {
    require_any_policies();
    straight_through of_inputs = policy_of_inputs(input);
    set_weight_policy(weight, options_.grain);
    input_policy_ = std::move(of_inputs);
  }
  /// The same of weights alone, with another map of which weights share a quantizer's numbers. The policy of inputs
  /// keeps its numbers.
  void set_weight_policy(const any_policy& weight, granularity grain) {
    require_any_policies();
    straight_through of_weights = policy_of_weights(weight, grain);
    options_.grain = grain;
    weight_policy_ = std::move(of_weights);
    portions_ = {};
    weights_.frozen.clear();
    weights_.clip = weight_policy_.latent_clip();
  }

  /// Quantizes the gradients of y in training, with noise from the layer's stream. Errors: as gradient_policy.
  void set_gradient_policy(const any_quantizer& q, granularity grain = per::row) {
    gradients_ = gradient_policy(q, grain);
  }

  void set_training(bool training) override { training_ = training; }
  void set_progress(double progress) override {
    weight_policy_.set_progress(progress);
    input_policy_.set_progress(progress);
    portions_.set_portion(weight_policy_.policy().portion_at(progress));
  }
  void write_state(std::vector<double>& to) const override {
    to.push_back(static_cast<double>(position_));
    portions_.write_state(weights_, to);
    weight_policy_.write_state(to);
    input_policy_.write_state(to);
  }
  void read_state(std::span<const double>& from) override {
    position_ = static_cast<index_t>(detail::nn::take_count(from));
    portions_.read_state(weight_policy_, weights_, from);
    weight_policy_.read_state(from);
    input_policy_.read_state(from);
  }

 protected:
  /// Said by nn::conv2d.
  void policies_are_types() noexcept { typed_ = true; }

 private:
  void require_any_policies() const {
    if (typed_)
      detail::fail("nn::conv2d: its policies are its type: nn::conv_layer takes other ones");
  }
  [[nodiscard]] static index_t checked_groups(index_t inputs, index_t outputs, index_t groups) {
    if (groups < 1 || inputs % groups != 0 || outputs % groups != 0)
      detail::fail("nn::conv2d: %td channels and %td filters in %td groups: both must divide",
                   inputs, outputs, groups);
    return groups;
  }
  [[nodiscard]] straight_through policy_of_weights(const any_policy& weight,
                                                   granularity grain) const {
    detail::nn::require_weights(weight, "nn::conv2d");
    return {weight, grain, outputs(), weights_.value.cols(),
            policy_use{false, false, options_.keep_numbers}};
  }
  [[nodiscard]] straight_through policy_of_inputs(const any_policy& input) const {
    detail::nn::require_inputs(input, "nn::conv2d");
    const bool tokens = input.traits().fitted && !input.traits().observing;
    if (tokens && !detail::nn::is_one_pixel(over()))
      detail::fail(
          "nn::conv2d: inputs are fitted per token: a window of %tdx%td pixels, or one with "
          "strides or padding, would add products of several scales",
          over().vertical.size, over().horizontal.size);
    if (beyond_ != 0 && input.format().kind != code_kind::integers)
      detail::fail(
          "nn::conv2d: real inputs, tables and sums of planes have zeros beyond the "
          "padding: use pad::zero");
    return {input, tokens ? per::token : per::tensor, 0, inputs_,
            policy_use{true, options_.numbers_per_channel, options_.keep_numbers}};
  }
  [[nodiscard]] bool draws() const noexcept {
    return weight_policy_.policy().traits().stochastic ||
           input_policy_.policy().traits().stochastic;
  }
  void backward_into(const feature_view& upstream, feature_map* dx) {
    detail::core::require_same_shape("nn::conv2d", {"upstream", upstream.shape()},
                                     {"y", y_.shape()});
    const feature_view g = training_ ? gradients_(upstream, stream_, position_) : upstream;
    products_.backward(used_x_.read(), used_w_, beyond(), groups_, g, weights_.gradient, dx);
    weight_policy_.backward_learned(weights_.value, weights_.gradient);
    if (dx != nullptr) input_policy_.backward_learned(x_.pixels(), dx->pixels());
    weight_policy_.backward(weights_.value, weights_.gradient, weights_.gradient);
    if (has_bias()) bias_.gradient = detail::nn::sum_columns(g.pixels());
  }

  random_stream stream_;
  index_t position_ = 0;  ///< the next number of the stream that training draws
  index_t groups_;
  detail::nn::window_products products_;
  index_t inputs_;
  int beyond_;
  bool training_ = true, typed_ = false;
  parameter weights_;
  parameter bias_;
  conv2d_options options_;
  straight_through weight_policy_;
  straight_through input_policy_;
  gradient_policy gradients_;
  detail::nn::weight_portions portions_;
  feature_map x_, used_x_, y_, dx_;
  float_matrix used_w_;
};

}  // namespace nn
LOWBIT_END

#endif
