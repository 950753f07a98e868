// lowbit/nn/column_sums.hpp – sums down the columns of a matrix.
//
// Batch norms and biases sum over rows: images times pixels, millions of them. In float such sums drift, so
// each column is an ordered sum in double (core/ordered_sum.hpp): row r goes to partial sum r mod 8. Rows are
// walked one after the other, as they lie in memory.
#ifndef LOWBIT_NN_COLUMN_SUMS_HPP
#define LOWBIT_NN_COLUMN_SUMS_HPP

#include <vector>

#include "lowbit/core/ordered_sum.hpp"
#include "lowbit/nn/float_matrix.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// One sum for each column.
class column_sums {
 public:
  explicit column_sums(index_t columns)
      : columns_(static_cast<std::size_t>(columns)), partial_(core::partial_sums * columns_, 0.0) {}

  /// Adds term(c) to column c, for row r. Columns are taken eight at a time, in loops of constant length that
  /// compilers turn into vectors also at -O2.
  template <class Term>
  void add_row(index_t r, const Term& term) {
    constexpr std::size_t together = 8;
    double* const to =
        partial_.data() + static_cast<std::size_t>(r) % core::partial_sums * columns_;
    std::size_t c = 0;
    for (; c + together <= columns_; c += together) {
      double terms[together];
      for (std::size_t i = 0; i < together; ++i) terms[i] = term(c + i);
      for (std::size_t i = 0; i < together; ++i) to[c + i] += terms[i];
    }
    for (; c < columns_; ++c) to[c] += term(c);
  }
  /// The sum of column c.
  [[nodiscard]] double operator()(std::size_t c) const noexcept {
    return core::tree_of_eight(partial_.data() + c, columns_);
  }

 private:
  std::size_t columns_;
  std::vector<double> partial_;
};

/// The sum of each column, rounded to float once: the gradient of a bias.
[[nodiscard]] inline lowbit::nn::float_matrix sum_columns(const lowbit::nn::float_matrix& x) {
  column_sums sums(x.cols());
  for (index_t r = 0; r < x.rows(); ++r) {
    const float* const row = x.data() + r * x.cols();
    sums.add_row(r, [row](std::size_t c) { return static_cast<double>(row[c]); });
  }
  lowbit::nn::float_matrix out(1, x.cols());
  for (index_t c = 0; c < x.cols(); ++c)
    out(0, c) = static_cast<float>(sums(static_cast<std::size_t>(c)));
  return out;
}

}  // namespace detail::nn
LOWBIT_END

#endif
