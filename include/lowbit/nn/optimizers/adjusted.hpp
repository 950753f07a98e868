// lowbit/nn/optimizers/adjusted.hpp – an optimizer whose steps are adjusted by a rule.
//
//     nn::adam adam(net.parameters());
//     nn::adjusted optimizer(adam, {&layer.weights()}, nn::discrete_transition{});
//
// The inner optimizer moves all its parameters. Then the rule decides where some of them really go, by their values
// before and after the step. Rules of the literature, each in a header of its own:
//
//     blend                  a little of the quantized weights is mixed in                   BCGD
//     stochastic_rounding    values stay on a grid, steps are rounded at random              Training Quantized Nets
//     discrete_transition    values stay in a small set and jump with a probability          GXNOR
//
// Uniform numbers depend on the seed, on the count of steps and on the place of an element. So a resumed training draws
// the same numbers.
#ifndef LOWBIT_NN_OPTIMIZERS_ADJUSTED_HPP
#define LOWBIT_NN_OPTIMIZERS_ADJUSTED_HPP

#include <functional>
#include <vector>

#include "lowbit/core/random.hpp"
#include "lowbit/nn/optimizers/optimizer.hpp"

LOWBIT_BEGIN
namespace nn {

/// What a rule gets: a parameter with the values after the step, and the values before. The uniform number of element k
/// (row-major) is at position first + k of the stream.
struct adjusted_step {
  parameter& p;
  const float_matrix& before;
  const random_stream& uniforms;
  index_t first;

  [[nodiscard]] float uniform(std::size_t k) const noexcept {
    return uniforms.uniform(first + static_cast<index_t>(k));
  }
};

/// Changes step.p.value.
using step_rule = std::function<void(const adjusted_step& step)>;

/// Another optimizer and a rule. Both and the parameters must outlive it. It copies the values of `which` in each step.
class adjusted final : public optimizer {
 public:
  /// `which` are those of the optimizer's parameters that the rule is for.
  adjusted(optimizer& inner, std::vector<parameter*> which, step_rule rule, std::uint64_t seed = 1)
      : inner_(&inner), which_(std::move(which)), rule_(std::move(rule)), seed_(seed) {}

  void step(float rate) override {
    std::vector<float_matrix> before;
    for (const parameter* const p : which_) before.push_back(p->value);
    inner_->set_steps(steps_);
    inner_->step(rate);
    const random_stream uniforms(seed_, static_cast<std::uint64_t>(steps_));
    index_t first = 0;
    for (std::size_t i = 0; i < which_.size(); ++i) {
      rule_({*which_[i], before[i], uniforms, first});
      first += which_[i]->value.size();
    }
    ++steps_;
  }
  [[nodiscard]] std::vector<float_matrix*> moments() override { return inner_->moments(); }

 private:
  optimizer* inner_;
  std::vector<parameter*> which_;
  step_rule rule_;
  std::uint64_t seed_;
};

}  // namespace nn
LOWBIT_END

#endif
