// lowbit/nn/layers/recurrent.hpp – a recurrent layer to train, whose weights and hidden state are quantized (QNN).
//
//     a(0) = W(w) I(x(0)) + b          a(t) = W(w) I(x(t)) + b + V(v) H(a(t - 1))          y = a(last), or all a(t)
//
//     nn::recurrent rnn(nn::linear<lsq<4>, lsq<4>>(28, 64, random_stream(seed, 0), {.bias = true}),
//                       nn::linear<lsq<4>, lsq<4>>(64, 64, random_stream(seed, 1)));
//
// A sequence is an image of one column: {sequences, steps, 1, inputs}. W, I, V and H are any policies of nn::conv2d or
// nn::conv_layer. The state that is kept is the sum a(t) in front of its quantizer H, as everywhere in this library: so
// each product reads codes. Quantizers of activations clip, which makes a hard tanh of the paper's tanh. There is no
// state in front of the first step, so its product is left out (a sign of zeros would be +1).
//
// Back-propagation goes through all steps:
//
//     g(t) = dL/dy(t) + H'(a(t), V(v)^T g(t + 1))          dL/dv = sum over t of V'(v, g(t)^T H(a(t - 1)))
//
// Each step's codes are made again on the way back instead of being kept, which costs one more product per step. So H
// and V must give the same codes twice: chance and moving averages are refused.
//
// freeze() and deploy() need nn/deployment/deploy_recurrent.hpp. Cells with gates (LSTM, GRU) are not here. They
// multiply two hidden numbers by each other, and no packed layer does.
//
// Source: Hubara et al., "Quantized neural networks", arXiv:1609.07061, the language models of its experiments.
#ifndef LOWBIT_NN_LAYERS_RECURRENT_HPP
#define LOWBIT_NN_LAYERS_RECURRENT_HPP

#include <algorithm>

#include "lowbit/nn/layers/conv_layer.hpp"

LOWBIT_BEGIN
namespace nn {

/// Input and State are nn::conv2d or nn::conv_layer with windows of one pixel.
template <std::derived_from<conv_layer> Input, std::derived_from<conv_layer> State>
class recurrent : public layer_group<recurrent<Input, State>> {
 public:
  /// `of_input` reads the sequence and has the bias, `of_state` reads the results of the step before. Errors: a window
  /// of more than one pixel. A state that is not as wide as the input's results, or has a bias. Chance or moving averages
  /// in the state's quantizers.
  explicit recurrent(Input of_input, State of_state, bool all_steps = false)
      : input_(std::move(of_input)), state_(std::move(of_state)), all_steps_(all_steps) {
    if (!detail::nn::is_one_pixel(input_.over()) || !detail::nn::is_one_pixel(state_.over()))
      detail::fail("nn::recurrent: a window of more than one pixel: use layers without a window");
    if (state_.inputs() != input_.outputs() || state_.outputs() != input_.outputs())
      detail::fail("nn::recurrent: a state of %td to %td numbers behind an input of %td: all equal",
                   state_.inputs(), state_.outputs(), input_.outputs());
    if (state_.has_bias())
      detail::fail("nn::recurrent: the state has a bias: give it to the input, which is added");
    const straight_through &weight = state_.weight_policy_in_training(),
                           &input = state_.input_policy_in_training();
    if (weight.policy().traits().stochastic || input.policy().traits().stochastic)
      detail::fail(
          "nn::recurrent: a stochastic quantizer in the state, whose codes are made twice: use its "
          "deterministic twin");
    if (input.observes())
      detail::fail(
          "nn::recurrent: a quantizer of the state whose levels are moving averages, which would "
          "move in every step: use one with trained numbers, or nn::fixed");
  }

  [[nodiscard]] index_t inputs() const noexcept { return input_.inputs(); }
  /// The width of the state.
  [[nodiscard]] index_t outputs() const noexcept { return input_.outputs(); }
  [[nodiscard]] bool all_steps() const noexcept { return all_steps_; }
  [[nodiscard]] Input& of_input() noexcept { return input_; }
  [[nodiscard]] const Input& of_input() const noexcept { return input_; }
  [[nodiscard]] State& of_state() noexcept { return state_; }
  [[nodiscard]] const State& of_state() const noexcept { return state_; }

