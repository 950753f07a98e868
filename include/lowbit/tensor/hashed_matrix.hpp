// lowbit/tensor/hashed_matrix.hpp – a matrix of few shared values: a hash of its position says which one an element has.
//
// Sizes, a seed and the values are all there is: no index is stored (kernel/compressed/hashed_row.hpp). So the number of
// values, and with it the size, is chosen freely. Training is in nn/optimizers/hashed.hpp, the product in
// product/hashed_linear.hpp.
//
// Source: Chen et al., "Compressing neural networks with the hashing trick", arXiv:1504.04788.
#ifndef LOWBIT_TENSOR_HASHED_MATRIX_HPP
#define LOWBIT_TENSOR_HASHED_MATRIX_HPP

#include <vector>

#include "lowbit/core/matrix.hpp"
#include "lowbit/core/reason.hpp"
#include "lowbit/kernel/compressed/hashed_row.hpp"

LOWBIT_BEGIN

/// What a file holds of a hashed matrix, and all there is of it.
struct hashed_matrix {
  index_t rows = 0, cols = 0;
  index_t seed = 0;           ///< 0 ... 2^32 - 1
  std::vector<float> values;  ///< the shared values

  /// What is wrong with it, or nothing.
  [[nodiscard]] reason problem() const noexcept {
    constexpr index_t most = index_t{1} << (sizeof(index_t) > 4 ? 31 : 15);
    if (rows < 0 || rows > most || cols < 0 || cols > most)
      return make_reason("a hashed matrix of %tdx%td: sizes are 0 to %td", rows, cols, most);
    if (seed < 0 || static_cast<std::uint64_t>(seed) > 0xffffffffu)
      return make_reason("a hash with seed %td: it must have 32 bits", seed);
    if (values.empty() || values.size() > static_cast<std::size_t>(most))
      return make_reason("a hashed matrix of %zu values: there must be 1 to %td", values.size(),
                         most);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!is_finite(values[i]))
        return make_reason("shared value %zu is %g", i, static_cast<double>(values[i]));
    return {};
  }
  /// Memory of the values.
  [[nodiscard]] index_t bytes() const noexcept { return 4 * static_cast<index_t>(values.size()); }
  /// Which value element (r, c) has, and its sign.
  [[nodiscard]] detail::kernel::hashed_place place(index_t r, index_t c) const noexcept {
    return detail::kernel::hashed_place_of(
        static_cast<std::uint32_t>(r), static_cast<std::uint32_t>(c),
        static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(values.size()));
  }
  [[nodiscard]] float operator()(index_t r, index_t c) const noexcept {
    const auto at = place(r, c);
    return float_of(bits_of(values[at.bucket]) ^ at.flip);
  }
  /// All elements. Allocates rows * cols floats.
  [[nodiscard]] matrix<float> decoded() const {
    matrix<float> out(rows, cols);
    for (index_t r = 0; r < rows; ++r)
      for (index_t c = 0; c < cols; ++c) out(r, c) = (*this)(r, c);
    return out;
  }
  template <class Self, class F>
  static void fields(Self& self, F& f) {
    f(self.rows);
    f(self.cols);
    f(self.seed);
    f(self.values);
  }
};

LOWBIT_END

#endif
