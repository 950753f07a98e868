// lowbit/core/half.hpp – binary16 as storage: 16 bits that stand for a float.
//
//     sign 1 bit, exponent 5 bits, fraction 10 bits       0, 2^-24 ... 65504, in steps of 2^-11 of the number or less
//
// Conversions are written on the bits. So they need no instruction of their own, and no mode of the processor or flag of
// the compiler changes a result.
#ifndef LOWBIT_CORE_HALF_HPP
#define LOWBIT_CORE_HALF_HPP

#include "lowbit/core/float_bits.hpp"

LOWBIT_BEGIN

/// The binary16 number next to x, ties to even: infinite from 65520 on; NaN for NaN.
[[nodiscard]] constexpr std::uint16_t half_of(float x) noexcept {
  const std::uint32_t bits = bits_of(x), sign = bits >> 16 & 0x8000u, size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);
  if (size >= 0x47800000u) return static_cast<std::uint16_t>(sign | 0x7c00u);  // from 2^16 on
  if (size < 0x33000000u) return static_cast<std::uint16_t>(sign);             // below 2^-25
  // The last bit has weight 2^-24 at least: what is shifted out decides.
  const std::uint32_t exponent = size >> 23;
  const bool normal = exponent >= 113;
  const std::uint32_t shift = normal ? 13 : 126 - exponent;
  const std::uint32_t digits = normal ? size - (112u << 23) : (size & 0x7fffffu) | 1u << 23;
  const std::uint32_t rest = digits & ((1u << shift) - 1), half = 1u << (shift - 1);
  const std::uint32_t whole = digits >> shift;
  const std::uint32_t up = rest > half || (rest == half && (whole & 1) != 0) ? 1 : 0;
  return static_cast<std::uint16_t>(sign | (whole + up));
}

/// The float of 16 bits, exactly.
[[nodiscard]] constexpr float float_of_half(std::uint16_t half) noexcept {
  const std::uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31u,
                      fraction = half & 0x3ffu;
  if (exponent == 0) return float_of(sign | bits_of(static_cast<float>(fraction) * 0x1p-24f));
  return float_of(sign | (exponent == 31 ? 255u : exponent + 112) << 23 | fraction << 13);
}

/// True for 0 and for what binary16 holds with eleven digits, 2^-14 ... 65504: widen_half() is for these.
[[nodiscard]] constexpr bool is_normal_half(float x) noexcept {
  const std::uint32_t size = bits_of(x) & 0x7fffffffu;
  return size == 0 || (size >= 0x38800000u && size <= 0x477fe000u && (size & 0x1fffu) == 0);
}
/// The float of such a number. Four operations that vectorize.
[[nodiscard]] LOWBIT_INLINE constexpr float widen_half(std::uint16_t half) noexcept {
  const std::uint32_t size = half & 0x7fffu, sign = (half & 0x8000u) << 16;
  const std::uint32_t raised = (size << 13) + (112u << 23);
  return float_of(sign | (raised & (0u - static_cast<std::uint32_t>(size != 0))));
}

LOWBIT_END

#endif
