// lowbit/gradient/sign_swish.hpp – the smooth sign of BNN+.
#ifndef LOWBIT_GRADIENT_SIGN_SWISH_HPP
#define LOWBIT_GRADIENT_SIGN_SWISH_HPP

#include <cmath>

#include "lowbit/gradient/learned_number.hpp"
#include "lowbit/gradient/slope_sum.hpp"
#include "lowbit/gradient/surrogate.hpp"

LOWBIT_BEGIN
namespace ste {

/// With s the logistic function and b = beta x:
///
///     soft(x)  = 2 s(b) (1 + b (1 - s(b))) - 1
///     dL/dx    = dL/dy * beta (2 - b tanh(b / 2)) / (1 + cosh b)
///
/// It overshoots: the derivative is negative from |b| = 2.40 on. |b| is cut to 80, because cosh overflows later. There
/// the quotient is 0 to the last bit of a float. beta may be trained. NaN gives 0. Source: Darabi et al., "BNN+",
/// arXiv:1812.11800; beta = 5 is larq's default.
struct sign_swish {
  float beta = 5;
  struct parameters {
    float beta;
  };

  static constexpr std::array learned_numbers{learned_number{"beta"}};
  [[nodiscard]] constexpr parameters learned() const noexcept { return {beta}; }
  [[nodiscard]] constexpr sign_swish with_learned(parameters p) const noexcept { return {p.beta}; }
  [[nodiscard]] constexpr parameters in_range(parameters p) const noexcept {
    return {detail::gradient::kept_positive(p.beta, beta)};
  }
  [[nodiscard]] float operator()(float x, float upstream) const noexcept {
    return static_cast<float>(static_cast<double>(upstream) * static_cast<double>(beta) * shape(x));
  }
  [[nodiscard]] float soft(float x) const noexcept {
    const double b = argument(x), s = 1 / (1 + std::exp(-b));
    return static_cast<float>(2 * s * (1 + b * (1 - s)) - 1);
  }
  /// d soft / d beta: x times the same function of b.
  [[nodiscard]] parameters parameter_gradient(std::span<const float> x,
                                              std::span<const float> upstream) const noexcept {
    return {detail::gradient::slope_sum(
        x, upstream, [this](float v) { return static_cast<double>(v) * shape(v); })};
  }

 private:
  [[nodiscard]] double argument(float x) const noexcept {
    const double b = static_cast<double>(beta) * static_cast<double>(x);
    return b > 80 ? 80 : b < -80 ? -80 : b;
  }
  [[nodiscard]] double shape(float x) const noexcept {
    const double b = argument(x);
    if (b != b) return 0;
    return (2 - b * std::tanh(b / 2)) / (1 + std::cosh(b));
  }
};

}  // namespace ste
LOWBIT_END

#endif
