// lowbit/epilogue/lanes.hpp – columns by sixteens: how epilogues loop over registers, floats and bits.
//
//     registers    for_each_register        V of 16 sums each, as kernels hand them to lanes()
//     floats       for_each_sixteen         the columns of a stored tile, by sixteens, then the last ones
//                  for_each_lane            the floats of one sixteen; vectorized if it is whole
//     bits         at_least                 comparisons with bounds
//                  load_bits, store_bits    16 V columns of a packed row
#ifndef LOWBIT_EPILOGUE_LANES_HPP
#define LOWBIT_EPILOGUE_LANES_HPP

#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::epilogues {

/// Floats that a stage takes per call, and sums per register of lanes().
inline constexpr index_t stage_lanes = 16;

/// A count of lanes that is known to be all of them.
using all_lanes = std::integral_constant<index_t, stage_lanes>;
/// The same in a function that is compiled for an ISA.
template <class Tag>
struct all_lanes_on : all_lanes {
  using isa = Tag;
};
template <class Count>
inline constexpr bool is_all_lanes = std::is_base_of_v<all_lanes, Count>;

/// f(lane) for the first `count` of 16 lanes. With all_lanes the loop has constant length and is vectorized.
template <class Count, class F>
LOWBIT_INLINE void for_each_lane(Count count, const F& f) noexcept {
  if constexpr (is_all_lanes<Count>) {
    LOWBIT_SIXTEEN_LANES
    for (index_t i = 0; i < stage_lanes; ++i) f(i);
  } else {
    LOWBIT_SHORT_LOOP
    for (index_t i = 0; i < count; ++i) f(i);
  }
}

/// f(first column, count) for all columns, by sixteens, in a function that is compiled for an ISA.
template <class Tag, class F>
LOWBIT_INLINE void for_each_sixteen(Tag, index_t cols, const F& f) noexcept {
  index_t c = 0;
  for (; c + stage_lanes <= cols; c += stage_lanes) f(c, all_lanes_on<Tag>{});
  if (c < cols) f(c, cols - c);
}

/// f(register, its first column) for all registers of a row.
template <class Lanes, std::size_t V, class F>
LOWBIT_INLINE void for_each_register(const Lanes (&sums)[V], index_t col, const F& f) noexcept {
  [&]<std::size_t... At>(std::index_sequence<At...>) LOWBIT_INLINE_LAMBDA {
    (f(sums[At], col + static_cast<index_t>(At) * stage_lanes), ...);
  }
  (std::make_index_sequence<V>{});
}

/// V * 16 bits of a packed row from column col on, a multiple of 8. The words are treated as one string of bytes, so no
/// neighbouring byte is read or written. On a big-endian machine byte b of the string is at b ^ 7.
template <std::size_t V>
[[nodiscard]] LOWBIT_INLINE word load_bits(const word* row, index_t col) noexcept {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(row);
  word bits = 0;
  if constexpr (std::endian::native == std::endian::little)
    std::memcpy(&bits, bytes + (col >> 3), 2 * V);
  else
    for (index_t i = 0; i < index_t{2 * V}; ++i) bits |= word{bytes[((col >> 3) + i) ^ 7]} << 8 * i;
  return bits;
}
template <std::size_t V>
LOWBIT_INLINE void store_bits(word* row, index_t col, word bits) noexcept {
  auto* const bytes = reinterpret_cast<std::uint8_t*>(row);
  if constexpr (std::endian::native == std::endian::little)
    std::memcpy(bytes + (col >> 3), &bits, 2 * V);
  else
    for (index_t i = 0; i < index_t{2 * V}; ++i)
      bytes[((col >> 3) + i) ^ 7] = static_cast<std::uint8_t>(bits >> 8 * i);
}

/// Bit l of the result = sum l is at least bound[col + l], for all V * 16 sums.
template <class Lanes, std::size_t V>
[[nodiscard]] LOWBIT_INLINE word at_least(const Lanes (&sums)[V], const std::int32_t* bound,
                                          index_t col) noexcept {
  static_assert(V <= 4);
  word bits = 0;
  for_each_register(sums, 0, [&](const Lanes& sum, index_t first) LOWBIT_INLINE_LAMBDA {
    std::uint32_t reached;
    Lanes::at_least(reached, sum, bound + col + first, stage_lanes);
    bits |= word{reached} << first;
  });
  return bits;
}

}  // namespace detail::epilogues
LOWBIT_END

#endif
