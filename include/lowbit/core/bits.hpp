// lowbit/core/bits.hpp – bits of a packed row moved to another place.
//
// A row of bits is an array of words, the least significant bit first. The bits of a group of channels may begin
// anywhere in a word, in the source and in the destination:
//
//     move_bits     `count` bits between any two places; the destination keeps its other bits
//     put_bits      the lowest `count` <= 64 bits of a word to any place; the destination keeps its other bits
//
// Both touch only words that hold a bit of the run. transpose_eight() changes eight bytes into the planes of their
// bits, and back.
#ifndef LOWBIT_CORE_BITS_HPP
#define LOWBIT_CORE_BITS_HPP

#include "lowbit/core/checked.hpp"

LOWBIT_BEGIN
namespace detail::core {

/// The lowest n bits, 0 <= n <= 64.
[[nodiscard]] LOWBIT_INLINE constexpr word low_bits(index_t n) noexcept {
  return n >= word_bits ? ~word{0} : (word{1} << n) - 1;
}

/// Bits first ... first + count - 1 of `to` become the lowest `count` of `bits`, 1 <= count <= 64.
LOWBIT_INLINE void put_bits(word bits, index_t count, word* to, index_t first) noexcept {
  const index_t at = first / word_bits, shift = first % word_bits;
  const word field = low_bits(count);
  to[at] = (to[at] & ~(field << shift)) | (bits & field) << shift;
  if (shift + count > word_bits) {
    const index_t done = word_bits - shift;
    to[at + 1] = (to[at + 1] & ~(field >> done)) | (bits & field) >> done;
  }
}

/// `count` bits from bit `first` of `from` to bit `to_first` of `to`; other bits of `to` stay.
inline void move_bits(const word* from, index_t first, index_t count, word* to,
                      index_t to_first) noexcept {
  from += first / word_bits;
  const index_t shift = first % word_bits;
  for (; count > 0; count -= word_bits, to_first += word_bits, ++from) {
    const index_t n = min_of(count, word_bits);
    word bits = *from >> shift;
    if (shift > 0 && n > word_bits - shift) bits |= from[1] << (word_bits - shift);
    put_bits(bits, n, to, to_first);
  }
}

/// Bit j of byte i becomes bit i of byte j; byte 0 is the lowest. Single bits, pairs and fours change sides.
[[nodiscard]] LOWBIT_INLINE constexpr word transpose_eight(word x) noexcept {
  const auto exchange = [&](int distance, word upper) {
    const word different = (x ^ x >> distance) & upper;
    x ^= different ^ different << distance;
  };
  exchange(7, 0x00aa00aa00aa00aa);
  exchange(14, 0x0000cccc0000cccc);
  exchange(28, 0x00000000f0f0f0f0);
  return x;
}

}  // namespace detail::core
LOWBIT_END

#endif
