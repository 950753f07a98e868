// lowbit/product/row_coded_linear.hpp – floats times a matrix of codes with levels per row, out of its compressed form.
//
//     auto y = lowbit::row_coded_matmul(x, w, bias);        x: M x K floats, w: row_coded_matrix N x K, y: M x N
//
// Rows decode as they are multiplied: product/decoded_rows.hpp, which also says in what order sums are made. Where the
// inputs have codes, too, pack() of w.codes() multiplies bits instead.
#ifndef LOWBIT_PRODUCT_ROW_CODED_LINEAR_HPP
#define LOWBIT_PRODUCT_ROW_CODED_LINEAR_HPP

#include "lowbit/product/decoded_rows.hpp"
#include "lowbit/tensor/row_coded.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// out = x w^T + bias; shapes are right. gather() as in product/side_by_side.hpp.
template <class Gather, executor Where>
void multiply_row_coded(index_t m, const Gather& gather, const row_coded_matrix& w,
                        std::span<const float> bias, matrix_view<float> out, const Where& where) {
  const auto row_decoder = [&w](index_t row) {
    return [from = w.decoder(row)](auto, index_t, index_t n, float* floats) mutable {
      static_cast<void>(from.take(floats, n));  // every row was decoded before: problem()
    };
  };
  multiply_decoded(m, gather, w.rows, w.cols, row_decoder, bias, out, where);
}

}  // namespace detail::product

/// out(m, n) as sparse_matmul() defines it (product/sparse_linear.hpp), with the elements of w. x is M x K, w N x K,
/// bias N floats or none. Cost: w is decoded once per 8 rows of x, and once to check it; a multiply-add per element and
/// row. Allocates the result and, for M > 1, 8 K floats. Errors: what w.problem() says; depths differ; wrong number of
/// biases.
template <executor Where = serial_executor>
[[nodiscard]] matrix<float> row_coded_matmul(matrix_view<const float> x, const row_coded_matrix& w,
                                             std::span<const float> bias = {},
                                             const Where& where = {}) {
  detail::core::fail_if(w.problem(), "row_coded_matmul");
  if (x.cols() != w.cols)
    detail::fail("row_coded_matmul: x is %tdx%td, weights are %tdx%td: depth differs", x.rows(),
                 x.cols(), w.rows, w.cols);
  if (!bias.empty() && static_cast<index_t>(bias.size()) != w.rows)
    detail::fail("row_coded_matmul: %zu biases for %td outputs", bias.size(), w.rows);
  matrix<float> out(x.rows(), w.rows);
  const detail::product::gather_rows gather(x);
  detail::product::multiply_row_coded(x.rows(), gather, w, bias, out.view(), where);
  return out;
}

LOWBIT_END

#endif
