// lowbit/kernel/bytes/strip.hpp – a strip of rows of signed bytes against one panel, from first byte to epilogue.
//
//     result(m, n) = 2^shift S(m, n) + rows(m) + columns(n)        encoding/byte_codes.hpp
//
//     rows(m)      right offset * sum of the left values of row m, and what the caller adds for the row
//     columns(n)   left offset * sum of the u of column n, and what the caller adds for the column
//
// Both are sums over the depth of the product's runs, and most pairs of formats need one of them or none.
#ifndef LOWBIT_KERNEL_BYTES_STRIP_HPP
#define LOWBIT_KERNEL_BYTES_STRIP_HPP

#include <bit>

#include "lowbit/kernel/bytes/dot_sums.hpp"
#include "lowbit/kernel/bytes/panels.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// The depth of a product, and its words.
struct byte_depth {
  index_t elements = 0, words = 0;

  byte_depth(run_list runs, index_t word_depth) noexcept {
    for (const product_run& run : runs) {
      elements += run.depth;
      words += ceil_div(run.depth, word_depth);
    }
  }
};

/// step * sum of the u of a column: `kept` (one per column of the panel) for the whole depth, counted for a part of it.
[[nodiscard]] inline std::uint32_t column_sum(const strip& s, const byte_depth& depth,
                                              const std::uint8_t* kept, index_t column) noexcept {
  const multiplication& all = s.all;
  std::uint32_t sum = 0;
  if (depth.words == all.layout.words) {
    std::memcpy(&sum, kept + 4 * (column - s.first_col), 4);
  } else {
    for (const product_run& run : all.runs)
      for (int plane = 0; plane < all.of.rhs.plane_count; ++plane) {
        const word* const words = all.rhs.row(column, plane) + run.rhs_word;
        std::uint32_t ones = 0;
        for (index_t w = 0; w < ceil_div(run.depth, all.layout.word_depth); ++w)
          ones += static_cast<std::uint32_t>(std::popcount(words[w]));
        sum +=
            ones * static_cast<std::uint32_t>(all.of.rhs.weight[static_cast<std::size_t>(plane)]);
      }
  }
  const byte_codes& rhs = all.of.rhs_bytes;
  return sum + static_cast<std::uint32_t>(rhs.step * rhs.base) *
                   static_cast<std::uint32_t>(depth.elements);
}

/// What is added to the sums of each column of a strip; `kept` as above.
inline void column_terms(const strip& s, const byte_depth& depth, const std::uint8_t* kept,
                         std::uint32_t* terms) noexcept {
  const auto offset = static_cast<std::uint32_t>(s.all.of.lhs_bytes.offset);
  if (offset == 0) return;
  for (index_t n = s.first_col; n < s.end_col; ++n)
    terms[n - s.first_col] = offset * column_sum(s, depth, kept, n);
}

/// What is added to all sums of a row.
[[nodiscard]] inline std::uint32_t row_term(const multiplication& all, const byte_depth& depth,
                                            index_t row) noexcept {
  const byte_codes& lhs = all.of.lhs_bytes;
  std::uint32_t add = all.add.constant + (all.add.lhs != nullptr ? all.add.lhs[row] : 0);
  if (all.of.rhs_bytes.offset != 0)
    add += static_cast<std::uint32_t>(all.of.rhs_bytes.offset) *
           (static_cast<std::uint32_t>(lhs.step) * static_cast<std::uint32_t>(all.lhs_sums[row]) +
            static_cast<std::uint32_t>(lhs.offset) * static_cast<std::uint32_t>(depth.elements));
  return add;
}

/// How far sums of products of bytes are shifted: a step is 1 or 2.
[[nodiscard]] constexpr int sum_shift(const factors& of) noexcept {
  return of.lhs_bytes.step - 1 + of.rhs_bytes.step - 1;
}

