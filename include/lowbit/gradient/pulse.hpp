// lowbit/gradient/pulse.hpp – the derivative of a jump, spread over a short interval.
//
// Where a step function jumps by 1, its derivative is an infinitely thin pulse of area 1. These are pulses of
// half-width a and the same area, ends included:
//
//     rectangle   1 / (2a)                   triangle   1/a - |d| / a^2         for |d| <= a, else 0
//
// with d the distance from the jump. A quantizer with several jumps adds one pulse per jump, times the height of
// the jump. Source: Deng et al., "GXNOR-Net", arXiv:1705.09283, eq. 7-8.
#ifndef LOWBIT_GRADIENT_PULSE_HPP
#define LOWBIT_GRADIENT_PULSE_HPP

#include "lowbit/core/float_bits.hpp"

LOWBIT_BEGIN
namespace ste {

/// Constant within `half_width` of the jump.
struct rectangle {
  float half_width = 0.5f;
  [[nodiscard]] constexpr float operator()(float distance) const noexcept {
    return magnitude(distance) <= half_width ? 1 / (2 * half_width) : 0;
  }
};

/// Highest at the jump, falling to 0 at `half_width`.
struct triangle {
  float half_width = 0.5f;
  [[nodiscard]] constexpr float operator()(float distance) const noexcept {
    const float away = magnitude(distance);
    return away <= half_width ? (half_width - away) / (half_width * half_width) : 0;
  }
};

}  // namespace ste
LOWBIT_END

#endif
