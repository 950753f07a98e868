// lowbit/nn/layers/residual.hpp – a shortcut around a body, to train.
//
//     y = shortcut(x) + body(x)          dL/dx = shortcut'(g) + body'(g)
//
// A Bi-Real block is residual(normalised_conv2d<sign<>, sign<ste::approx_sign>>). The shortcut carries the real
// numbers, the convolution reads their signs, and the gradient of these signs is ApproxSign. With <real, relu> instead
// it is a block of the real twin. Where the body changes the shape, the shortcut must, too: sequential(average_pool,
// normalised_conv2d<real, real> of 1x1).
//
// Source: Liu et al., "Bi-Real Net", arXiv:1808.00278, figure 3.
#ifndef LOWBIT_NN_LAYERS_RESIDUAL_HPP
#define LOWBIT_NN_LAYERS_RESIDUAL_HPP

#include "lowbit/nn/layers/trainable_layer.hpp"

LOWBIT_BEGIN
namespace nn {

/// The shortcut that is the input itself.
class identity : public trainable {
 public:
  feature_view forward(const feature_view& x) override { return x; }
  feature_view backward(const feature_view& upstream) override { return upstream; }
};

/// shortcut(x) + body(x).
template <trainable_layer Body, trainable_layer Shortcut = identity>
class residual : public layer_group<residual<Body, Shortcut>> {
 public:
  explicit residual(Body body, Shortcut shortcut = {})
      : body_(std::move(body)), shortcut_(std::move(shortcut)) {}

  /// Errors: those of body and shortcut; their results differ in shape.
  feature_view forward(const feature_view& x) override {
    const feature_view a = body_.forward(x), b = shortcut_.forward(x);
    detail::core::require_same_shape("nn::residual", {"the body's result", a.shape()},
                                     {"the shortcut's", b.shape()});
    y_.resize(a.shape());
    y_.mutable_pixels() = a.pixels() + b.pixels();
    return y_.read();
  }
  /// Errors: upstream has not the shape of y.
  feature_view backward(const feature_view& upstream) override {
    const feature_view a = body_.backward(upstream), b = shortcut_.backward(upstream);
    dx_.resize(a.shape());
    dx_.mutable_pixels() = a.pixels() + b.pixels();
    return dx_.read();
  }
  /// What is trained; valid while the block lives and is not moved.
  [[nodiscard]] std::vector<parameter*> parameters() override { return this->parameters_of_all(); }

  [[nodiscard]] Body& body() noexcept { return body_; }
  [[nodiscard]] const Body& body() const noexcept { return body_; }
  [[nodiscard]] Shortcut& shortcut() noexcept { return shortcut_; }
  [[nodiscard]] const Shortcut& shortcut() const noexcept { return shortcut_; }

 private:
  friend layer_group<residual<Body, Shortcut>>;

  template <class F>
  void for_each(const F& f) {
    detail::nn::as_trainable(body_, f);
    detail::nn::as_trainable(shortcut_, f);
  }

  Body body_;
  Shortcut shortcut_;
  feature_map y_, dx_;
};

}  // namespace nn
LOWBIT_END

#endif
