// lowbit/product/tiles.hpp – the loops over the tiles of one part of a product.
//
// Two ways through a part (product/partition.hpp), each for whatever body the ISA has: against panels, block by
// block and strip by strip, and row against row. Neither knows an encoding, so that a program has each
// loop once for an ISA and an epilogue, however many encodings it multiplies.
#ifndef LOWBIT_PRODUCT_TILES_HPP
#define LOWBIT_PRODUCT_TILES_HPP

#include <algorithm>

#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/kernel/bits/panels.hpp"
#include "lowbit/kernel/bodies.hpp"
#include "lowbit/product/partition.hpp"
#include "lowbit/tensor/prepared_matrix.hpp"

LOWBIT_BEGIN
namespace detail::product {

using kernel::run_list;

/// lhs rows against panels: what every tile of a product needs.
template <class Plan, class Epilogue>
struct panel_product {
  const kernel::operand& lhs;
  const Plan& rule;
  const tensor::panel_buffer& panels;
  run_list runs;
  const kernel::offset_terms& add;
  const Epilogue& epilogue;
  index_t first_col;  ///< of the result, where column 0 of the panels is

  /// `tiles` tiles of M lhs rows from `first` on against one panel, for columns col ... of the result.
  template <class Body, std::size_t M, std::size_t V>
  void run_tiles(index_t first, index_t tiles, const std::uint8_t* panel, index_t col, index_t cols,
                 kernel::prefetch_range ahead = {}) const {
    if (tiles == 0) return;
    Body::template run<M, V>(
        kernel::tile_strip{lhs, first, tiles, panel, panels.layout, first_col + col, cols, ahead},
        rule, runs, add, epilogue);
  }

  /// lhs rows first ... end - 1 against one panel. Tiles of M rows and of M - 1 leave no rest as soon as
  /// there are M - 1 tiles; what few rows leave is done one by one. `prefetch_next`: no tile has read the panel
  /// behind this one yet. In a network of more weights than the L2 cache holds it is far away then, and the
  /// tiles ask for it while they run. (A few rows would ask for more than they read.)
  template <class Body, std::size_t M, std::size_t V>
  void run_panel(index_t first, index_t end, const std::uint8_t* panel, index_t col, index_t cols,
                 bool prefetch_next) const {
    constexpr auto most = static_cast<index_t>(M);
    const index_t rows = end - first, even = ceil_div(rows, most);
    const index_t missing = even * most - rows;
    const bool no_rest = missing <= even;
    const index_t larger = no_rest ? even - missing : rows / most, smaller = no_rest ? missing : 0;
    kernel::prefetch_range ahead;
    if (prefetch_next && even >= 4)
      ahead = {panel + panels.layout.bytes(),
               ceil_div(panels.layout.bytes(), even * kernel::prefetch_range::line)};
    run_tiles<Body, M, V>(first, larger, panel, col, cols, ahead);
    first += larger * most;
    ahead.from += larger * ahead.lines_per_tile * kernel::prefetch_range::line;
    run_tiles<Body, M - 1, V>(first, smaller, panel, col, cols, ahead);
    first += smaller * (most - 1);
    run_tiles<Body, 1, V>(first, end - first, panel, col, cols);
  }
};

/// Every tile of one part of lhs times panels, once. Knows no encoding: one instantiation serves all
/// pairs.
template <class Body, class Plan, epilogue Epilogue>
void multiply_panels(const panel_product<Plan, Epilogue>& product, const product_part& part,
                     const product_blocks& blocks) {
  const index_t width = product.panels.layout.rows, panel_bytes = product.panels.layout.bytes();
  Body::with_tile(product.panels.layout, product.rule,
                  [&]<std::size_t M, std::size_t V>(kernel::tile_size<M, V>) {
                    for (index_t c = part.first_col; c < part.end_col; c += blocks.cols) {
                      const index_t end_col = min_of(c + blocks.cols, part.end_col);
                      const std::uint8_t* const first_panel = product.panels.panel(c / width);
                      for (index_t m = part.first_row; m < part.end_row; m += blocks.rows) {
                        const index_t end_row = min_of(m + blocks.rows, part.end_row);
                        const std::uint8_t* panel = first_panel;
                        for (index_t n = c; n < end_col; n += width, panel += panel_bytes)
                          product.template run_panel<Body, M, V>(
                              m, end_row, panel, n, min_of(end_col - n, width),
                              m == part.first_row && n + width < end_col);
                      }
                    }
                  });
}

/// The row body's way: packed rows where they lie, nothing reordered. One side's rows are streamed, in strips
/// that pass by the held rows of the other. The sums of a strip are a part of a row of the result where rhs is
/// streamed; where lhs is (`turned`), of a column: a tile whose rows lie one sum apart. Knows no encoding;
/// `count` adds one run of a strip to its sums.
template <class Count, epilogue Epilogue>
struct row_product {
  const kernel::operand& lhs;
  const kernel::operand& rhs;
  run_list runs;
  const kernel::offset_terms& add;
  const Count& count;
  const Epilogue& epilogue;
  index_t first_col;  ///< of the result, where row 0 of the rhs is
  bool turned;        ///< only where a body holds one row (M = 1)

