// lowbit/gradient/approx_sign.hpp – the piecewise polynomial of Bi-Real Net.
#ifndef LOWBIT_GRADIENT_APPROX_SIGN_HPP
#define LOWBIT_GRADIENT_APPROX_SIGN_HPP

#include "lowbit/core/float_bits.hpp"
#include "lowbit/gradient/surrogate.hpp"

LOWBIT_BEGIN
namespace ste {

/// dL/dx = dL/dy * (2 - 2|x|) for |x| < 1, 0 elsewhere and for NaN. This is the derivative of soft(x) = 2x + x^2 on
/// [-1, 0), 2x - x^2 on [0, 1), -1 and 1 outside. It is 0 at x = -1 and x = 1, whether these belong to the window or
/// not. Source: Liu et al., "Bi-Real Net", arXiv:1808.00278, section 3.3.
struct approx_sign {
  [[nodiscard]] constexpr float operator()(float x, float upstream) const noexcept {
    return magnitude(x) < 1 ? 2 * (1 - magnitude(x)) * upstream : 0;
  }
  [[nodiscard]] constexpr float soft(float x) const noexcept {
    if (!(magnitude(x) < 1)) return x < 0 ? -1.0f : 1.0f;
    return x * (2 - magnitude(x));
  }
};

}  // namespace ste
LOWBIT_END

#endif
