// lowbit/kernel/row_tiles.hpp – a strip of rows against rows, both where they lie.
//
// One side's rows are held, up to M at a time; the other side's are streamed past them, up to N at a time:
//
//                      N streamed rows
//     M held rows      [s] [s] [s] ...     sums of the tile, in memory
//
// The tile is a part of a row of the result where the rhs is streamed. Where the lhs is streamed (`turned`) the
// tile is a part of a column: its rows lie one sum apart. The loops know no encoding: `count` adds one run to the
// sums.
#ifndef LOWBIT_KERNEL_ROW_TILES_HPP
#define LOWBIT_KERNEL_ROW_TILES_HPP

#include <algorithm>

#include "lowbit/core/checked.hpp"
#include "lowbit/kernel/family.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// MR x NR exact sums, row-major: element (m, n) belongs to held row m and streamed row n.
template <std::size_t MR, std::size_t NR>
struct tile_sums {
  std::uint32_t at[MR][NR];
};

/// Held rows `held` ... times streamed rows `streamed` ... of a strip, from first word to epilogue.
template <std::size_t M, std::size_t N, class Count, class Epilogue>
void run_row_tile(const strip& s, bool turned, index_t held, index_t streamed, const Count& count,
                  const Epilogue& epilogue) {
  constexpr auto most_held = static_cast<index_t>(M), most_streamed = static_cast<index_t>(N);
  const multiplication& all = s.all;
  const index_t m = turned ? streamed : held, n = turned ? held : streamed;
  const tile_place place{m, all.first_col + n,
                         min_of(s.end_row - m, turned ? most_streamed : most_held),
                         min_of(s.end_col - n, turned ? most_held : most_streamed)};
  tile_sums<M, N> sums;
  std::uint32_t* const flat = &sums.at[0][0];
  std::fill_n(flat, M * N, all.add.constant);
  for (const product_run& run : all.runs) {
    operand a = all.lhs.from(m, run.lhs_word), b = all.rhs.from(n, run.rhs_word);
    a.rows = place.rows;
    b.rows = place.cols;
    count(turned ? b : a, turned ? a : b, run_size{run.depth, ceil_div(run.depth, word_bits)},
          sums);
  }
  const index_t row_stride = turned ? 1 : most_streamed;
  if (all.add.lhs != nullptr)
    for (index_t r = 0; r < place.rows; ++r)
      for (index_t c = 0; c < place.cols; ++c) flat[r * row_stride + c] += all.add.lhs[m + r];
  all.add.add_rhs(flat, row_stride, place);
  epilogue(accumulator_tile{reinterpret_cast<const std::int32_t*>(flat), row_stride}, place);
}

/// Every tile of a strip: N streamed rows stay in the cache while all held rows pass by.
template <std::size_t M, std::size_t N, class Count, class Epilogue>
void run_row_tiles(const strip& s, bool turned, const Count& count, const Epilogue& epilogue) {
  const index_t first_held = turned ? s.first_col : s.first_row;
  const index_t end_held = turned ? s.end_col : s.end_row;
  const index_t end = turned ? s.end_row : s.end_col;
  for (index_t t = turned ? s.first_row : s.first_col; t < end; t += static_cast<index_t>(N))
    for (index_t h = first_held; h < end_held; h += static_cast<index_t>(M))
      run_row_tile<M, N>(s, turned, h, t, count, epilogue);
}

}  // namespace detail::kernel
LOWBIT_END

#endif
