// lowbit/nn/products.hpp – the matrix products of training.
//
//     y = x w^T          forward                 x: rows x depth     w: outputs x depth     y: rows x outputs
//     dw += g^T x        gradient of weights     g: rows x outputs
//     dx = g w           gradient of inputs
//
// Eigen computes them. They are plain functions: a network of ten layer types compiles three products, not thirty.
#ifndef LOWBIT_NN_PRODUCTS_HPP
#define LOWBIT_NN_PRODUCTS_HPP

#include "lowbit/nn/float_matrix.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// Rows of a float_matrix, by reference.
using rows_view = Eigen::Map<const lowbit::nn::float_matrix>;
using mutable_rows_view = Eigen::Map<lowbit::nn::float_matrix>;

/// Rows first ... first + rows - 1 of a matrix.
[[nodiscard]] inline rows_view rows_of(const lowbit::nn::float_matrix& m, index_t first,
                                       index_t rows) {
  return {m.data() + first * m.cols(), rows, m.cols()};
}
[[nodiscard]] inline mutable_rows_view mutable_rows_of(lowbit::nn::float_matrix& m, index_t first,
                                                       index_t rows) {
  return {m.data() + first * m.cols(), rows, m.cols()};
}

/// y = x w^T.
inline void multiply_transposed(rows_view x, const lowbit::nn::float_matrix& w,
                                mutable_rows_view y) {
  y.noalias() = x * w.transpose();
}
/// dw += g^T x.
inline void add_transposed_product(rows_view g, rows_view x, lowbit::nn::float_matrix& dw) {
  dw.noalias() += g.transpose() * x;
}
/// dx = g w.
inline void multiply(rows_view g, const lowbit::nn::float_matrix& w, mutable_rows_view dx) {
  dx.noalias() = g * w;
}

}  // namespace detail::nn
LOWBIT_END

#endif