/// The sums of a tile whose first column is column `first` of its panel, with all that is added to them, to the epilogue.
/// The right bytes were taken for u - Missing.
template <class Dots, std::uint32_t Missing, std::size_t M, std::size_t V, class Epilogue>
LOWBIT_INLINE void complete_byte_tile(const strip& s, const byte_depth& depth, index_t row,
                                      index_t first, const std::uint32_t* columns,
                                      dot_tile<Dots, M, V>& sums,
                                      const Epilogue& epilogue) noexcept {
  constexpr index_t width = Dots::lanes * static_cast<index_t>(V);
  const multiplication& all = s.all;
  const int shift = sum_shift(all.of);
  const tile_place place{row, all.first_col + s.first_col + first, static_cast<index_t>(M),
                         min_of(s.end_col - s.first_col - first, width)};
  const bool in_place = epilogue.stores_in_place() && place.cols == width;
  std::int32_t tile[M][static_cast<std::size_t>(width)];
  std::int32_t* to = in_place ? epilogue.at(place.row, place.col) : &tile[0][0];
  const index_t stride = in_place ? epilogue.row_stride() : width;
  LOWBIT_UNROLL
  for (std::size_t m = 0; m < M; ++m) {
    const index_t r = row + static_cast<index_t>(m);
    std::uint32_t add = row_term(all, depth, r);
    if constexpr (Missing != 0)
      add += Missing * static_cast<std::uint32_t>(all.lhs_sums[r]) << shift;
    std::uint32_t own[static_cast<std::size_t>(width)];
    const std::uint32_t* terms = columns + first;
    if (all.add.rhs != nullptr) {
      const std::uint32_t* const more = all.add.rhs_of(r) + place.col;
      for (index_t c = 0; c < width; ++c) own[c] = terms[c] + (c < place.cols ? more[c] : 0);
      terms = own;
    }
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) {
      const auto c = static_cast<index_t>(v) * Dots::lanes;
      Dots::complete(sums[m][v], shift, add, terms + c);
      Dots::store(sums[m][v], to + c);
    }
    to += stride;
  }
  if (!in_place) epilogue(accumulator_tile{&tile[0][0], width}, place);
}

/// Where M left rows from `row` on begin.
template <std::size_t M>
LOWBIT_INLINE void begins_of_rows(const multiplication& all, index_t row,
                                  const std::int8_t* (&rows)[M]) noexcept {
  const auto* const bytes = reinterpret_cast<const std::int8_t*>(all.lhs.data);
  LOWBIT_UNROLL
  for (std::size_t m = 0; m < M; ++m) {
    rows[m] = bytes + all.lhs.start(row + static_cast<index_t>(m));
    LOWBIT_HIDE(rows[m]);
  }
}

/// M rows from `row` on against V registers of the panel of a strip, from column `first` of the panel on.
template <class Dots, int Bits, std::size_t M, std::size_t V, std::size_t Panel, class Epilogue>
LOWBIT_INLINE void run_byte_tile(const strip& s, const byte_depth& depth, index_t row,
                                 index_t first, const std::uint32_t* columns,
                                 const Epilogue& epilogue) noexcept {
  using sums_type = dot_sums<Dots, Bits, M, V, Panel>;
  const multiplication& all = s.all;
  const std::int8_t* rows[M];
  begins_of_rows(all, row, rows);
  sums_type sums;
  const index_t word_depth = all.layout.word_depth;
  const index_t blocks = blocks_per_word(word_depth, Bits);
  for (const product_run& run : all.runs) {
    const std::int8_t* at[M];
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) at[m] = rows[m] + run.lhs_word;
    sums.add(at, s.panel + 4 * first + run.rhs_word * blocks * sums_type::block_bytes,
             word_depth == word_bits ? ceil_div(run.depth, sums_type::depth)
                                     : ceil_div(run.depth, word_depth) * blocks);
  }
  constexpr std::uint32_t missing = Bits == 8 && Dots::signed_only ? 128 : 0;
  complete_byte_tile<Dots, missing>(s, depth, row, first, columns, sums.finished(), epilogue);
}

/// Whole bytes of a panel that no first cache holds beside the rows.
inline constexpr index_t large_panel = 48 * 1024;

/// All rows of a strip: tiles of Tall rows and half the width of the panel, of M rows and its width, the rest one by one.
/// A tall tile unpacks fields for twice as many rows. It also reads a large panel from the second cache half as often; where
/// whole bytes lie in the first one, it is no faster. Tall = 0: no such tiles.
template <class Dots, int Bits, std::size_t M, std::size_t V, std::size_t Tall, class Epilogue>
LOWBIT_INLINE void run_byte_strip(const strip& s, const Epilogue& epilogue) noexcept {
  constexpr index_t width = Dots::lanes * static_cast<index_t>(V);
  std::uint32_t columns[static_cast<std::size_t>(width)] = {};
  const byte_depth depth(s.all.runs, s.all.layout.word_depth);
  column_terms(s, depth, s.panel + block_bytes_of(s.all.layout), columns);
  index_t row = s.first_row;
  if constexpr (Tall > 0)
    for (const bool pays = Bits < 8 || s.all.layout.bytes() > large_panel;
         pays && row + index_t{Tall} <= s.end_row; row += index_t{Tall})
      for (index_t first = 0; first < s.end_col - s.first_col; first += width / 2)
        run_byte_tile<Dots, Bits, Tall, V / 2, V>(s, depth, row, first, columns, epilogue);
  for (; row + index_t{M} <= s.end_row; row += index_t{M})
    run_byte_tile<Dots, Bits, M, V, V>(s, depth, row, 0, columns, epilogue);
  for (; row < s.end_row; ++row)
    run_byte_tile<Dots, Bits, 1, V, V>(s, depth, row, 0, columns, epilogue);
}

}  // namespace detail::kernel
LOWBIT_END

#endif
