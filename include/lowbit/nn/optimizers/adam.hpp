// lowbit/nn/optimizers/adam.hpp – Adam.
//
//     g = dL/dx + decay x
//     m = b1 m + (1 - b1) g               v = b2 v + (1 - b2) g^2
//     x = x - rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)          then clip x
//
// rate and decay are multiplied with those of each parameter (nn/parameter.hpp).
//
// Its steps do not depend on the size of the gradients. That suits binarized layers: behind a sign only the direction
// of a latent weight counts.
//
// Source: Kingma, Ba, "Adam", arXiv:1412.6980, algorithm 1.
#ifndef LOWBIT_NN_OPTIMIZERS_ADAM_HPP
#define LOWBIT_NN_OPTIMIZERS_ADAM_HPP

#include <cmath>
#include <vector>

#include "lowbit/nn/optimizers/optimizer.hpp"

LOWBIT_BEGIN
namespace nn {

/// The paper's defaults.
struct adam_options {
  float rate = 1e-3f;
  float b1 = 0.9f;
  float b2 = 0.999f;
  float epsilon = 1e-8f;
  float decay = 0;
};

/// Two moments per parameter and the number of steps.
class adam final : public optimizer {
 public:
  /// The parameters must outlive the optimizer and keep their shapes.
  explicit adam(std::vector<parameter*> parameters, adam_options options = {})
      : options_(options), parameters_(std::move(parameters)) {
    for (const parameter* p : parameters_) {
      first_.push_back(float_matrix::Zero(p->value.rows(), p->value.cols()));
      second_.push_back(first_.back());
    }
  }

  /// One step along the gradients that backward passes left; `rate` replaces the option when given.
  void step() { step(options_.rate); }
  void step(float rate) override {
    ++steps_;
    const float unbias1 = 1 / (1 - std::pow(options_.b1, static_cast<float>(steps_)));
    const float unbias2 = 1 / (1 - std::pow(options_.b2, static_cast<float>(steps_)));
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      parameter& p = *parameters_[i];
      const auto g = descent(p, options_.decay).array();
      first_[i].array() = options_.b1 * first_[i].array() + (1 - options_.b1) * g;
      second_[i].array() = options_.b2 * second_[i].array() + (1 - options_.b2) * g * g;
      move_value(p, rate * p.rate * unbias1 * first_[i].array() /
                        ((second_[i].array() * unbias2).sqrt() + options_.epsilon));
    }
  }

  /// All first moments, then all second ones.
  [[nodiscard]] std::vector<float_matrix*> moments() override {
    std::vector<float_matrix*> all;
    for (std::vector<float_matrix>* const kind : {&first_, &second_})
      for (float_matrix& each : *kind) all.push_back(&each);
    return all;
  }

 private:
  adam_options options_;
  std::vector<parameter*> parameters_;
  std::vector<float_matrix> first_, second_;
};

}  // namespace nn
LOWBIT_END

#endif