  /// Up to M held rows from `held` on times up to N streamed rows from `streamed` on.
  template <std::size_t M, std::size_t N>
  void run_strip(const product_part& part, index_t held, index_t streamed) const {
    constexpr auto most_held = static_cast<index_t>(M), most_streamed = static_cast<index_t>(N);
    const index_t m = turned ? streamed : held, n = turned ? held : streamed;
    const tile_place place{m, first_col + n,
                           min_of(part.end_row - m, turned ? most_streamed : most_held),
                           min_of(part.end_col - n, turned ? most_held : most_streamed)};
    kernel::tile_sums<M, N> sums;
    std::uint32_t* const flat = &sums.at[0][0];
    std::fill_n(flat, M * N, add.constant);
    for (const kernel::product_run& run : runs) {
      kernel::operand a = lhs.from(m, run.lhs_word), b = rhs.from(n, run.rhs_word);
      a.rows = place.rows;
      b.rows = place.cols;
      count(turned ? b : a, turned ? a : b,
            kernel::run_size{run.depth, ceil_div(run.depth, word_bits)}, sums);
    }
    const index_t row_stride = turned ? 1 : most_streamed;
    if (add.lhs != nullptr || add.rhs != nullptr)
      for (index_t r = 0; r < place.rows; ++r) {
        const std::uint32_t of_row = add.lhs != nullptr ? add.lhs[m + r] : 0;
        const std::uint32_t* const of_cols =
            add.rhs != nullptr ? add.rhs_of(m + r) + place.col : nullptr;
        for (index_t c = 0; c < place.cols; ++c)
          flat[r * row_stride + c] += of_row + (of_cols != nullptr ? of_cols[c] : 0);
      }
    epilogue(accumulator_tile{reinterpret_cast<const std::int32_t*>(flat), row_stride}, place);
  }
};

/// Every tile of one part, once: a strip stays in the cache while all held rows pass by.
template <class Body, class Count, epilogue Epilogue>
void multiply_rows(const row_product<Count, Epilogue>& product, const product_part& part) {
  constexpr auto rows = static_cast<index_t>(Body::rows), cols = static_cast<index_t>(Body::cols);
  const bool turned = product.turned;
  const index_t first_held = turned ? part.first_col : part.first_row;
  const index_t end_held = turned ? part.end_col : part.end_row;
  const index_t end = turned ? part.end_row : part.end_col;
  for (index_t s = turned ? part.first_row : part.first_col; s < end; s += cols)
    for (index_t h = first_held; h < end_held; h += rows)
      product.template run_strip<Body::rows, Body::cols>(part, h, s);
}

/// A product rule's terms, counted by an ISA's row body; held rows are those of the rule's lhs.
template <class Body>
struct count_terms {
  const product_rule& rule;
  void operator()(const kernel::operand& held, const kernel::operand& streamed,
                  kernel::run_size size, kernel::strip_sums& sums) const noexcept {
    Body::run(rule, held, streamed, size, sums);
  }
};

/// The reference's values, multiplied.
template <class Body, class A, class B>
struct count_codes {
  void operator()(const kernel::operand& lhs, const kernel::operand& rhs, kernel::run_size size,
                  kernel::tile_sums<Body::rows, Body::cols>& sums) const noexcept {
    Body::template run_codes<A, B>(lhs, rhs, size, sums);
  }
};

}  // namespace detail::product
LOWBIT_END

#endif
