// lowbit/kernel/operand.hpp – what kernels see of a tensor.
//
// A kernel gets the raw words of a few rows in one run (a stretch of depth without gaps that starts at a word). It
// gives a small tile of exact int32 sums. product/ decides which rows, which runs, in what order and on which thread.
// The epilogue decides what becomes of the sums.
#ifndef LOWBIT_KERNEL_OPERAND_HPP
#define LOWBIT_KERNEL_OPERAND_HPP

#include "lowbit/core/types.hpp"

namespace lowbit {

/// `depth` elements from word `first_word` on, without gaps.
struct depth_run {
  index_t first_word = 0;
  index_t depth = 0;
};

}  // namespace lowbit

LOWBIT_BEGIN
namespace detail::kernel {

/// `rows` packed rows from `data` on, strides in words. `data` points to the run's first word in plane 0 of the first
/// row. Rows of a matrix are at a distance of row_stride. Rows that are windows of an image start row_starts[r] words
/// behind data. An operand of bytes (code_storage::bytes) has its first byte at `data`, and strides in bytes.
struct operand {
  const word* data;
  index_t rows;
  index_t row_stride;
  index_t plane_stride;
  const index_t* row_starts = nullptr;  ///< null: at a distance of row_stride

  /// Words from `data` to a row.
  [[nodiscard]] LOWBIT_INLINE index_t start(index_t r) const noexcept {
    return row_starts == nullptr ? r * row_stride : row_starts[r];
  }
  /// Rows beyond the last read the last one again: edge tiles compute what they later ignore instead
  /// of branching, and never read outside the tensor.
  [[nodiscard]] LOWBIT_INLINE const word* row(index_t r, int plane) const noexcept {
    return data + start(r < rows ? r : rows - 1) + plane * plane_stride;
  }
  /// The rows from `first` on, from their word `skipped` on.
  [[nodiscard]] LOWBIT_INLINE operand from(index_t first, index_t skipped) const noexcept {
    if (row_starts == nullptr)
      return {data + first * row_stride + skipped, rows - first, row_stride, plane_stride};
    return {data + skipped, rows - first, row_stride, plane_stride, row_starts + first};
  }
  /// How many of the first n rows exist.
  [[nodiscard]] LOWBIT_INLINE std::size_t first(std::size_t n) const noexcept {
    return rows < static_cast<index_t>(n) ? static_cast<std::size_t>(rows) : n;
  }
};

/// One run: `words` = ceil(depth / 64) words hold `depth` elements, the rest of the last word is 0.
struct run_size {
  index_t depth;
  index_t words;
};

/// A run of both operands. In matrices it begins at the same word of both. In windows of an image it does not: the rows
/// of pixels of a window have gaps between them, the weights have none.
struct product_run {
  index_t lhs_word;  ///< a left operand of bytes: its byte
  index_t rhs_word;
  index_t depth;
};

/// The runs that a product goes over, in depth order.
struct run_list {
  const product_run* data;
  index_t size;
  [[nodiscard]] LOWBIT_INLINE const product_run* begin() const noexcept { return data; }
  [[nodiscard]] LOWBIT_INLINE const product_run* end() const noexcept { return data + size; }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
