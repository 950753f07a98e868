// lowbit/simd/byte_lookups.hpp – registers of bytes that look up sums of values: byte shuffles as multiplications.
//
// A group of G bits of a weight row selects which of G values are added. For given values that is a table of 2^G sums,
// and a byte shuffle looks up a register full of weight rows at once. The loop is kernel/lookups/strip.hpp.
//
//     ISA               group   registers   shuffle
//     ssse3               4      16 bytes   pshufb
//     avx2                4      32         vpshufb
//     avx512vpopcntdq     7      64         vpermi2b: tables of two registers (VBMI)
//     neon                4      16         tbl
//
// What a struct has:
//
//     group, width, table_bytes    bits of an index; bytes of a register; bytes of a table
//     rows, vectors                of a tile of the loop
//     steps                        so many sums of a table are added as bytes: each is at most 255 / steps
//     make_table(to, values, least)      to[i] = least + the sum of those of `group` values whose bit in i is 1
//     load_table(t, from), load(r, from)
//     look_up(r, t, index)               r = t[index], byte by byte; add_looked_up() adds that
//     add_pairs(pairs, odd, r)           pairs += r as 16-bit numbers, odd += the high bytes of these
//     add_to(to, from, pairs, odd)       to[lanes * i ...] = from[...] + the sums of byte i of each of its 32-bit lanes
//
// So byte 4 l + i of an index register belongs to column i * width / 4 + l (byte_of_column).
#ifndef LOWBIT_SIMD_BYTE_LOOKUPS_HPP
#define LOWBIT_SIMD_BYTE_LOOKUPS_HPP

#include <cstring>

#include "lowbit/arch/isa.hpp"

LOWBIT_BEGIN
namespace detail::simd {

/// The byte of a register of `width` index bytes that belongs to a column.
[[nodiscard]] constexpr index_t byte_of_column(index_t width, index_t column) noexcept {
  const index_t lanes = width / 4;
  return 4 * (column % lanes) + column / lanes;
}

/// Sixteen sums of four values, for shuffles of 16 bytes.
struct tables_of_four {
  static constexpr int group = 4;
  static constexpr index_t table_bytes = 16, steps = 4;

  /// A value at a time doubles the table.
  LOWBIT_INLINE static void make_table(std::uint8_t* to, const std::int8_t* values,
                                       int least) noexcept {
    std::uint64_t low = static_cast<std::uint8_t>(least);
    low |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(least + values[0])) << 8;
    low |= (plus(low, values[1]) & 0xffff) << 16;
    low |= plus(low, values[2]) << 32;
    const std::uint64_t high = plus(low, values[3]);
    std::memcpy(to, &low, 8);
    std::memcpy(to + 8, &high, 8);
  }

 private:
  /// A value is added to each of eight bytes, without carries between bytes.
  [[nodiscard]] LOWBIT_INLINE static std::uint64_t plus(std::uint64_t bytes, int value) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101u, low = 127 * ones;
    const std::uint64_t all = ones * static_cast<std::uint8_t>(value);
    return ((bytes & low) + (all & low)) ^ ((bytes ^ all) & ~low);
  }
};

}  // namespace detail::simd
LOWBIT_END

#endif
