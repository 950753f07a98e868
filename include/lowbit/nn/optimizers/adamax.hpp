// lowbit/nn/optimizers/adamax.hpp – AdaMax, and the shift-based one of BNN.
//
//     m = b1 m + (1 - b1) g               v = max(b2 v, |g|)
//     x = x - rate / (1 - b1^t) m / v                                       x stays where v = 0;  then clip x
//
// v is the largest gradient of late, so no step is longer than the rate. The shift-based form takes powers of two in
// place of both factors, AP2(rate / (1 - b1^t)) and 1 / AP2(v). Then a step is made of shifts and additions.
//
// The paper of BNN keeps v itself, as here. Its published program stores AP2(v) + 2^-27 back into v instead.
//
// rate and decay are multiplied with those of each parameter (nn/parameter.hpp).
//
// Sources: Kingma, Ba, "Adam", arXiv:1412.6980, algorithm 2; Hubara et al., "Binarized neural networks",
// arXiv:1602.02830, algorithm 4.
#ifndef LOWBIT_NN_OPTIMIZERS_ADAMAX_HPP
#define LOWBIT_NN_OPTIMIZERS_ADAMAX_HPP

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/nn/optimizers/per_parameter.hpp"

LOWBIT_BEGIN
namespace nn {

/// The defaults of Adam's paper; shift_adamax_options() has those of BNN's.
struct adamax_options {
  float rate = 2e-3f;
  float b1 = 0.9f;
  float b2 = 0.999f;
  float decay = 0;
  bool shifts = false;  ///< powers of two in place of the factors
};

/// rate 2^-10, b1 = 1 - 2^-3, b2 = 1 - 2^-10, and shifts.
[[nodiscard]] constexpr adamax_options shift_adamax_options() noexcept {
  return {0x1p-10f, 0.875f, 0.9990234375f, 0, true};
}

/// Two moments per parameter and the number of steps.
class adamax final : public per_parameter {
 public:
  /// The parameters must outlive the optimizer and keep their shapes.
  explicit adamax(std::vector<parameter*> parameters, adamax_options options = {})
      : per_parameter(std::move(parameters), options.rate, 2), options_(options) {}

 private:
  void move(parameter& p, std::size_t i, float rate) override {
    const auto factor = [&](float x) { return options_.shifts ? nearest_power_of_two(x) : x; };
    float_matrix &first = moment(0, i), &largest = moment(1, i);
    const float_matrix& g = descent(p, options_.decay);
    first = options_.b1 * first + (1 - options_.b1) * g;
    largest = (options_.b2 * largest).cwiseMax(g.cwiseAbs());
    const float unbiased = factor(rate / detail::nn::weight_after(options_.b1, steps_));
    move_value(p, first.array().binaryExpr(largest.array(), [=](float m, float v) {
      return v > 0 ? unbiased * m / factor(v) : 0;
    }));
  }

  adamax_options options_;
};

}  // namespace nn
LOWBIT_END

#endif
