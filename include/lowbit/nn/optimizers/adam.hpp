// lowbit/nn/optimizers/adam.hpp – Adam and AdamW.
//
//     g = dL/dx + decay x
//     m = b1 m + (1 - b1) g               v = b2 v + (1 - b2) g^2
//     x = x - rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)          then clip x
//
// AdamW decouples the decay: g is dL/dx alone, and x loses rate decay x beside the step.
//
// rate and decay are multiplied with those of each parameter (nn/parameter.hpp).
//
// Its steps do not depend on the size of the gradients. That suits binarized layers: behind a sign only the direction
// of a latent weight counts.
//
// Sources: Kingma, Ba, "Adam", arXiv:1412.6980, algorithm 1; Loshchilov, Hutter, "Decoupled weight decay
// regularization", arXiv:1711.05101, algorithm 2.
#ifndef LOWBIT_NN_OPTIMIZERS_ADAM_HPP
#define LOWBIT_NN_OPTIMIZERS_ADAM_HPP

#include "lowbit/nn/optimizers/per_parameter.hpp"

LOWBIT_BEGIN
namespace nn {

/// The paper's defaults.
struct adam_options {
  float rate = 1e-3f;
  float b1 = 0.9f;
  float b2 = 0.999f;
  float epsilon = 1e-8f;
  float decay = 0;
  bool decoupled = false;  ///< AdamW
};

/// Two moments per parameter and the number of steps.
class adam final : public per_parameter {
 public:
  /// The parameters must outlive the optimizer and keep their shapes.
  explicit adam(std::vector<parameter*> parameters, adam_options options = {})
      : per_parameter(std::move(parameters), options.rate, 2), options_(options) {}

 private:
  void move(parameter& p, std::size_t i, float rate) override {
    const float unbias1 = 1 / detail::nn::weight_after(options_.b1, steps_);
    const float unbias2 = 1 / detail::nn::weight_after(options_.b2, steps_);
    float_matrix &first = moment(0, i), &second = moment(1, i);
    const auto g = descent(p, options_.decoupled ? 0 : options_.decay).array();
    first.array() = options_.b1 * first.array() + (1 - options_.b1) * g;
    second.array() = options_.b2 * second.array() + (1 - options_.b2) * g * g;
    const auto step =
        rate * unbias1 * first.array() / ((second.array() * unbias2).sqrt() + options_.epsilon);
    if (const float decay = rate * options_.decay * p.decay; options_.decoupled && decay > 0)
      move_value(p, step + decay * p.value.array());
    else
      move_value(p, step);
  }

  adam_options options_;
};

}  // namespace nn
LOWBIT_END

#endif
