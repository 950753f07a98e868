// lowbit/quantize/comparing.hpp – bits of codes that are comparisons.
//
// Sign asks one question of a float, a ternary threshold two, a 2-bit staircase three. Such a quantizer writes its
// bits once, as a function of the answers:
//
//     template <class Floats>
//     constexpr auto planes(Floats x) const noexcept {
//       const auto minus = x.below(-delta);
//       return std::array{minus | x.above(delta), minus};        bit 0, bit 1: ternary_planes() below
//     }
//
// encode(q, x) calls it with one float. The kernels call it with 64. Then each answer is a mask of 64 bits, and the
// planes are the words of the packed tensor, with no codes in between. The questions:
//
//     x.negative()        the sign rule of core/float_bits.hpp
//     x.below(bound)      x < bound
//     x.above(bound)      x > bound
//     x.at_least(bound)   x >= bound
//     x.search(stairs)    the planes of the codes of a staircase (quantize/fit/staircase.hpp)
//
// For NaN the first four answers are "no": negate an answer where it should be "yes". Bounds are not NaN. All four
// compare integers, the places of floats in their order (core/float_bits.hpp): neither -ffast-math nor a mode that
// flushes denormals changes an answer.
//
// Answers have ~ & | ^ and nothing else. Which bit belongs to which float is the kernel's business.
#ifndef LOWBIT_QUANTIZE_COMPARING_HPP
#define LOWBIT_QUANTIZE_COMPARING_HPP

#include <array>

#include "lowbit/core/float_bits.hpp"

LOWBIT_BEGIN

/// One float; bit 0 of an answer counts.
struct one_float {
  using answer = std::uint32_t;
  float x;

  [[nodiscard]] LOWBIT_INLINE constexpr answer negative() const noexcept { return is_negative(x); }
  [[nodiscard]] LOWBIT_INLINE constexpr answer below(float bound) const noexcept {
    return is_below(x, bound);
  }
  [[nodiscard]] LOWBIT_INLINE constexpr answer above(float bound) const noexcept {
    return is_above(x, bound);
  }
  [[nodiscard]] LOWBIT_INLINE constexpr answer at_least(float bound) const noexcept {
    return is_at_least(x, bound);
  }
  /// The key of x (detail::core::rising_key) is larger: what a staircase asks.
  [[nodiscard]] LOWBIT_INLINE constexpr answer beyond(std::int32_t key) const noexcept {
    return detail::core::rising_key(x) > key;
  }
  template <class Stairs>
  [[nodiscard]] LOWBIT_INLINE constexpr auto search(const Stairs& stairs) const noexcept {
    std::array<answer, static_cast<std::size_t>(Stairs::bits)> planes{};
    const answer code = stairs.encode(x);
    for (std::size_t p = 0; p < planes.size(); ++p) planes[p] = code >> p & 1;
    return planes;
  }
};

/// The code whose bits these answers are.
template <std::size_t Planes>
[[nodiscard]] LOWBIT_INLINE constexpr code_t code_of(
    const std::array<one_float::answer, Planes>& planes) noexcept {
  one_float::answer code = 0;
  for (std::size_t p = 0; p < Planes; ++p) code |= (planes[p] & 1) << p;
  return static_cast<code_t>(code);
}

/// The bits of a ternary code: -1 below `lower`, +1 above `upper`, both strictly; else 0, as is NaN.
template <class Floats>
[[nodiscard]] LOWBIT_INLINE constexpr auto ternary_planes(Floats x, float lower,
                                                          float upper) noexcept {
  const auto negative = x.below(lower);
  return std::array{negative | x.above(upper), negative};
}

LOWBIT_END

#endif
