// lowbit/product/hashed_linear.hpp – floats times a hashed matrix, whose elements exist only while they are multiplied.
//
//     auto y = lowbit::hashed_matmul(x, w, bias);        x: M x K floats, w: hashed_matrix N x K, y: M x N
//
// Rows decode as they are multiplied: product/decoded_rows.hpp, which also says in what order sums are made.
#ifndef LOWBIT_PRODUCT_HASHED_LINEAR_HPP
#define LOWBIT_PRODUCT_HASHED_LINEAR_HPP

#include "lowbit/product/decoded_rows.hpp"
#include "lowbit/tensor/hashed_matrix.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// out = x w^T + bias; shapes are right. gather() as in product/side_by_side.hpp.
template <class Gather, executor Where>
void multiply_hashed(index_t m, const Gather& gather, const hashed_matrix& w,
                     std::span<const float> bias, matrix_view<float> out, const Where& where) {
  const auto row_decoder = [&w](index_t row) {
    return [&w, row](auto tag, index_t first, index_t n, float* floats) {
      kernel::decode_hashed(tag, w.values.data(), static_cast<std::uint32_t>(w.values.size()),
                            static_cast<std::uint32_t>(w.seed), row, first, n, floats);
    };
  };
  multiply_decoded(m, gather, w.rows, w.cols, row_decoder, bias, out, where);
}

}  // namespace detail::product

/// out(m, n) as sparse_matmul() defines it (product/sparse_linear.hpp), with the elements of w. x is M x K, w N x K,
/// bias N floats or none. Cost: a hash per element of w and 8 rows of x; a multiply-add per element and row. Allocates
/// the result and, for M > 1, 8 K floats. Errors: what w.problem() says; depths differ; wrong number of biases.
template <executor Where = serial_executor>
[[nodiscard]] matrix<float> hashed_matmul(matrix_view<const float> x, const hashed_matrix& w,
                                          std::span<const float> bias = {},
                                          const Where& where = {}) {
  detail::core::fail_if(w.problem(), "hashed_matmul");
  if (x.cols() != w.cols)
    detail::fail("hashed_matmul: x is %tdx%td, weights are %tdx%td: depth differs", x.rows(),
                 x.cols(), w.rows, w.cols);
  if (!bias.empty() && static_cast<index_t>(bias.size()) != w.rows)
    detail::fail("hashed_matmul: %zu biases for %td outputs", bias.size(), w.rows);
  matrix<float> out(x.rows(), w.rows);
  const detail::product::gather_rows gather(x);
  detail::product::multiply_hashed(x.rows(), gather, w, bias, out.view(), where);
  return out;
}

LOWBIT_END

#endif
