// lowbit/kernel/operand.hpp – what kernels see of a tensor, and what they hand on.
//
// A kernel gets raw words of one run (a stretch of depth without gaps, starting at a word boundary) of
// a few rows, and gives a small tile of exact int32 sums. Which rows, which runs, in what order and on
// which thread is the business of ops/; what becomes of the sums is the epilogue's.
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

/// `rows` packed rows from `data` on, both strides in words; `data` points to the run's first word in
/// plane 0 of the first row.
struct operand {
  const word* data;
  index_t rows;
  index_t row_stride;
  index_t plane_stride;

  /// Rows beyond the last read the last one again: edge tiles compute what they later ignore instead
  /// of branching, and never read outside the tensor.
  [[nodiscard]] LOWBIT_INLINE const word* row(index_t r, int plane) const noexcept {
    return data + (r < rows ? r : rows - 1) * row_stride + plane * plane_stride;
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

/// The runs that a product goes over, in depth order.
struct run_list {
  const depth_run* data;
  index_t size;
  [[nodiscard]] LOWBIT_INLINE const depth_run* begin() const noexcept { return data; }
  [[nodiscard]] LOWBIT_INLINE const depth_run* end() const noexcept { return data + size; }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
