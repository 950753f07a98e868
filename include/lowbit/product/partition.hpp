// lowbit/product/partition.hpp – how a product is cut, from its shape and the number of threads.
//
//            cols (rhs rows) ->                    parts    what an executor runs: rectangles of whole
//         +--------+--------+----                           words of columns, so no two parts ever write
//   rows  | part 0 | part 1 | ...                           the same word of packed results
//   (lhs) |        |        |                      blocks   columns of a part whose panels stay in the L2
//    |    | block  |        |                               cache while all its rows pass by
//    v    |........|........|                      strips   rows of a block that stay in the L1 cache while
//         | strip  |                                        the block's panels pass by
//         +--------+--------+----                  tiles    what the ISA's body keeps in registers
//
// Strips are low because of the result. The next panel continues the same rows of the result, so cache lines are
// written one after the other, in a few pages. Tall strips cost a third of the speed at 1024^3.
//
// Depth is not cut. A row of bits is short (4096 elements are 512 bytes). A sum that stays in its register until the
// end costs neither a store nor an addition.
//
// product/route.hpp has decided before which body multiplies. The constants are from server cores with 1 MiB of L2 or
// more, and hold within a factor of two elsewhere. They change speed, never a result.
#ifndef LOWBIT_PRODUCT_PARTITION_HPP
#define LOWBIT_PRODUCT_PARTITION_HPP

#include "lowbit/core/checked.hpp"
#include "lowbit/kernel/family.hpp"

LOWBIT_BEGIN
namespace detail::product {

using kernel::product_shape;

/// A rectangle of the result.
struct product_part {
  index_t first_row, end_row, first_col, end_col;
};

/// The columns of a block, and the rows of its strips.
struct product_blocks {
  index_t rows, cols;
};

/// Columns: as many as 512 KiB of panels hold, in whole panels of `width` columns. Rows: 32 to 63, evenly spread, in
/// multiples of 8 (whole tiles); fewer, if 32 rows have more than 16 KiB of words. Higher strips would write the result
/// in too many pages and cache sets at a time. A single panel is not cut, nor is a product without panels: each of its
/// rows is read once.
[[nodiscard]] constexpr product_blocks blocks_of(const product_shape& shape, index_t width,
                                                 index_t panel_bytes) noexcept {
  constexpr index_t l2_share = 512 * 1024, l1_share = 16 * 1024, tile = 8;
  if (shape.cols <= width || panel_bytes == 0) return {shape.rows, width};
  const index_t panels = l2_share / panel_bytes;
  const index_t row_bytes = shape.words * shape.lhs_planes * index_t{sizeof(word)};
  const index_t fitting = row_bytes > 0 ? l1_share / row_bytes : 4 * tile;
  const index_t least = fitting < tile ? tile : fitting > 4 * tile ? 4 * tile : fitting;
  const index_t strips = shape.rows < 2 * least ? 1 : shape.rows / least;
  return {strips == 1 ? shape.rows : ceil_div(ceil_div(shape.rows, strips), tile) * tile,
          (panels > 0 ? panels : 1) * width};
}

/// A grid of parts.
class product_partition {
 public:
  /// `col_quantum` is the number of columns that must stay together: the columns of a panel, and at least the 64 of
  /// a word.
  constexpr product_partition(const product_shape& shape, index_t col_quantum,
                              index_t concurrency) noexcept
      : rows_(shape.rows), cols_(shape.cols), row_step_(shape.rows), col_step_(shape.cols) {
    if (shape.rows == 0 || shape.cols == 0) {
      down_ = 0;
      return;
    }
    const index_t parts = wanted_parts(shape, concurrency);
    if (parts == 1) return;
    constexpr index_t tile = 8;
    const index_t row_parts = smaller(parts, larger(1, shape.rows / (2 * tile)));
    if (row_parts > 1) row_step_ = ceil_div(ceil_div(shape.rows, row_parts), tile) * tile;
    const index_t panels = ceil_div(shape.cols, col_quantum);
    const index_t col_parts = smaller(ceil_div(parts, row_parts), panels);
    col_step_ = ceil_div(panels, col_parts) * col_quantum;
    down_ = ceil_div(rows_, row_step_);
    across_ = ceil_div(cols_, col_step_);
  }

  [[nodiscard]] constexpr index_t parts() const noexcept { return down_ * across_; }
  [[nodiscard]] constexpr product_part part(index_t i) const noexcept {
    const index_t row = i / across_ * row_step_, col = i % across_ * col_step_;
    return {row, smaller(row + row_step_, rows_), col, smaller(col + col_step_, cols_)};
  }

 private:
  [[nodiscard]] static constexpr index_t smaller(index_t a, index_t b) noexcept {
    return a < b ? a : b;
  }
  [[nodiscard]] static constexpr index_t larger(index_t a, index_t b) noexcept {
    return a < b ? b : a;
  }
  /// Four parts per thread, so that other threads can take parts of a thread that is interrupted. No part has less than
  /// a microsecond or two of work (2^20 products of bits). Less than four times that is one part: waking a thread costs
  /// more.
  [[nodiscard]] static constexpr index_t wanted_parts(const product_shape& shape,
                                                      index_t concurrency) noexcept {
    if (concurrency <= 1) return 1;
    constexpr double grain = 1 << 20;
    const double work = static_cast<double>(shape.rows) * static_cast<double>(shape.cols) *
                        static_cast<double>(shape.words * shape.plane_pairs) * word_bits;
    if (work < 4 * grain) return 1;
    const double most = work / grain;
    const index_t wanted = 4 * concurrency;
    return most < static_cast<double>(wanted) ? static_cast<index_t>(most) : wanted;
  }

  index_t rows_, cols_, row_step_, col_step_;
  index_t down_ = 1, across_ = 1;  ///< parts
};

}  // namespace detail::product
LOWBIT_END

#endif