  /// {sequences, steps or 1, 1, outputs}. Errors: images of more than one column; no step; those of the products.
  feature_view forward(const feature_view& x) override {
    in_ = x.shape();
    if (in_.width != 1 || in_.height < 1)
      detail::fail(
          "nn::recurrent: images of %tdx%td: a sequence is an image of one column, with a row per "
          "step",
          in_.height, in_.width);
    const feature_view sums = input_.forward(x);
    const index_t steps = in_.height;
    sums_.assign(static_cast<std::size_t>(steps), float_matrix());
    for (index_t t = 0; t < steps; ++t) {
      take_step(sums.pixels(), t, at(t));
      if (t > 0) at(t) += state_.forward(at(t - 1)).pixels();
    }
    y_.resize({in_.batch, all_steps_ ? steps : 1, 1, outputs()});
    for (index_t t = all_steps_ ? 0 : steps - 1; t < steps; ++t)
      put_step(at(t), all_steps_ ? t : 0, y_.mutable_pixels());
    return y_.read();
  }
  /// dL/dx through all steps; leaves the gradients of all parameters. Errors: upstream has not the shape of y.
  feature_view backward(const feature_view& upstream) override {
    through_steps(upstream);
    return input_.backward(gradient_.read());
  }
  /// The same without dL/dx.
  void backward_parameters(const feature_view& upstream) override {
    through_steps(upstream);
    input_.backward_parameters(gradient_.read());
  }
  /// Those of the input, then those of the state; valid while the layer lives and is not moved.
  [[nodiscard]] std::vector<parameter*> parameters() override {
    std::vector<parameter*> all = input_.parameters();
    for (parameter* const p : state_.parameters()) all.push_back(p);
    return all;
  }

 private:
  friend layer_group<recurrent<Input, State>>;

  template <class F>
  void for_each(const F& f) {
    f(input_);
    f(state_);
  }

  [[nodiscard]] float_matrix& at(index_t t) noexcept { return sums_[static_cast<std::size_t>(t)]; }
  /// Step t of matrices with a row per sequence and step, and back.
  static void take_step(const float_matrix& all, index_t t, tensor_shape s, float_matrix& one) {
    one.resize(s.batch, all.cols());
    for (index_t n = 0; n < s.batch; ++n) one.row(n) = all.row(n * s.height + t);
  }
  void take_step(const float_matrix& all, index_t t, float_matrix& one) const {
    take_step(all, t, in_, one);
  }
  static void put_step(const float_matrix& one, index_t t, float_matrix& all) {
    const index_t steps = one.rows() > 0 ? all.rows() / one.rows() : 0;
    for (index_t n = 0; n < one.rows(); ++n) all.row(n * steps + t) = one.row(n);
  }

  /// The gradients of all a(t), and those of the state's parameters, added over the steps in double.
  void through_steps(const feature_view& upstream) {
    detail::core::require_same_shape("nn::recurrent", {"upstream", upstream.shape()},
                                     {"y", y_.shape()});
    const std::vector<parameter*> of_state = state_.parameters();
    std::vector<std::vector<double>> sums;
    for (const parameter* const p : of_state)
      sums.emplace_back(static_cast<std::size_t>(p->gradient.size()));
    gradient_.resize({in_.batch, in_.height, 1, outputs()});
    float_matrix g, own;
    take_step(upstream.pixels(), y_.shape().height - 1, y_.shape(), g);
    for (index_t t = in_.height - 1; t > 0; --t) {
      put_step(g, t, gradient_.mutable_pixels());
      state_.forward(at(t - 1));
      const feature_view before = state_.backward(g);
      for (std::size_t i = 0; i < sums.size(); ++i)
        for (std::size_t k = 0; k < sums[i].size(); ++k)
          sums[i][k] += static_cast<double>(elements(of_state[i]->gradient)[k]);
      g = before.pixels();
      if (!all_steps_) continue;
      take_step(upstream.pixels(), t - 1, y_.shape(), own);
      g += own;
    }
    put_step(g, 0, gradient_.mutable_pixels());
    for (std::size_t i = 0; i < sums.size(); ++i)
      std::transform(sums[i].begin(), sums[i].end(), elements(of_state[i]->gradient).begin(),
                     [](double sum) { return static_cast<float>(sum); });
  }

  Input input_;
  State state_;
  bool all_steps_;
  tensor_shape in_;
  std::vector<float_matrix> sums_;  ///< a(t), a row per sequence
  feature_map y_, gradient_;
};

}  // namespace nn
LOWBIT_END

#endif
