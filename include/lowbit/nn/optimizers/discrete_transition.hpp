// lowbit/nn/optimizers/discrete_transition.hpp – the weight update of Gated XNOR networks: jumps between few values.
//
// Weights are elements of Z_N = {n / 2^(N - 1) - 1 : n = 0 ... 2^N}, times a range. N = 0 is {-1, 1}, N = 1 is
// {-1, 0, 1}. Neighbours are dz = 2^(1 - N) apart. No latent float is kept: the optimizer's step dw becomes jumps,
//
//     rho = dw, so far that w + rho stays in the range
//     k   = trunc(rho / dz),     nu = rho - k dz
//     w'  = w + (k + sign(rho) [u < tanh(m |nu| / dz)]) dz          u uniform in [0, 1)
//
// so a weight makes all whole jumps, and one more with a probability that grows with the rest. The rule is not
// unbiased: the tanh makes small steps more likely than their size.
//
// Source: Deng et al., "GXNOR-Net", arXiv:1705.09283, section 2.D; m = 3 in their program.
#ifndef LOWBIT_NN_OPTIMIZERS_DISCRETE_TRANSITION_HPP
#define LOWBIT_NN_OPTIMIZERS_DISCRETE_TRANSITION_HPP

#include <cmath>

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/nn/optimizers/adjusted.hpp"

LOWBIT_BEGIN
namespace nn {

/// A rule for nn::adjusted. Weights must begin in the set: start() puts them there.
struct discrete_transition {
  int n = 1;        ///< N, from 0 to 16
  float m = 3;      ///< how soon the rest makes a jump
  float range = 1;  ///< the largest weight

  /// The distance of neighbours.
  [[nodiscard]] double distance() const noexcept {
    return wide_power_of_two(1 - n) * static_cast<double>(range);
  }
  /// The element of the set next to w; the upper one of two.
  [[nodiscard]] float nearest(float w) const noexcept {
    const double dz = distance(), low = -static_cast<double>(range);
    const double steps = std::floor((static_cast<double>(clip(w, -range, range)) - low) / dz + 0.5);
    return static_cast<float>(low + dz * steps);
  }
  /// Puts all values of a parameter into the set.
  void start(parameter& p) const {
    for (float& w : elements(p.value)) w = nearest(w);
  }

  /// A step within the range: whole jumps, and the probability of one more.
  struct jumps {
    double whole;
    double probability;
    double direction;  ///< of the one more: -1 or 1
  };
  [[nodiscard]] jumps of(float w, float dw) const noexcept {
    const double dz = distance(), limit = static_cast<double>(range);
    const double low = -limit - static_cast<double>(w), high = limit - static_cast<double>(w);
    const double d = static_cast<double>(dw), rho = d < low ? low : d > high ? high : d;
    const double whole = std::trunc(rho / dz), rest = rho - whole * dz;
    return {whole, std::tanh(static_cast<double>(m) * std::fabs(rest) / dz), rho < 0 ? -1.0 : 1.0};
  }
  /// Where w goes for the optimizer's step dw and a uniform number.
  [[nodiscard]] float operator()(float w, float dw, float u) const noexcept {
    const jumps made = of(w, dw);
    const double more = static_cast<double>(u) < made.probability ? made.direction : 0;
    return static_cast<float>(static_cast<double>(w) + (made.whole + more) * distance());
  }
  /// The rule. Errors: a weight was not in the set before the step.
  void operator()(const adjusted_step& step) const {
    const std::span<const float> before = elements(step.before);
    const std::span<float> w = elements(step.p.value);
    for (std::size_t k = 0; k < w.size(); ++k) {
      if (before[k] != nearest(before[k]))
        detail::fail(
            "nn::discrete_transition: weight %zu was %g before the step, which is not among the %d "
            "values from -%g to %g: call start() first",
            k, static_cast<double>(before[k]), (1 << n) + 1, static_cast<double>(range),
            static_cast<double>(range));
      w[k] = (*this)(before[k], w[k] - before[k], step.uniform(k));
    }
  }
};

}  // namespace nn
LOWBIT_END

#endif
