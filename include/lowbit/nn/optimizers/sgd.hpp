// lowbit/nn/optimizers/sgd.hpp – stochastic gradient descent with momentum.
//
//     g = dL/dx + decay x          v = momentum v + g          x = x - rate v          then clip x
//
// rate and decay are multiplied with those of each parameter (nn/parameter.hpp).
#ifndef LOWBIT_NN_OPTIMIZERS_SGD_HPP
#define LOWBIT_NN_OPTIMIZERS_SGD_HPP

#include <vector>

#include "lowbit/nn/optimizers/optimizer.hpp"

LOWBIT_BEGIN
namespace nn {

/// rate > 0, 0 <= momentum < 1, decay >= 0; momentum 0 is plain descent.
struct sgd_options {
  float rate = 0.1f;
  float momentum = 0.9f;
  float decay = 0;
};

/// One velocity per parameter, kept from step to step.
class sgd final : public optimizer {
 public:
  /// The parameters must outlive the optimizer and keep their shapes.
  explicit sgd(std::vector<parameter*> parameters, sgd_options options = {})
      : options_(options), parameters_(std::move(parameters)) {
    for (const parameter* p : parameters_)
      velocity_.push_back(float_matrix::Zero(p->value.rows(), p->value.cols()));
  }

  /// One step along the gradients that backward passes left; `rate` replaces the option when given.
  void step() { step(options_.rate); }
  void step(float rate) override {
    ++steps_;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      parameter& p = *parameters_[i];
      velocity_[i] = options_.momentum * velocity_[i] + descent(p, options_.decay);
      move_value(p, rate * p.rate * velocity_[i].array());
    }
  }

  [[nodiscard]] std::vector<float_matrix*> moments() override {
    std::vector<float_matrix*> all;
    for (float_matrix& each : velocity_) all.push_back(&each);
    return all;
  }

 private:
  sgd_options options_;
  std::vector<parameter*> parameters_;
  std::vector<float_matrix> velocity_;
};

}  // namespace nn
LOWBIT_END

#endif
