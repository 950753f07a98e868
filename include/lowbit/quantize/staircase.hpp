// lowbit/quantize/staircase.hpp – sorted boundaries, and a code for each step between them.
//
// A quantizer whose levels were fitted (k-means, LQ-Nets, powers of two, ...) sends x to one of up to
// 2^K levels, and the level rises with x. So it is a row of boundaries and a row of codes:
//
//          b0      b1           b2
//     -----|-------|------------|-------->  x          rank = how many boundaries are at most x
//      c0     c1        c2          c3                 code = codes[rank]
//
// Whether a tie goes up or down is in the boundary: "x > t" is "at least the next float after t"
// (smallest_above), "x >= t" is t itself. Levels that a method does not use are boundaries of +inf whose
// steps repeat the last code. Up to 3 bits the codes of 64 numbers come from 2^K - 1 comparisons each
// (planes()); above, K comparisons by halving take less.
#ifndef LOWBIT_QUANTIZE_STAIRCASE_HPP
#define LOWBIT_QUANTIZE_STAIRCASE_HPP

#include "lowbit/quantize/boundaries.hpp"

LOWBIT_BEGIN
namespace detail::fitting {

/// Up to 2^K steps. As it is made, every x has code 0.
template <int K>
struct staircase {
  static constexpr std::size_t size = std::size_t{1} << K;

  std::array<float, size - 1> boundaries = all_infinite();
  std::array<code_t, size> codes{};

  /// Step `rank` >= 1 begins at `from` and has this code; so have all after it until they are set. Steps
  /// are set in order, rank 0 first (`from` means nothing there).
  constexpr void set(std::size_t rank, float from, code_t code) noexcept {
    if (rank > 0) boundaries[rank - 1] = from;
    for (std::size_t r = rank; r < size; ++r) codes[r] = code;
  }

  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept {
    std::size_t rank = 0;
    for (std::size_t half = size / 2; half > 0; half /= 2)
      rank += x >= boundaries[rank + half - 1] ? half : 0;
    return codes[rank];
  }
  /// Plane p changes at each boundary between two codes that differ in bit p.
  template <class Numbers>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Numbers x) const noexcept {
    using answer = typename Numbers::answer;
    std::array<answer, static_cast<std::size_t>(K)> bits{};
    const auto mask = [](int code, std::size_t p) {
      return static_cast<answer>(answer{0} - static_cast<answer>(code >> p & 1));
    };
    for (std::size_t p = 0; p < bits.size(); ++p) bits[p] = mask(codes[0], p);
    for (std::size_t rank = 1; rank < size; ++rank) {
      const auto reached = x.at_least(boundaries[rank - 1]);
      for (std::size_t p = 0; p < bits.size(); ++p)
        bits[p] ^= reached & mask(codes[rank] ^ codes[rank - 1], p);
    }
    return bits;
  }

 private:
  static constexpr std::array<float, size - 1> all_infinite() noexcept {
    std::array<float, size - 1> all{};
    for (float& x : all) x = float_of(0x7f800000u);
    return all;
  }
};

}  // namespace detail::fitting
LOWBIT_END

#endif
