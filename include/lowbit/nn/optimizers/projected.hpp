// lowbit/nn/optimizers/projected.hpp – training through any function of a whole matrix of weights.
//
//     nn::adam adam(net.parameters());
//     nn::projected optimizer(adam, {&layer.weights()}, [](std::size_t, const nn::float_matrix& latent, nn::float_matrix& w) {
//       ...                                            w becomes the weights that the network uses
//     });
//
// The optimizer keeps latent weights of its own. The network's are a function of these, made anew after each step:
//
//     w = f(latent)                  latent moves along the gradient at w: the straight-through estimator, identity
//
// A quantizer that decides weight by weight, or group by group, stands in the layer instead
// (nn/policies/straight_through.hpp). This is for decisions that depend on the place of a weight or on many of them:
// clipping and partitioning (compress/clip_q.hpp), one zero in each four (compress/three_of_four.hpp).
#ifndef LOWBIT_NN_OPTIMIZERS_PROJECTED_HPP
#define LOWBIT_NN_OPTIMIZERS_PROJECTED_HPP

#include <functional>
#include <vector>

#include "lowbit/nn/optimizers/optimizer.hpp"

LOWBIT_BEGIN
namespace nn {

/// Writes what weights `number` of the list are, from latent ones; `used` has their shape. It must depend on nothing
/// else that changes.
using weight_projection =
    std::function<void(std::size_t number, const float_matrix& latent, float_matrix& used)>;

/// Another optimizer, and a function of some of its parameters. Both and the parameters must outlive it. Moments are
/// those of the inner optimizer, then the latent weights: a checkpoint has them.
class projected final : public optimizer {
 public:
  /// `which` are those of the optimizer's parameters that are projected. Their values are the latent weights to begin
  /// with, and are projected at once.
  projected(optimizer& inner, std::vector<parameter*> which, weight_projection projection)
      : inner_(&inner), which_(std::move(which)), projection_(std::move(projection)) {
    for (const parameter* const p : which_) latent_.push_back(p->value);
    project();
  }

  /// Latent weights move, then the network's follow. Errors: those of the inner step and of the projection.
  void step(float rate) override {
    for (std::size_t i = 0; i < which_.size(); ++i) which_[i]->value = latent_[i];
    inner_->set_steps(steps_);
    inner_->step(rate);
    for (std::size_t i = 0; i < which_.size(); ++i) latent_[i] = which_[i]->value;
    project();
    ++steps_;
  }
  /// The latent weights of number i of the list.
  [[nodiscard]] const float_matrix& latent(std::size_t i) const noexcept { return latent_[i]; }
  [[nodiscard]] std::vector<float_matrix*> moments() override {
    std::vector<float_matrix*> all = inner_->moments();
    for (float_matrix& each : latent_) all.push_back(&each);
    return all;
  }

 private:
  void project() const {
    for (std::size_t i = 0; i < which_.size(); ++i) projection_(i, latent_[i], which_[i]->value);
  }

  optimizer* inner_;
  std::vector<parameter*> which_;
  weight_projection projection_;
  std::vector<float_matrix> latent_;
};

}  // namespace nn
LOWBIT_END

#endif
