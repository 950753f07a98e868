// lowbit/core/matrix.hpp – the dense result of an operation: row-major elements that own their memory.
//
// `auto c = gemm(a, b)` returns one, so that the core needs no Eigen. It is no linear algebra type: for
// arithmetic, map it into Eigen (lowbit/eigen.hpp).
#ifndef LOWBIT_CORE_MATRIX_HPP
#define LOWBIT_CORE_MATRIX_HPP

#include "lowbit/core/buffer.hpp"
#include "lowbit/core/matrix_view.hpp"
#include "lowbit/core/reset_when_moved.hpp"

namespace lowbit {

/// rows x cols elements, row-major without gaps, zero on construction, 64-byte aligned. A moved-from matrix
/// is 0 x 0.
template <class T>
class matrix {
 public:
  LOWBIT_INLINE matrix() noexcept {}
  LOWBIT_INLINE matrix(const matrix&) = default;
  LOWBIT_INLINE matrix(matrix&&) noexcept = default;
  LOWBIT_INLINE matrix& operator=(const matrix&) = default;
  LOWBIT_INLINE matrix& operator=(matrix&&) noexcept = default;
  LOWBIT_INLINE ~matrix() = default;
  LOWBIT_INLINE matrix(index_t rows, index_t cols)
      : storage_(detail::checked_mul(detail::checked_size(rows, "matrix: rows"),
                                     detail::checked_size(cols, "matrix: cols"), "matrix")),
        rows_(rows),
        cols_(cols) {}

  [[nodiscard]] LOWBIT_INLINE index_t rows() const noexcept { return rows_; }
  [[nodiscard]] LOWBIT_INLINE index_t cols() const noexcept { return cols_; }
  [[nodiscard]] LOWBIT_INLINE T* data() noexcept { return storage_.data(); }
  [[nodiscard]] LOWBIT_INLINE const T* data() const noexcept { return storage_.data(); }
  [[nodiscard]] LOWBIT_INLINE T& operator()(index_t r, index_t c) noexcept {
    return storage_[r * cols_ + c];
  }
  [[nodiscard]] LOWBIT_INLINE const T& operator()(index_t r, index_t c) const noexcept {
    return storage_[r * cols_ + c];
  }
  [[nodiscard]] LOWBIT_INLINE std::span<T> row(index_t r) noexcept { return view().row(r); }
  [[nodiscard]] LOWBIT_INLINE std::span<const T> row(index_t r) const noexcept {
    return view().row(r);
  }
  [[nodiscard]] LOWBIT_INLINE matrix_view<T> view() noexcept { return {data(), rows_, cols_}; }
  [[nodiscard]] LOWBIT_INLINE matrix_view<const T> view() const noexcept {
    return {data(), rows_, cols_};
  }
  LOWBIT_INLINE operator matrix_view<T>() noexcept { return view(); }
  LOWBIT_INLINE operator matrix_view<const T>() const noexcept { return view(); }

  /// Same shape and same elements (NaN differs from itself).
  [[nodiscard]] LOWBIT_INLINE friend bool operator==(const matrix& a, const matrix& b) noexcept {
    if (a.rows_ != b.rows_ || a.cols_ != b.cols_) return false;
    for (index_t i = 0; i < a.storage_.size(); ++i)
      if (!(a.storage_[i] == b.storage_[i])) return false;
    return true;
  }

 private:
  buffer<T> storage_;  ///< first: a copy that runs out of memory changes nothing
  reset_when_moved<index_t> rows_, cols_;
};

}  // namespace lowbit

#endif
