// lowbit/core/matrix_view.hpp – row-major elements in the caller's memory, to read or to write.
//
// A view is a pointer, two sizes and a row stride. It owns nothing, and any alignment will do. Depth, the
// dimension that a product sums over, always runs along a row. A column-major matrix is no matrix_view: the
// Eigen adaptor copies it into row-major order.
#ifndef LOWBIT_CORE_MATRIX_VIEW_HPP
#define LOWBIT_CORE_MATRIX_VIEW_HPP

#include <concepts>
#include <span>
#include <type_traits>

#include "lowbit/core/checked.hpp"

LOWBIT_BEGIN
namespace detail::core {

inline void check_view(const void* data, index_t rows, index_t cols, index_t row_stride) {
  checked_size(rows, "matrix_view: rows");
  checked_size(cols, "matrix_view: cols");
  if (row_stride < 0 && rows > 1)
    fail("matrix_view: row stride %td: it may not be negative", row_stride);
  if (row_stride < cols && rows > 1)
    fail("matrix_view: row stride %td is smaller than %td columns: rows would overlap", row_stride,
         cols);
  checked_mul(rows, row_stride < 0 ? 0 : row_stride, "matrix_view: rows x row stride");
  if (data == nullptr && rows > 0 && cols > 0)
    fail("matrix_view: null data for a %tdx%td matrix", rows, cols);
}

}  // namespace detail::core
LOWBIT_END

namespace lowbit {

/// rows x cols elements; element (r, c) is data[r * row_stride + c]. The stride is in elements and at least
/// `cols` (any, for views of one row or none). Any size may be 0. T is const for inputs.
/// Errors: negative sizes or strides, overlapping rows, null data for a matrix that is not empty.
template <class T>
class matrix_view {
 public:
  LOWBIT_INLINE matrix_view() noexcept {}
  LOWBIT_INLINE matrix_view(T* data, index_t rows, index_t cols)
      : matrix_view(data, rows, cols, cols) {}
  LOWBIT_INLINE matrix_view(T* data, index_t rows, index_t cols, index_t row_stride)
      : data_(data), rows_(rows), cols_(cols), row_stride_(row_stride) {
    detail::core::check_view(data, rows, cols, row_stride);
  }
  /// A view of T reads as a view of const T.
  template <class U>
  requires(std::is_const_v<T>&& std::same_as<U, std::remove_const_t<T>>) LOWBIT_INLINE
      matrix_view(const matrix_view<U>& other)
  noexcept
      : data_(other.data()),
        rows_(other.rows()),
        cols_(other.cols()),
        row_stride_(other.row_stride()) {}

  [[nodiscard]] LOWBIT_INLINE T* data() const noexcept { return data_; }
  [[nodiscard]] LOWBIT_INLINE index_t rows() const noexcept { return rows_; }
  [[nodiscard]] LOWBIT_INLINE index_t cols() const noexcept { return cols_; }
  /// Distance between the starts of two rows, in elements.
  [[nodiscard]] LOWBIT_INLINE index_t row_stride() const noexcept { return row_stride_; }
  [[nodiscard]] LOWBIT_INLINE T& operator()(index_t r, index_t c) const noexcept {
    return data_[r * row_stride_ + c];
  }
  [[nodiscard]] LOWBIT_INLINE std::span<T> row(index_t r) const noexcept {
    return {detail::advanced(data_, r * row_stride_), static_cast<std::size_t>(cols_)};
  }

 private:
  T* data_ = nullptr;
  index_t rows_ = 0;
  index_t cols_ = 0;
  index_t row_stride_ = 0;
};

template <class T>
matrix_view(T*, index_t, index_t) -> matrix_view<T>;
template <class T>
matrix_view(T*, index_t, index_t, index_t) -> matrix_view<T>;

}  // namespace lowbit

#endif
