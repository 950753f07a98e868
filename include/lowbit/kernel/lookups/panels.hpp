// lowbit/kernel/lookups/panels.hpp – single-bit columns as a stream of indices: groups of bits, a byte each.
//
//     panel   [vector of columns][word][group of bits of the word][column of the vector]
//             [per column, step * sum of its u]
//
// A vector has as many columns as a register has bytes. A word of 64 bits has 10 groups of 7 bits or 16 of 4, so a panel
// has 1.25 or 2 bits per weight. Groups of seven do not cross words: a run may begin at any word.
#ifndef LOWBIT_KERNEL_LOOKUPS_PANELS_HPP
#define LOWBIT_KERNEL_LOOKUPS_PANELS_HPP

#include <bit>
#include <cstring>

#include "lowbit/kernel/bytes/panels.hpp"
#include "lowbit/simd/byte_lookups.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Groups per word, a multiple of the tables that are added as bytes.
template <class Lookups>
[[nodiscard]] constexpr index_t groups_of(index_t word_depth) noexcept {
  return ceil_div(ceil_div(word_depth, index_t{Lookups::group}), Lookups::steps) * Lookups::steps;
}

/// Bytes of the indices of a panel, without the sums behind them.
template <class Lookups>
[[nodiscard]] constexpr index_t index_bytes_of(const panel_layout& l) noexcept {
  return l.words * groups_of<Lookups>(l.word_depth) * l.rows;
}

/// Columns of a panel at most. The tables of a row serve all columns of a panel.
inline constexpr index_t most_lookup_columns = 1024;

/// Columns of a tile of the loop, and at least those of a word of a packed result.
template <class Lookups>
inline constexpr index_t tile_columns = [] {
  constexpr index_t tile = Lookups::width * static_cast<index_t>(Lookups::vectors);
  static_assert(word_bits % tile == 0 || tile % word_bits == 0);
  return tile < word_bits ? word_bits : tile;
}();

/// All columns in one panel of 1, 2, 4, ... times tile_columns, or in panels of most_lookup_columns. So a matrix that
/// grows is packed anew each time it doubles, at most. Columns that do not exist cost memory; those of the last tile
/// cost time.
template <class Lookups>
[[nodiscard]] constexpr panel_layout lookup_layout(const rhs_shape& rhs) noexcept {
  static_assert(word_bits % Lookups::width == 0);
  index_t columns = tile_columns<Lookups>;
  while (columns < rhs.rows && columns < most_lookup_columns) columns *= 2;
  panel_layout out{columns, 1, rhs.words};
  out.field_bits =
      encoding::field_bits(rhs.planes, rhs.word_depth);  // left rows lie as for kernel/bytes/
  out.word_depth = rhs.word_depth;
  out.plane_bytes = index_bytes_of<Lookups>(out) + 4 * out.rows;
  return out;
}

/// Packs the columns first ... of a right operand of one plane, as many as the panel has, into zeros. As in
/// kernel/bytes/panels.hpp, bits of elements that do not exist meet zeros, and the sums are those of the bits alone.
template <class Lookups>
void pack_indices(const code_format& format, const operand& rows, index_t first,
                  const panel_layout& layout, std::uint8_t* panel) noexcept {
  const encoding::byte_codes as = encoding::unsigned_bytes(format);
  const int plane_step = as.plane_step[0];
  const word inverted = as.base == 0 ? 0 : ~word{0};
  const index_t groups = groups_of<Lookups>(layout.word_depth);
  const index_t end = rows.rows - first < layout.rows ? rows.rows - first : layout.rows;
  std::uint8_t* const sums = panel + index_bytes_of<Lookups>(layout);
  for (index_t n = 0; n < end; ++n) {
    const word* const bits = rows.row(first + n, 0);
    std::uint8_t* to = panel + n / Lookups::width * layout.words * groups * Lookups::width +
                       simd::byte_of_column(Lookups::width, n % Lookups::width);
    std::uint32_t ones = 0;
    for (index_t w = 0; w < layout.words; ++w) {
      word left = bits[w] ^ inverted;
      ones += static_cast<std::uint32_t>(std::popcount(bits[w]));
      for (index_t g = 0; g < groups; ++g, to += Lookups::width, left >>= Lookups::group)
        *to = static_cast<std::uint8_t>(left & ((1u << Lookups::group) - 1));
    }
    const std::uint32_t sum = ones * static_cast<std::uint32_t>(as.step * plane_step);
    std::memcpy(sums + 4 * n, &sum, 4);
  }
}

}  // namespace detail::kernel
LOWBIT_END

#endif
