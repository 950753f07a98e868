// lowbit/nn/optimizers/per_parameter.hpp – an optimizer that moves one parameter after the other.
//
// Most optimizers differ in one formula: how a parameter moves, given its gradient and what is remembered of earlier
// steps. This class keeps the rest. An optimizer of one's own is a constructor and move():
//
//     class sign_descent final : public nn::per_parameter {
//      public:
//       explicit sign_descent(std::vector<nn::parameter*> p) : per_parameter(std::move(p), 1e-3f, 0) {}
//      private:
//       void move(nn::parameter& p, std::size_t, float rate) override {
//         nn::move_value(p, rate * nn::descent(p, 0).array().sign());
//       }
//     };
#ifndef LOWBIT_NN_OPTIMIZERS_PER_PARAMETER_HPP
#define LOWBIT_NN_OPTIMIZERS_PER_PARAMETER_HPP

#include <cmath>
#include <vector>

#include "lowbit/nn/optimizers/optimizer.hpp"

LOWBIT_BEGIN
namespace nn {

/// Parameters, and moments of their shapes that begin at 0.
class per_parameter : public optimizer {
 public:
  /// One step along the gradients that backward passes left, with the rate of the constructor.
  void step() { step(rate_); }
  /// The same with this rate, times the rate of each parameter.
  void step(float rate) override {
    ++steps_;
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      move(*parameters_[i], i, rate * parameters_[i]->rate);
  }
  /// All first moments, then all second ones.
  [[nodiscard]] std::vector<float_matrix*> moments() override {
    std::vector<float_matrix*> all;
    for (float_matrix& each : moments_) all.push_back(&each);
    return all;
  }

 protected:
  /// `kinds` moments per parameter. The parameters must outlive the optimizer and keep their shapes.
  per_parameter(std::vector<parameter*> parameters, float rate, int kinds)
      : parameters_(std::move(parameters)), rate_(rate) {
    for (int kind = 0; kind < kinds; ++kind)
      for (const parameter* p : parameters_)
        moments_.push_back(float_matrix::Zero(p->value.rows(), p->value.cols()));
  }

  /// Moves parameter i; `rate` is that of the step times the parameter's. steps() counts this step already.
  virtual void move(parameter& p, std::size_t i, float rate) = 0;

  /// Moment `kind`, from 0, of parameter i.
  [[nodiscard]] float_matrix& moment(int kind, std::size_t i) noexcept {
    return moments_[static_cast<std::size_t>(kind) * parameters_.size() + i];
  }
  [[nodiscard]] const std::vector<parameter*>& parameters() const noexcept { return parameters_; }

 private:
  std::vector<parameter*> parameters_;
  std::vector<float_matrix> moments_;
  float rate_;
};

}  // namespace nn

namespace detail::nn {

/// 1 - b^t: what a moving average that began at 0 has of its weight after t steps.
[[nodiscard]] inline float weight_after(float b, std::int64_t t) noexcept {
  return 1 - std::pow(b, static_cast<float>(t));
}

}  // namespace detail::nn
LOWBIT_END

#endif
