// lowbit/core/float_bits.hpp – the fields of a binary32 number, and the one sign rule.
//
// A binary32 number is sign (1 bit), biased exponent (8), fraction (23). Thresholds that a paper writes with log2 are
// decided on these fields. The last bit of log2f differs between math libraries, and a code must not.
#ifndef LOWBIT_CORE_FLOAT_BITS_HPP
#define LOWBIT_CORE_FLOAT_BITS_HPP

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN

/// The bits of a float. Not std::bit_cast: without optimization it is a function with vector instructions, which
/// objects with different -m flags would share.
[[nodiscard]] LOWBIT_INLINE constexpr std::uint32_t bits_of(float x) noexcept {
  return __builtin_bit_cast(std::uint32_t, x);
}
/// The float of 32 bits.
[[nodiscard]] LOWBIT_INLINE constexpr float float_of(std::uint32_t bits) noexcept {
  return __builtin_bit_cast(float, bits);
}

namespace detail::core {

/// first ? a : b, as bits and never as a branch. g++ at -O2 vectorizes a loop with this, and none with ?: on
/// floats. No branch can be mispredicted either.
[[nodiscard]] LOWBIT_INLINE constexpr float select(bool first, float a, float b) noexcept {
  return float_of(bits_of(b) ^
                  ((bits_of(a) ^ bits_of(b)) & (0u - static_cast<std::uint32_t>(first))));
}

[[nodiscard]] LOWBIT_INLINE constexpr double select(bool first, double a, double b) noexcept {
  const auto x = __builtin_bit_cast(std::uint64_t, a), y = __builtin_bit_cast(std::uint64_t, b);
  return __builtin_bit_cast(double, y ^ ((x ^ y) & (std::uint64_t{0} - std::uint64_t{first})));
}

}  // namespace detail::core

/// The one sign rule: true iff x < 0 as IEEE compares. -0.0 and every NaN are not negative, a
/// negative denormal is. Written on the bits, so -ffast-math and flush-to-zero modes cannot change
/// it: the patterns 0x80000001 ... 0xff800000 (smallest negative denormal ... -inf) are a range.
[[nodiscard]] LOWBIT_INLINE constexpr bool is_negative(float x) noexcept {
  return bits_of(x) - 0x80000001u <= 0x7f7fffffu;
}

/// True for every NaN pattern, also under -ffast-math (where x != x is folded to false).
[[nodiscard]] LOWBIT_INLINE constexpr bool is_nan(float x) noexcept {
  return (bits_of(x) & 0x7fffffffu) > 0x7f800000u;
}
[[nodiscard]] LOWBIT_INLINE constexpr bool is_nan(double x) noexcept {
  return (__builtin_bit_cast(std::uint64_t, x) & ~(std::uint64_t{1} << 63)) > 0x7ff0000000000000u;
}

/// The one rule of maxima: x > best, where NaN is less than every number. Of equal ones the first stays.
[[nodiscard]] LOWBIT_INLINE constexpr bool is_larger(float x, float best) noexcept {
  return !is_nan(x) && (is_nan(best) || x > best);
}

/// True unless x is infinite or NaN.
[[nodiscard]] LOWBIT_INLINE constexpr bool is_finite(float x) noexcept {
  return (bits_of(x) & 0x7f800000u) != 0x7f800000u;
}

/// |x| with NaN payloads kept.
[[nodiscard]] LOWBIT_INLINE constexpr float magnitude(float x) noexcept {
  return float_of(bits_of(x) & 0x7fffffffu);
}

/// The place of x in the order of floats: 0 for both zeros, one more per next float, 0x7f800000 for +inf;
/// place(-x) = -place(x). NaN lie beyond the infinities, on the side of their sign bit.
[[nodiscard]] LOWBIT_INLINE constexpr std::int32_t place_of(float x) noexcept {
  const auto minus = static_cast<std::int32_t>(bits_of(x) >> 31);
  const auto size = static_cast<std::int32_t>(bits_of(x) & 0x7fffffffu);
  return (size ^ -minus) + minus;
}

