// lowbit/nn/optimizers/sgd.hpp – stochastic gradient descent with momentum.
//
//     g = dL/dx + decay x          v = momentum v + g
//     x = x - rate v               with Nesterov's momentum: x - rate (g + momentum v)          then clip x
//
// rate and decay are multiplied with those of each parameter (nn/parameter.hpp).
//
// Source of Nesterov's form: Sutskever et al., "On the importance of initialization and momentum in deep learning",
// ICML 2013, section 2. The velocity is written as above (the rate is outside).
#ifndef LOWBIT_NN_OPTIMIZERS_SGD_HPP
#define LOWBIT_NN_OPTIMIZERS_SGD_HPP

#include "lowbit/nn/optimizers/per_parameter.hpp"

LOWBIT_BEGIN
namespace nn {

/// rate > 0, 0 <= momentum < 1, decay >= 0; momentum 0 is plain descent.
struct sgd_options {
  float rate = 0.1f;
  float momentum = 0.9f;
  float decay = 0;
  bool nesterov = false;
};

/// One velocity per parameter, kept from step to step.
class sgd final : public per_parameter {
 public:
  /// The parameters must outlive the optimizer and keep their shapes.
  explicit sgd(std::vector<parameter*> parameters, sgd_options options = {})
      : per_parameter(std::move(parameters), options.rate, 1), options_(options) {}

 private:
  void move(parameter& p, std::size_t i, float rate) override {
    float_matrix& velocity = moment(0, i);
    const float_matrix& g = descent(p, options_.decay);
    velocity = options_.momentum * velocity + g;
    if (options_.nesterov)
      move_value(p, rate * (g + options_.momentum * velocity).array());
    else
      move_value(p, rate * velocity.array());
  }

  sgd_options options_;
};

}  // namespace nn
LOWBIT_END

#endif
