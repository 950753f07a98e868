// lowbit/core/fixed_multiplier.hpp – multiplying by a real number with integers only.
//
// An int32 accumulator times a real M in (0, 1) becomes an int32 again, without floats. M is written as
// mantissa * 2^-31 * 2^-shift with a mantissa in [2^30, 2^31). Then
//
//     y = divide_by_power_of_two(multiply_high(accumulator, mantissa), shift)
//
// Each of the two functions rounds in its own way. Both roundings are part of the contract, because networks
// were trained with them:
//
//     multiply_high            (a b + nudge) / 2^31 cut towards zero: +1/2 -> 1, -1/2 -> 0, -3/2 -> -1
//     divide_by_power_of_two   nearest, ties away from zero
//
// multiplied_once() rounds once (the exact product shifted by 31 + shift, ties away). It differs by 1 in rare
// cases.
//
// Source: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only
// inference", arXiv:1712.05877, section 2.2 and appendix B. The two roundings are those of gemmlowp's
// fixedpoint.h.
#ifndef LOWBIT_CORE_FIXED_MULTIPLIER_HPP
#define LOWBIT_CORE_FIXED_MULTIPLIER_HPP

#include <limits>

#include "lowbit/core/error.hpp"
#include "lowbit/core/rounding.hpp"

LOWBIT_BEGIN

/// The upper half of 2 a b, rounded; (-2^31)^2 saturates. gemmlowp's SaturatingRoundingDoublingHighMul.
[[nodiscard]] LOWBIT_INLINE constexpr std::int32_t multiply_high(std::int32_t a,
                                                                 std::int32_t b) noexcept {
  constexpr auto lowest = (std::numeric_limits<std::int32_t>::min)();
  if (a == lowest && b == lowest) return (std::numeric_limits<std::int32_t>::max)();
  const std::int64_t product = std::int64_t{a} * b;
  const std::int64_t nudge = product >= 0 ? std::int64_t{1} << 30 : 1 - (std::int64_t{1} << 30);
  return static_cast<std::int32_t>((product + nudge) / (std::int64_t{1} << 31));
}

/// x / 2^exponent, nearest, ties away from zero; 0 <= exponent <= 31. gemmlowp's RoundingDivideByPOT.
[[nodiscard]] LOWBIT_INLINE constexpr std::int32_t divide_by_power_of_two(std::int32_t x,
                                                                          int exponent) noexcept {
  const std::int64_t mask = (std::int64_t{1} << exponent) - 1;
  const std::int64_t remainder = x & mask, threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return static_cast<std::int32_t>((std::int64_t{x} >> exponent) + (remainder > threshold ? 1 : 0));
}

/// mantissa * 2^(-31 - shift).
struct fixed_multiplier {
  std::int32_t mantissa = 0;
  int shift = 0;

  /// The multiplier next to M. Errors: M is not in (0, 1), or too small for a shift of 31. An M that
  /// rounds up to 1 has shift -1.
  [[nodiscard]] static fixed_multiplier nearest(double m) {
    if (!(m > 0) || !(m < 1)) detail::fail("fixed_multiplier: %g: it must be between 0 and 1", m);
    fixed_multiplier out;
    for (; m < 0.5; m *= 2) ++out.shift;
    std::int64_t rounded = round_half_away(m * 2147483648.0);
    if (rounded == std::int64_t{1} << 31) {
      rounded /= 2;
      --out.shift;
    }
    if (out.shift > 31)
      detail::fail("fixed_multiplier: a shift of %d: it must be at most 31", out.shift);
    out.mantissa = static_cast<std::int32_t>(rounded);
    return out;
  }
  /// x times the multiplier, rounded twice as gemmlowp does. x may be any int32 if shift >= 0; with
  /// shift -1 (M rounds to 1) the result saturates.
  [[nodiscard]] LOWBIT_INLINE constexpr std::int32_t operator()(std::int32_t x) const noexcept {
    if (shift >= 0) return divide_by_power_of_two(multiply_high(x, mantissa), shift);
    const std::int64_t doubled = std::int64_t{multiply_high(x, mantissa)} * 2;
    constexpr std::int64_t high = (std::numeric_limits<std::int32_t>::max)();
    return static_cast<std::int32_t>(doubled > high        ? high
                                     : doubled < -high - 1 ? -high - 1
                                                           : doubled);
  }
  /// x times the multiplier, rounded once, ties away from zero.
  [[nodiscard]] LOWBIT_INLINE constexpr std::int32_t multiplied_once(
      std::int32_t x) const noexcept {
    const std::int64_t product = std::int64_t{x} * mantissa, half = std::int64_t{1} << (30 + shift);
    const std::int64_t unit = half * 2;
    return static_cast<std::int32_t>((product + (product < 0 ? -half : half)) / unit);
  }
};

LOWBIT_END

#endif
