// lowbit/nn/optimizers/masked.hpp – pruned weights stay 0, whatever the optimizer.
//
//     nn::adam adam(net.parameters());
//     nn::masked optimizer(adam, {&layer.weights()});
//     const float threshold = compress::prune_threshold(nn::elements(layer.weights().value), by);
//     compress::prune(nn::elements(layer.weights().value), threshold, nn::elements(optimizer.kept(0)));
//
// Momentum, Adam's moments and weight decay all move a weight whose gradient is 0. So a mask that only clears gradients
// does not hold. Here gradients of pruned weights are cleared before the inner step, and the weights after it. Moments
// of pruned weights fall towards 0 by themselves. Masks are moments, too: a checkpoint has them.
#ifndef LOWBIT_NN_OPTIMIZERS_MASKED_HPP
#define LOWBIT_NN_OPTIMIZERS_MASKED_HPP

#include <vector>

#include "lowbit/nn/optimizers/optimizer.hpp"

LOWBIT_BEGIN
namespace nn {

/// Another optimizer and a mask for some of its parameters. Both and the parameters must outlive it.
class masked final : public optimizer {
 public:
  /// Nothing is pruned yet. `which` are those of the optimizer's parameters that have masks.
  masked(optimizer& inner, std::vector<parameter*> which)
      : inner_(&inner), which_(std::move(which)) {
    for (const parameter* const p : which_)
      kept_.push_back(float_matrix::Ones(p->value.rows(), p->value.cols()));
  }

  /// The mask of parameter i of `which`, in the shape of its values: 1 where a weight is kept, 0 where it is pruned.
  [[nodiscard]] float_matrix& kept(std::size_t i) noexcept { return kept_[i]; }
  [[nodiscard]] const float_matrix& kept(std::size_t i) const noexcept { return kept_[i]; }

  /// Errors: a mask has another shape than its parameter.
  void step(float rate) override {
    for (std::size_t i = 0; i < which_.size(); ++i) {
      const float_matrix &mask = kept_[i], &w = which_[i]->value;
      if (mask.rows() != w.rows() || mask.cols() != w.cols())
        detail::fail("nn::masked: mask %zu is %tdx%td, its parameter is %tdx%td", i, mask.rows(),
                     mask.cols(), w.rows(), w.cols());
    }
    for (std::size_t i = 0; i < which_.size(); ++i) clear(which_[i]->gradient, kept_[i]);
    inner_->set_steps(steps_);
    inner_->step(rate);
    for (std::size_t i = 0; i < which_.size(); ++i) clear(which_[i]->value, kept_[i]);
    ++steps_;
  }
  /// Those of the inner optimizer, then the masks.
  [[nodiscard]] std::vector<float_matrix*> moments() override {
    std::vector<float_matrix*> all = inner_->moments();
    for (float_matrix& mask : kept_) all.push_back(&mask);
    return all;
  }

 private:
  /// 0 where the mask is 0, also of NaN.
  static void clear(float_matrix& of, const float_matrix& mask) noexcept {
    const std::span<const float> marks = elements(mask);
    const std::span<float> x = elements(of);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = marks[i] == 0 ? 0 : x[i];
  }

  optimizer* inner_;
  std::vector<parameter*> which_;
  std::vector<float_matrix> kept_;
};

}  // namespace nn
LOWBIT_END

#endif
