// lowbit/nn/optimizers/optimizer.hpp – what every optimizer is.
//
// Training loops and checkpoints (nn/checkpoint.hpp) take any optimizer by this class, and are compiled once.
#ifndef LOWBIT_NN_OPTIMIZERS_OPTIMIZER_HPP
#define LOWBIT_NN_OPTIMIZERS_OPTIMIZER_HPP

#include <vector>

#include "lowbit/nn/parameter.hpp"

LOWBIT_BEGIN
namespace nn {

/// Moves parameters along the gradients that backward passes left in them. The parameters must outlive the optimizer
/// and keep their shapes.
class optimizer {
 public:
  virtual ~optimizer() = default;

  /// One step with this learning rate.
  virtual void step(float rate) = 0;
  /// What the optimizer remembers of each parameter from step to step, in one fixed order.
  [[nodiscard]] virtual std::vector<float_matrix*> moments() { return {}; }
  /// How many steps were made; set_steps() goes on from another run's count.
  [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }
  void set_steps(std::int64_t steps) noexcept { steps_ = steps; }

 protected:
  optimizer() = default;
  optimizer(const optimizer&) = default;
  optimizer& operator=(const optimizer&) = default;

  std::int64_t steps_ = 0;
};

}  // namespace nn
LOWBIT_END

#endif
