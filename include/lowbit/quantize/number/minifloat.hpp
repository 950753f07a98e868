// lowbit/quantize/number/minifloat.hpp – floats of few bits.
//
//     value = (-1)^s 1.f 2^(e - bias)        E bits of e, M bits of f, bias = 2^(E-1) - 1
//
// Every e is an ordinary exponent: no denormals, no infinities, no NaN. Zero stands for itself, besides the
// 2^(1+E+M) patterns, so E4M3 has 257 values and the codes are words (quantize/number/word_code.hpp):
//
//     code = s 2^(E+M) | e 2^M | f        zero = 2^(1+E+M)
//
// The fraction is rounded half away from zero and may carry into the exponent. Magnitudes below 2^-bias
// become zero, before rounding; above the largest, and infinite, they saturate. NaN becomes zero.
//
// Source: Ristretto, arXiv:1605.06402, section 5.
#ifndef LOWBIT_QUANTIZE_NUMBER_MINIFLOAT_HPP
#define LOWBIT_QUANTIZE_NUMBER_MINIFLOAT_HPP

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/quantize/number/word_code.hpp"

LOWBIT_BEGIN

/// Sign, E exponent bits, M fraction bits.
template <int E = 4, int M = 3>
struct minifloat {
  static_assert(E >= 2 && E <= 7 && M >= 0 && E + M <= 13,
                "lowbit::minifloat<E, M>: E must be 2 to 7, M at least 0, and E + M at most 13");
  static constexpr int bias = (1 << (E - 1)) - 1;
  static constexpr std::int16_t zero = 1 << (1 + E + M);

  [[nodiscard]] LOWBIT_INLINE constexpr std::int16_t encode(float x) const noexcept {
    const auto [exponent, fraction] = logarithm_of(x);
    if (!is_above(magnitude(x), 0) || exponent < -bias) return zero;
    // Exponent and fraction are one integer, so a carry needs no care.
    const std::int32_t rounded =
        (exponent + bias) * (1 << M) +
        static_cast<std::int32_t>((fraction + (std::uint32_t{1} << (22 - M))) >> (23 - M));
    constexpr std::int32_t largest = (1 << (E + M)) - 1;
    return static_cast<std::int16_t>((rounded < largest ? rounded : largest) | int{is_negative(x)}
                                                                                   << (E + M));
  }
  [[nodiscard]] constexpr float decode(std::int16_t code) const noexcept {
    if (code == zero) return 0;
    const int exponent = (code >> M & ((1 << E) - 1)) - bias, fraction = code & ((1 << M) - 1);
    const auto value = static_cast<float>(wide_power_of_two(exponent) *
                                          (1 + static_cast<double>(fraction) / (1 << M)));
    return (code >> (E + M) & 1) != 0 ? -value : value;
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

LOWBIT_END

#endif
