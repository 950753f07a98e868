// lowbit/nn/optimizers/joint.hpp – several optimizers as one.
//
//     nn::bop bits({&first.weights(), &second.weights()});
//     nn::adam others(rest);
//     nn::joint optimizer({{&bits, 0.1f}, {&others, 1}});          what training loops and checkpoints take
//
// Weights without latent floats (Bop) train beside batch norms that need Adam, or the last layer has another rate.
#ifndef LOWBIT_NN_OPTIMIZERS_JOINT_HPP
#define LOWBIT_NN_OPTIMIZERS_JOINT_HPP

#include <vector>

#include "lowbit/nn/optimizers/optimizer.hpp"

LOWBIT_BEGIN
namespace nn {

/// One of the optimizers; its rate is `rate` times that of the step.
struct joint_part {
  optimizer* by;
  float rate = 1;
};

/// Steps all of them, in order. They must outlive it, and no parameter may belong to two.
class joint final : public optimizer {
 public:
  explicit joint(std::vector<joint_part> parts) : parts_(std::move(parts)) {}

  void step(float rate) override {
    for (const joint_part& part : parts_) {
      part.by->set_steps(steps_);
      part.by->step(part.rate * rate);
    }
    ++steps_;
  }
  /// Those of all, in order.
  [[nodiscard]] std::vector<float_matrix*> moments() override {
    std::vector<float_matrix*> all;
    for (const joint_part& part : parts_)
      for (float_matrix* const each : part.by->moments()) all.push_back(each);
    return all;
  }

 private:
  std::vector<joint_part> parts_;
};

}  // namespace nn
LOWBIT_END

#endif
