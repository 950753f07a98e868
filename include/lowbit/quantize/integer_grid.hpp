// lowbit/quantize/integer_grid.hpp – the level set of equidistant integers, and the roundings onto it.
//
// Half of the literature is one line: a *position*, where x lies on a grid of step 1, is rounded to an
// integer and clipped to the integers that the codes stand for,
//
//     value = clip(round(position), low, high)        code = the pattern that stands for it
//
// and the methods differ in three things that are independent of each other: the position (x / step in
// LSQ, x n / alpha in PACT, Z + x / S in affine codes), the rounding (rounding::half_even, half_away,
// half_up, up, down), and the integers (0 ... 2^K - 1 for unsigned_bits, two's complement for
// signed_bits, its narrow symmetric part, odd ones for bipolar_bits).
//
// A position is a quotient, x n / unit. No rounded quotient decides its rounding, but the distance of x n from a
// multiple of the unit (core/rounding.hpp): x n is exact in double. So the code is
// the formula's, to the last tie, on every ISA, with every compiler and flag (-ffast-math takes reciprocals), in
// every rounding direction, and where denormals are flushed. There is no a * b + c that could be contracted
// to another result, and compilers make vectors of the loop. NaN gets the lowest code.
#ifndef LOWBIT_QUANTIZE_INTEGER_GRID_HPP
#define LOWBIT_QUANTIZE_INTEGER_GRID_HPP

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/rounding.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// The code that stands for an integer, where the encoding's values are equidistant: the inverse of
/// value<E>(). The integer must be one of them.
template <plane_code E>
[[nodiscard]] LOWBIT_INLINE constexpr code_t code_of_value(int integer) noexcept {
  return static_cast<code_t>((integer - E::offset) / E::weight(0) & ((1 << E::plane_count) - 1));
}

/// Codes of the integers in [Low, High], all of E's unless said otherwise.
template <plane_code E, int Low = min_value<E>(), int High = max_value<E>()>
struct integer_grid {
  static constexpr int low = Low, high = High;

  /// The code of the position x * n / unit, rounded and clipped; NaN gets the lowest. n >= 1 has 8 bits at
  /// most; unit is positive, the value of a float.
  template <class Rounding>
  [[nodiscard]] LOWBIT_INLINE static constexpr code_t encode(float x, int n, double unit) noexcept {
    return code_of_value<E>(round_quotient<Rounding>(exact_double(x) * n, unit, Low, High));
  }
};

/// Two's complement without the most negative number: symmetric around zero. One ternary digit for
/// K = 2, which multiplies faster and has the same bits.
template <int K>
using narrow_bits = std::conditional_t<K == 2, ternary, signed_bits<K>>;
template <int K>
using narrow_grid = integer_grid<narrow_bits<K>, 1 - (1 << (K - 1)), (1 << (K - 1)) - 1>;

namespace detail::quantizers {

/// largest / count, so that count steps reach `largest`; a last bit less where they would overflow.
[[nodiscard]] constexpr float step_to(float largest, int count) noexcept {
  const float step = largest / static_cast<float>(count);
  return is_finite(step * static_cast<float>(count)) ? step : float_of(bits_of(step) - 1);
}

}  // namespace detail::quantizers
LOWBIT_END

#endif
