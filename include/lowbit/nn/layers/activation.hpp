// lowbit/nn/layers/activation.hpp – an elementwise function of floats as a layer, with trained numbers per channel.
//
//     nn::activation layer(64, lowbit::rprelu{});       ReActNet's RPReLU: gamma, beta and zeta of 64 channels
//     nn::activation layer(64, nn::relu{});
//
// A quantizer of a layer's inputs is a policy of that layer instead (nn/layers/conv2d.hpp), so that it runs on bits.
// ReActNet's RSign is the input policy rsign<> with numbers_per_channel. Here a quantizer gives floats.
#ifndef LOWBIT_NN_LAYERS_ACTIVATION_HPP
#define LOWBIT_NN_LAYERS_ACTIVATION_HPP

#include "lowbit/nn/layers/trainable_layer.hpp"
#include "lowbit/nn/policies/operand.hpp"
#include "lowbit/nn/policies/straight_through.hpp"

LOWBIT_BEGIN
namespace nn {

/// y = policy(x), element by element; one set of trained numbers per channel.
class activation : public trainable {
 public:
  /// A stochastic quantizer draws its uniforms from the stream. Errors: negative channels; policies that inputs of a
  /// layer may not have (nn/policies/operand.hpp).
  activation(index_t channels, const any_policy& policy,
             const random_stream& stream = random_stream(0))
      : channels_(detail::checked_size(channels, "nn::activation: channels")),
        stream_(stream),
        policy_(checked(policy), policy.traits().per_token ? per::token : per::tensor, 0, channels,
                {true, !policy.traits().per_token, false}) {}

  [[nodiscard]] index_t channels() const noexcept { return channels_; }

  /// Errors: other channels.
  feature_view forward(const feature_view& x) override {
    if (x.shape().channels != channels_)
      detail::fail("nn::activation: images of %td channels for %td", x.shape().channels, channels_);
    x_.resize(x.shape());
    y_.resize(x.shape());
    x_.mutable_pixels() = x.pixels();
    if (training_) {
      policy_.forward(x_.pixels(), y_.mutable_pixels(), stream_, position_);
      if (policy_.policy().traits().stochastic) position_ += x_.pixels().size();
    } else {
      policy_.forward(x_.pixels(), y_.mutable_pixels());
    }
    return y_.read();
  }
  /// Errors: upstream has not the shape of y.
  feature_view backward(const feature_view& upstream) override {
    detail::core::require_same_shape("nn::activation", {"upstream", upstream.shape()},
                                     {"y", y_.shape()});
    dx_.resize(x_.shape());
    policy_.backward_learned(x_.pixels(), upstream.pixels());
    policy_.backward(x_.pixels(), upstream.pixels(), dx_.mutable_pixels());
    return dx_.read();
  }
  /// The trained numbers, a row per channel.
  [[nodiscard]] std::vector<parameter>& numbers() noexcept { return policy_.learned(); }
  [[nodiscard]] std::vector<parameter*> parameters() override {
    std::vector<parameter*> all;
    for (parameter& p : policy_.learned()) all.push_back(&p);
    return all;
  }
  /// The policy as evaluation uses it now. Errors: levels are averages over the batches of training, and there was
  /// none.
  [[nodiscard]] straight_through evaluated() const {
    return policy_.evaluated(float_matrix(0, channels_));
  }

  void set_training(bool training) override { training_ = training; }
  void set_progress(double progress) override { policy_.set_progress(progress); }
  void write_state(std::vector<double>& to) const override {
    to.push_back(static_cast<double>(position_));
    policy_.write_state(to);
  }
  void read_state(std::span<const double>& from) override {
    position_ = static_cast<index_t>(detail::nn::take_count(from));
    policy_.read_state(from);
  }

 private:
  [[nodiscard]] static const any_policy& checked(const any_policy& policy) {
    detail::nn::require_inputs(policy, "nn::activation");
    return policy;
  }

  index_t channels_;
  random_stream stream_;
  index_t position_ = 0;
  bool training_ = true;
  straight_through policy_;
  feature_map x_, y_, dx_;
};

}  // namespace nn
LOWBIT_END

#endif
