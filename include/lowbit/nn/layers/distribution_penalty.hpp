// lowbit/nn/layers/distribution_penalty.hpp – the distribution loss as a layer: it changes no number, only gradients.
//
//     y = x          dL/dx = g + lambda d(band + mismatch)/dx          (nn/losses/distribution_loss.hpp)
//
// It stands behind a batch norm and in front of a layer that takes signs.
#ifndef LOWBIT_NN_LAYERS_DISTRIBUTION_PENALTY_HPP
#define LOWBIT_NN_LAYERS_DISTRIBUTION_PENALTY_HPP

#include "lowbit/nn/layers/trainable_layer.hpp"
#include "lowbit/nn/losses/distribution_loss.hpp"

LOWBIT_BEGIN
namespace nn {

/// Adds nothing after `until`, a share of training (set_progress); the paper stops half way.
class distribution_penalty : public training_only {
 public:
  /// lambda is divided by the number of layers that have a penalty: the paper takes 2 over the mean of all layers.
  explicit distribution_penalty(float lambda = 2, double until = 0.5)
      : lambda_(lambda), until_(until) {}

  feature_view forward(const feature_view& x) override {
    x_.resize(x.shape());
    x_.mutable_pixels() = x.pixels();
    return x_.read();
  }
  /// Errors: upstream has not the shape of x.
  feature_view backward(const feature_view& upstream) override {
    detail::core::require_same_shape("nn::distribution_penalty", {"upstream", upstream.shape()},
                                     {"x", x_.shape()});
    dx_.resize(upstream.shape());
    dx_.mutable_pixels() = upstream.pixels();
    if (training_ && progress_ < until_)
      dx_.mutable_pixels() += lambda_ * distribution_loss(x_.pixels()).gradient;
    return dx_.read();
  }

  void set_training(bool training) override { training_ = training; }
  void set_progress(double progress) override { progress_ = progress; }

 private:
  float lambda_;
  double until_, progress_ = 0;
  bool training_ = true;
  feature_map x_, dx_;
};

}  // namespace nn
LOWBIT_END

#endif
