// lowbit/core/float_bits.hpp – the fields of a binary32 number, and the one sign rule.
//
// A binary32 number is sign (1 bit), biased exponent (8), fraction (23). Thresholds that a paper
// writes with log2 are decided on these fields, because the last bit of log2f differs between math
// libraries and a code must not.
#ifndef LOWBIT_CORE_FLOAT_BITS_HPP
#define LOWBIT_CORE_FLOAT_BITS_HPP

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN

/// The bits of a binary32 number, and the number of 32 bits. Not std::bit_cast: unoptimized, that is a
/// function which objects with different -m flags would share, and it moves through vector registers.
[[nodiscard]] LOWBIT_INLINE constexpr std::uint32_t bits_of(float x) noexcept {
  return __builtin_bit_cast(std::uint32_t, x);
}
[[nodiscard]] LOWBIT_INLINE constexpr float float_of(std::uint32_t bits) noexcept {
  return __builtin_bit_cast(float, bits);
}

namespace detail::core {

/// first ? a : b, as bits and never as a branch: g++ at -O2 makes no vectors of a loop with ?: on floats,
/// and of this it does; and what cannot be predicted need not be.
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

/// x, but low if it is less and high if it is more; NaN gives low. low <= high. Without a branch.
[[nodiscard]] LOWBIT_INLINE constexpr float clip(float x, float low, float high) noexcept {
  const float raised = detail::core::select(x > low, x, low);
  return detail::core::select(raised < high, raised, high);
}

[[nodiscard]] LOWBIT_INLINE constexpr double clip(double x, double low, double high) noexcept {
  const double raised = detail::core::select(x > low, x, low);
  return detail::core::select(raised < high, raised, high);
}

/// The three fields of a binary32 number; value = (-1)^sign * 1.fraction * 2^(exponent - 127) for
/// exponents 1 ... 254, (-1)^sign * 0.fraction * 2^-126 for exponent 0.
struct float_fields {
  bool sign;
  int exponent;            ///< biased, 0 ... 255
  std::uint32_t fraction;  ///< 23 bits
};

[[nodiscard]] constexpr float_fields fields(float x) noexcept {
  const auto bits = bits_of(x);
  return {bits >> 31 != 0, static_cast<int>(bits >> 23 & 0xffu), bits & 0x7fffffu};
}

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
