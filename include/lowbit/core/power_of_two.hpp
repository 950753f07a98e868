// lowbit/core/power_of_two.hpp – logarithms to base 2 as integers, from the bits.
//
// A binary32 number is 1.f * 2^e, so log2 |x| lies in [e, e + 1). Every rounding of it is e plus a comparison of
// 1.f with a constant or two:
//
//     floor     e
//     ceil      e + (f > 0)
//     nearest   e + (1.f >= 2^(1/2))                       geometric: LogNet, AP2, WAGE's Shift
//     nearest half      2e + (1.f >= 2^(1/4)) + (1.f >= 2^(3/4)),  in steps of 1/2: base sqrt 2
//     arithmetic  e + (1.f >= 1.5)                         INQ; ShiftCNN has > 1.5
//
// None of the roots is a float, so there are no ties. The comparison is one of integers: the 23 fraction bits
// with the smallest 23 bits above the root. log2f is not called: its last bit differs between libraries.
// Denormals are normalized first and count like any other float.
//
// Sources of the uses: Hubara et al., arXiv:1602.02830, algorithm 3 (AP2); Miyashita et al.,
// arXiv:1603.01025 (logarithmic codes); Wu et al., arXiv:1802.04680, eq. 6 (Shift).
#ifndef LOWBIT_CORE_POWER_OF_TWO_HPP
#define LOWBIT_CORE_POWER_OF_TWO_HPP

#include "lowbit/core/float_bits.hpp"

LOWBIT_BEGIN

/// |x| = 1.fraction * 2^exponent for finite x other than 0; denormals are normalized.
struct binary_logarithm {
  int exponent;
  std::uint32_t fraction;  ///< 23 bits
};

/// The logarithm of |x|; x is finite and not 0.
[[nodiscard]] LOWBIT_INLINE constexpr binary_logarithm logarithm_of(float x) noexcept {
  const std::uint32_t bits = bits_of(x) & 0x7fffffffu;
  if (bits >= 0x00800000u) return {static_cast<int>(bits >> 23) - 127, bits & 0x7fffffu};
  const int shift = bits == 0 ? 0 : __builtin_clz(bits) - 8;  // the leading one goes to bit 23
  return {-126 - shift, bits << shift & 0x7fffffu};
}

/// floor(log2 |x|) for finite x other than 0.
[[nodiscard]] LOWBIT_INLINE constexpr int floor_log2(float x) noexcept {
  return logarithm_of(x).exponent;
}

/// ceil(log2 |x|) for finite x other than 0.
[[nodiscard]] LOWBIT_INLINE constexpr int ceil_log2(float x) noexcept {
  const auto [exponent, fraction] = logarithm_of(x);
  return exponent + (fraction != 0 ? 1 : 0);
}

/// round(log2 |x|) for finite x other than 0: up from sqrt 2 * 2^e on.
[[nodiscard]] LOWBIT_INLINE constexpr int round_log2(float x) noexcept {
  const auto [exponent, fraction] = logarithm_of(x);
  return exponent + (fraction >= 0x3504f4u ? 1 : 0);
}

/// round(2 log2 |x|), the nearest half octave, for finite x other than 0.
[[nodiscard]] LOWBIT_INLINE constexpr int round_half_octaves(float x) noexcept {
  const auto [exponent, fraction] = logarithm_of(x);
  return 2 * exponent + (fraction >= 0x1837f1u ? 1 : 0) + (fraction >= 0x5744fdu ? 1 : 0);
}

/// 2^exponent: 0 below -149, +inf above 127.
[[nodiscard]] LOWBIT_INLINE constexpr float power_of_two(int exponent) noexcept {
  if (exponent > 127) return float_of(0x7f800000u);
  if (exponent >= -126) return float_of(static_cast<std::uint32_t>(exponent + 127) << 23);
  return exponent < -149 ? 0 : float_of(std::uint32_t{1} << (exponent + 149));
}

/// 2^exponent as a double, for |exponent| <= 1022: what scales a float without rounding it.
[[nodiscard]] LOWBIT_INLINE constexpr double wide_power_of_two(int exponent) noexcept {
  return __builtin_bit_cast(double, static_cast<std::uint64_t>(exponent + 1023) << 52);
}

/// AP2(x) = sign(x) 2^round(log2 |x|), the nearest power of two in ratio; zeros, infinities and NaN
/// stay. Above 2^127.5 it is 2^127, so that it is finite.
[[nodiscard]] LOWBIT_INLINE constexpr float nearest_power_of_two(float x) noexcept {
  if ((bits_of(x) & 0x7fffffffu) == 0 || !is_finite(x)) return x;
  const int exponent = round_log2(x);
  const float power = power_of_two(exponent < 127 ? exponent : 127);
  return is_negative(x) ? -power : power;
}

LOWBIT_END

#endif
