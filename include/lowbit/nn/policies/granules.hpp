// lowbit/nn/policies/granules.hpp – the parts of a matrix that share the numbers of a quantizer.
//
// A granule is a block of a matrix: the whole, a row, a group of a row, or the pixels of all kernels. A column (a
// channel of inputs) is one, too. Most lie in memory without gaps; the others are gathered into a row before a function
// over rows sees them, and scattered afterwards.
#ifndef LOWBIT_NN_POLICIES_GRANULES_HPP
#define LOWBIT_NN_POLICIES_GRANULES_HPP

#include <algorithm>
#include <vector>

#include "lowbit/nn/float_matrix.hpp"
#include "lowbit/quantize/granularity.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// Rows row ... row + rows - 1, of each of them elements first ... first + size - 1.
struct granule {
  index_t row, rows, first, size;

  [[nodiscard]] index_t count() const noexcept { return rows * size; }
};

/// How matrices with `cols` columns are cut: by a granularity, or into columns.
class granule_map {
 public:
  granule_map() = default;
  granule_map(granularity grain, bool columns) : grain_(grain), columns_(columns) {}

  [[nodiscard]] granularity grain() const noexcept { return grain_; }
  [[nodiscard]] bool columns() const noexcept { return columns_; }

  /// Granules of a matrix; one of an empty matrix that has none.
  [[nodiscard]] index_t count(index_t rows, index_t cols) const noexcept {
    const index_t all = columns_ ? cols : (grain_.shares_rows() ? 1 : rows) * groups(cols);
    return all < 1 ? 1 : all;
  }
  [[nodiscard]] granule at(index_t g, index_t rows, index_t cols) const noexcept {
    if (columns_) return {0, rows, g, cols == 0 ? 0 : 1};
    if (rows == 0 || cols == 0) return {0, 0, 0, 0};
    const index_t extent = grain_.extent(cols), in_row = g % groups(cols);
    const index_t first = in_row * extent;
    return {grain_.shares_rows() ? 0 : g / groups(cols), grain_.shares_rows() ? rows : 1, first,
            (std::min)(extent, cols - first)};
  }
  /// The granule of an element.
  [[nodiscard]] index_t of(index_t row, index_t col, index_t cols) const noexcept {
    if (columns_) return col;
    return (grain_.shares_rows() ? 0 : row * groups(cols)) +
           (grain_.grouped() ? col / grain_.group_size : 0);
  }

 private:
  [[nodiscard]] index_t groups(index_t cols) const noexcept {
    return grain_.grouped() && cols > 0 ? (cols - 1) / grain_.group_size + 1 : 1;
  }

  granularity grain_{};
  bool columns_ = false;
};

/// The elements of a granule in one span: in the matrix itself, or a copy in `memory`.
[[nodiscard]] inline std::span<const float> row_of(const lowbit::nn::float_matrix& m,
                                                   const granule& g, std::vector<float>& memory) {
  const auto size = static_cast<std::size_t>(g.count());
  if (size == 0) return {};
  const float* const from = m.data() + g.row * m.cols() + g.first;
  if (g.rows == 1 || g.size == m.cols()) return {from, size};
  memory.resize(size);
  for (index_t r = 0; r < g.rows; ++r)
    std::copy_n(from + r * m.cols(), g.size, memory.data() + r * g.size);
  return {memory.data(), size};
}

/// f(span) writes the elements of a granule: in the matrix itself, or in `memory`, from where they are copied.
template <class F>
void write_row(lowbit::nn::float_matrix& m, const granule& g, std::vector<float>& memory,
               const F& f) {
  const auto size = static_cast<std::size_t>(g.count());
  if (size == 0) return;
  float* const to = m.data() + g.row * m.cols() + g.first;
  if (g.rows == 1 || g.size == m.cols()) return f(std::span<float>(to, size));
  memory.resize(size);
  f(std::span<float>(memory.data(), size));
  for (index_t r = 0; r < g.rows; ++r)
    std::copy_n(memory.data() + r * g.size, g.size, to + r * m.cols());
}

}  // namespace detail::nn
LOWBIT_END

#endif