namespace detail::core {

/// What is added to a place modulo 2^32 so that the NaN of one sign wrap around, to the others.
inline constexpr std::uint32_t nan_to_bottom = 0x7fffff, nan_to_top = 0xff800000;

/// Integers that rise with x, all NaN below -inf: +NaN wrap around to there.
[[nodiscard]] LOWBIT_INLINE constexpr std::int32_t rising_key(float x) noexcept {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(place_of(x)) + nan_to_bottom);
}
/// Integers that rise with x, all NaN above +inf: -NaN wrap around to there.
[[nodiscard]] LOWBIT_INLINE constexpr std::int32_t key_below_nan(float x) noexcept {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(place_of(x)) + nan_to_top);
}

}  // namespace detail::core

/// x < bound as IEEE compares, false for NaN. The bits are compared, so -ffast-math and modes that flush denormals
/// change nothing. bound is not NaN.
[[nodiscard]] LOWBIT_INLINE constexpr bool is_below(float x, float bound) noexcept {
  return detail::core::key_below_nan(x) < detail::core::key_below_nan(bound);
}
/// x > bound, likewise.
[[nodiscard]] LOWBIT_INLINE constexpr bool is_above(float x, float bound) noexcept {
  return detail::core::rising_key(x) > detail::core::rising_key(bound);
}
/// x >= bound, likewise.
[[nodiscard]] LOWBIT_INLINE constexpr bool is_at_least(float x, float bound) noexcept {
  return detail::core::rising_key(x) >= detail::core::rising_key(bound);
}

/// x, but low if it is less and high if it is more; NaN gives low. low <= high. Without a branch.
[[nodiscard]] LOWBIT_INLINE constexpr float clip(float x, float low, float high) noexcept {
  const float raised = detail::core::select(is_above(x, low), x, low);
  return detail::core::select(is_below(raised, high), raised, high);
}

/// The same for x that is not NaN.
[[nodiscard]] LOWBIT_INLINE constexpr double clip(double x, double low, double high) noexcept {
  const double raised = detail::core::select(x > low, x, low);
  return detail::core::select(raised < high, raised, high);
}

/// x as a double, exactly, in any mode of the processor: a conversion instruction takes denormals for 0 where
/// they are flushed. Infinities become +-2^640 and every NaN -2^640, so that formulas need no special cases:
/// 2^640 is beyond every product or quotient of floats.
[[nodiscard]] LOWBIT_INLINE constexpr double exact_double(float x) noexcept {
  const std::uint32_t nan = is_nan(x) ? ~0u : 0u;
  const std::uint32_t bits = (bits_of(x) & ~nan) | (0xff800000u & nan);
  const std::uint32_t exponent = bits >> 23 & 0xffu;
  const auto normal = static_cast<std::uint32_t>(exponent != 0);
  const auto infinite = static_cast<std::uint32_t>(exponent == 255);
  const auto minus = static_cast<std::int32_t>(bits >> 31);
  const auto digits = static_cast<std::int32_t>((bits & 0x7fffffu) | normal << 23);
  const std::uint32_t power = exponent + (1 - normal) + (infinite << 9) + (1023 - 150);
  return static_cast<double>((digits ^ -minus) + minus) *
         __builtin_bit_cast(double, std::uint64_t{power} << 52);
}

/// The three fields of a float:
///
///     exponent 1 ... 254    (-1)^sign * 1.fraction * 2^(exponent - 127)
///     exponent 0            (-1)^sign * 0.fraction * 2^-126
struct float_fields {
  bool sign;
  int exponent;            ///< biased, 0 ... 255
  std::uint32_t fraction;  ///< 23 bits
};

/// The fields of x.
[[nodiscard]] constexpr float_fields fields(float x) noexcept {
  const auto bits = bits_of(x);
  return {bits >> 31 != 0, static_cast<int>(bits >> 23 & 0xffu), bits & 0x7fffffu};
}

/// The float with these fields.
[[nodiscard]] constexpr float from_fields(float_fields f) noexcept {
  return float_of((f.sign ? 0x80000000u : 0u) | static_cast<std::uint32_t>(f.exponent) << 23 |
                  f.fraction);
}

/// The next float above x (towards +inf); x itself for +inf and NaN. Both zeros go to the smallest
/// positive denormal.
[[nodiscard]] constexpr float next_up(float x) noexcept {
  const auto bits = bits_of(x);
  if (is_nan(x) || bits == 0x7f800000u) return x;
  if ((bits & 0x7fffffffu) == 0) return float_of(1u);
  return float_of(bits >> 31 != 0 ? bits - 1 : bits + 1);
}

LOWBIT_END

#endif
