// lowbit/quantize/fit/staircase.hpp – sorted boundaries, and a code for each step between them.
//
// A quantizer with fitted levels (k-means, LQ-Nets, powers of two, ...) sends x to one of up to 2^K levels, and the
// level rises with x. So the quantizer is a list of boundaries and a list of codes:
//
//          b0      b1           b2
//     -----|-------|------------|-------->  x          rank = how many boundaries are at most x
//      c0     c1        c2          c3                 code = codes[rank]
//
// The boundary decides where a tie goes: "x > t" is "at least the next float after t" (smallest_above), "x >= t" is t
// itself. Levels that a method does not use have boundaries of +inf, and their steps repeat the last code.
//
// The boundaries are a binary tree in an array: the root at 1, the children of node i at 2i and 2i + 1. K comparisons
// find the rank: i = 2 i + (x is beyond node[i]), from i = 1; after K levels i is 2^K + rank. Registers search in all
// lanes at once (simd/multi_thresholds.hpp). A node is an integer in the order of floats (core/float_bits.hpp), the
// last one in front of the boundary: x is beyond it.
//
// Up to 2 bits, and on ISAs without such a search, all boundaries are compared (compare_all). encode() searches for a
// single float.
#ifndef LOWBIT_QUANTIZE_FIT_STAIRCASE_HPP
#define LOWBIT_QUANTIZE_FIT_STAIRCASE_HPP

#include <bit>
#include <type_traits>

#include "lowbit/quantize/fit/boundaries.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

/// Up to 2^K steps. As it is made, every x has code 0.
template <int K>
struct staircase {
  static constexpr int bits = K;
  static constexpr std::size_t size = std::size_t{1} << K;

  std::array<std::int32_t, size> nodes = all_infinite();  ///< node 0 is none
  std::array<code_t, size> codes{};                       ///< by rank

  /// Where the boundary between rank - 1 and rank is; rank = 1 ... size - 1.
  [[nodiscard]] LOWBIT_INLINE static constexpr std::size_t node_of(std::size_t rank) noexcept {
    const int above = std::countr_zero(rank) + 1;
    return (size >> above) + (rank >> above);
  }
  /// Step `rank` >= 1 begins at `from` and has this code; so have all after it until they are set. Steps
  /// are set in order, rank 0 first (`from` means nothing there).
  constexpr void set(std::size_t rank, float from, code_t code) noexcept {
    if (rank > 0) nodes[node_of(rank)] = core::rising_key(from) - 1;
    for (std::size_t r = rank; r < size; ++r) codes[r] = code;
  }

  /// Where step `rank` >= 1 begins.
  [[nodiscard]] constexpr float boundary(std::size_t rank) const noexcept {
    const auto place = static_cast<std::int32_t>(static_cast<std::uint32_t>(nodes[node_of(rank)]) +
                                                 1u - core::nan_to_bottom);
    return float_of(place < 0 ? static_cast<std::uint32_t>(-place) | 0x80000000u
                              : static_cast<std::uint32_t>(place));
  }

  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept {
    const std::int32_t key = core::rising_key(x);
    std::size_t i = 1;
    for (int level = 0; level < K; ++level) {
      i = 2 * i + static_cast<std::size_t>(key > nodes[i]);
      if (!std::is_constant_evaluated()) LOWBIT_HIDE(i);
    }
    return codes[i - size];
  }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats x) const noexcept {
    return x.search(*this);
  }
  /// The same by all comparisons: plane p changes at each boundary between two codes that differ in bit p.
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto compare_all(Floats x) const noexcept {
    using answer = typename Floats::answer;
    std::array<answer, static_cast<std::size_t>(K)> bits_of_codes{};
    const auto mask = [](int code, std::size_t p) {
      return static_cast<answer>(answer{0} - static_cast<answer>(code >> p & 1));
    };
    for (std::size_t p = 0; p < bits_of_codes.size(); ++p) bits_of_codes[p] = mask(codes[0], p);
    for (std::size_t rank = 1; rank < size; ++rank) {
      const auto reached = x.beyond(nodes[node_of(rank)]);
      for (std::size_t p = 0; p < bits_of_codes.size(); ++p)
        bits_of_codes[p] ^= reached & mask(codes[rank] ^ codes[rank - 1], p);
    }
    return bits_of_codes;
  }

 private:
  static constexpr std::array<std::int32_t, size> all_infinite() noexcept {
    std::array<std::int32_t, size> all{};
    for (std::int32_t& key : all) key = core::rising_key(float_of(0x7f800000u)) - 1;
    return all;
  }
};

}  // namespace detail::quantizers
LOWBIT_END

#endif
