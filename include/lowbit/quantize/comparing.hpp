// lowbit/quantize/comparing.hpp – quantizers whose bits are comparisons.
//
// Sign asks one question of a number, a ternary threshold two, a 2-bit staircase three. Such a
// quantizer writes its bits once, as a function of the answers:
//
//     template <class Numbers>
//     constexpr auto planes(Numbers x) const noexcept {
//       const auto minus = x.below(-delta);
//       return std::array{minus | x.above(delta), minus};        bit 0, bit 1: ternary_planes() below
//     }
//     constexpr code_t encode(float x) const noexcept { return code_of(planes(one_float{x})); }
//
// and that serves one number here and 64 at a time in the kernels: there x stands for 64 numbers, an
// answer is a mask of 64 bits, and the planes are the words of the packed tensor, with no codes in
// between. What a number answers:
//
//     x.negative()        the sign rule of core/float_bits.hpp      NaN answers "no" to all four;
//     x.below(bound)      x < bound                                 negate where it should be "yes"
//     x.above(bound)      x > bound
//     x.at_least(bound)   x >= bound
//     x.search(stairs)    the planes of the codes of a staircase (quantize/fit/staircase.hpp)
//
// All of them are comparisons of integers, the places of floats in their order (core/float_bits.hpp), so that
// neither -ffast-math nor a mode that flushes denormals changes an answer. Bounds are not NaN.
//
// Answers know ~ & | ^ and nothing else: which bit belongs to whom is not the quantizer's business.
// Every other quantizer has encode() alone and is packed through its codes.
#ifndef LOWBIT_QUANTIZE_COMPARING_HPP
#define LOWBIT_QUANTIZE_COMPARING_HPP

#include <array>

#include "lowbit/core/float_bits.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// One number that answers comparisons; bit 0 of an answer counts.
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
  /// The key of x (detail::core::rising_key) is larger: what multi_thresholds ask.
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
template <class Numbers>
[[nodiscard]] LOWBIT_INLINE constexpr auto ternary_planes(Numbers x, float lower,
                                                          float upper) noexcept {
  const auto negative = x.below(lower);
  return std::array{negative | x.above(upper), negative};
}

/// A quantizer with planes(), see the head of this file: encode(x) is code_of(planes(one_float{x})).
template <class Q>
concept comparing_quantizer = deterministic_quantizer<Q> && requires(const Q& q, one_float x) {
  { q.planes(x) }
  noexcept->std::same_as<
      std::array<one_float::answer, static_cast<std::size_t>(Q::encoding::plane_count)>>;
};

LOWBIT_END

#endif
