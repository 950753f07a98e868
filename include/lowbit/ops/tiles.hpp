// lowbit/ops/tiles.hpp – the loops over the tiles of one part of a product.
//
// Two ways through a part (ops/plan.hpp), each for whatever body the ISA has: against panels, block by
// block and strip by strip, and row against row. Neither knows an encoding, so that a program has each
// loop once for an ISA and an epilogue, however many encodings it multiplies.
#ifndef LOWBIT_OPS_TILES_HPP
#define LOWBIT_OPS_TILES_HPP

#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/kernel/panels.hpp"
#include "lowbit/kernel/product.hpp"
#include "lowbit/ops/plan.hpp"
#include "lowbit/tensor/prepared_matrix.hpp"

LOWBIT_BEGIN
namespace detail::ops {

using kernel::run_list;

/// lhs rows against panels: what every tile of a product needs.
template <class Plan, class Epilogue>
struct panel_product {
  const kernel::operand& lhs;
  const Plan& rule;
  const tensor::panel_buffer& panels;
  run_list runs;
  const kernel::offset_terms& add;
  const Epilogue& finish;
  index_t first_col;  ///< of the result, where column 0 of the panels is

  /// `tiles` tiles of M lhs rows from `first` on against one panel, for columns col ... of the result.
  template <class Body, std::size_t M, std::size_t V>
  void run_tiles(index_t first, index_t tiles, const std::uint8_t* panel, index_t col, index_t cols,
                 kernel::soon_read soon = {}) const {
    if (tiles == 0) return;
    Body::template run<M, V>(
        kernel::tile_strip{lhs, first, tiles, panel, panels.layout, first_col + col, cols, soon},
        rule, runs, add, finish);
  }

  /// lhs rows first ... end - 1 against one panel. Tiles of M rows and of M - 1 leave no rest as soon as
  /// there are M - 1 tiles; what few rows leave is done one by one. `next_is_new`: no tile has read the panel
  /// behind this one yet. In a network of more weights than the L2 cache holds it is far away then, and the
  /// tiles ask for it while they run. (A few rows would ask for more than they read.)
  template <class Body, std::size_t M, std::size_t V>
  void run_panel(index_t first, index_t end, const std::uint8_t* panel, index_t col, index_t cols,
                 bool next_is_new) const {
    constexpr auto most = static_cast<index_t>(M);
    const index_t rows = end - first, even = ceil_div(rows, most);
    const index_t missing = even * most - rows;
    const bool no_rest = missing <= even;
    const index_t larger = no_rest ? even - missing : rows / most, smaller = no_rest ? missing : 0;
    kernel::soon_read soon;
    if (next_is_new && even >= 4)
      soon = {panel + panels.layout.bytes(),
              ceil_div(panels.layout.bytes(), even * kernel::soon_read::line)};
    run_tiles<Body, M, V>(first, larger, panel, col, cols, soon);
    first += larger * most;
    soon.from += larger * soon.lines_a_tile * kernel::soon_read::line;
    run_tiles<Body, M - 1, V>(first, smaller, panel, col, cols, soon);
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
                      const index_t end_col = least(c + blocks.cols, part.end_col);
                      const std::uint8_t* const first_panel = product.panels.panel(c / width);
                      for (index_t m = part.first_row; m < part.end_row; m += blocks.rows) {
                        const index_t end_row = least(m + blocks.rows, part.end_row);
                        const std::uint8_t* panel = first_panel;
                        for (index_t n = c; n < end_col; n += width, panel += panel_bytes)
                          product.template run_panel<Body, M, V>(
                              m, end_row, panel, n, least(end_col - n, width),
                              m == part.first_row && n + width < end_col);
                      }
                    }
                  });
}

/// The row body's way: tiles of packed rows, nothing reordered. Knows no encoding either; `count` adds
/// one run of a tile to its sums.
template <class Count, epilogue Epilogue>
struct row_product {
  const kernel::operand& lhs;
  const kernel::operand& rhs;
  run_list runs;
  const kernel::offset_terms& add;
  const Count& count;
  const Epilogue& finish;
  index_t first_col;  ///< of the result, where row 0 of the rhs is

  /// Tiles of M lhs rows from row m on, fewer if the part ends before.
  template <std::size_t M, std::size_t N>
  void run_tiles(index_t m, const product_part& part) const {
    constexpr auto rows = static_cast<index_t>(M), cols = static_cast<index_t>(N);
    for (index_t n = part.first_col; n < part.end_col; n += cols) {
      const tile_place place{m, first_col + n, part.end_row - m < rows ? part.end_row - m : rows,
                             part.end_col - n < cols ? part.end_col - n : cols};
      kernel::tile_sums<M, N> tile{};
      for (const kernel::product_run& run : runs)
        count(lhs.from(m, run.lhs_word), rhs.from(n, run.rhs_word),
              kernel::run_size{run.depth, ceil_div(run.depth, word_bits)}, tile);
      for (index_t r = 0; r < place.rows; ++r) {
        const std::uint32_t of_row = add.constant + (add.lhs != nullptr ? add.lhs[m + r] : 0);
        const std::uint32_t* const of_cols = add.rhs != nullptr ? add.rhs_of(m + r) : nullptr;
        for (index_t c = 0; c < place.cols; ++c)
          tile.at[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)] +=
              of_row + (of_cols != nullptr ? of_cols[place.col + c] : 0);
      }
      finish(accumulator_tile{reinterpret_cast<const std::int32_t*>(&tile.at[0][0]), cols}, place);
    }
  }
};

/// Every tile of one part, once. A single last row (one query, one token) has tiles of its own: a whole
/// tile would count it again for each of its missing rows.
template <class Body, class Count, epilogue Epilogue>
void multiply_rows(const row_product<Count, Epilogue>& product, const product_part& part) {
  constexpr auto rows = static_cast<index_t>(Body::rows);
  for (index_t m = part.first_row; m < part.end_row; m += rows)
    if (part.end_row - m == 1)
      product.template run_tiles<1, Body::cols>(m, part);
    else
      product.template run_tiles<Body::rows, Body::cols>(m, part);
}

/// A product rule's terms, counted by an ISA's row body.
template <class Body>
struct count_terms {
  const product_rule& rule;
  template <std::size_t M>
  void operator()(const kernel::operand& lhs, const kernel::operand& rhs, kernel::run_size size,
                  kernel::tile_sums<M, Body::cols>& sums) const noexcept {
    Body::run(rule, lhs, rhs, size, sums);
  }
};

/// The reference's values, multiplied.
template <class Body, class A, class B>
struct count_codes {
  template <std::size_t M>
  void operator()(const kernel::operand& lhs, const kernel::operand& rhs, kernel::run_size size,
                  kernel::tile_sums<M, Body::cols>& sums) const noexcept {
    Body::template run_codes<A, B>(lhs, rhs, size, sums);
  }
};

}  // namespace detail::ops
LOWBIT_END

#endif
