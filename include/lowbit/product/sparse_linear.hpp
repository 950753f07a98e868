// lowbit/product/sparse_linear.hpp – floats times a sparse matrix with a codebook, out of its compressed form.
//
//     auto y = lowbit::sparse_matmul(x, w, bias);        x: M x K floats, w: sparse_codebook_matrix N x K, y: M x N
//
// Panels of w decode while they are multiplied (kernel/compressed/sparse_panel.hpp), once for up to eight rows of x. So
// a product reads the compressed bytes from memory, and no others of w.
#ifndef LOWBIT_PRODUCT_SPARSE_LINEAR_HPP
#define LOWBIT_PRODUCT_SPARSE_LINEAR_HPP

#include "lowbit/executor/on.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/kernel/compressed/sparse_panel.hpp"
#include "lowbit/product/side_by_side.hpp"
#include "lowbit/tensor/sparse_codebook.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// out = x w^T + bias for m rows of x; shapes are right. gather() as in product/side_by_side.hpp.
template <class Gather, executor Where>
void multiply_sparse(index_t m, const Gather& gather, const sparse_codebook_matrix& w,
                     std::span<const float> bias, matrix_view<float> out, const Where& where) {
  if (w.rows() == 0) return;
  const index_t cost = w.entries() / w.panels() + 1;
  in_lanes(m, gather, [&](auto of, const float* x, index_t first, index_t count) {
    using sum = typename decltype(of)::type;
    const auto walk = [&](index_t panel) {
      const index_t row = panel * w.parts().rows_per_panel;
      return kernel::sparse_walk<sum>(
          w.panel(panel),
          kernel::row_target{out.data() + first * out.row_stride() + row, 1, out.row_stride(),
                             count, bias.empty() ? nullptr : bias.data() + row});
    };
    executors::for_each_share(where, w.panels(), cost, [&](index_t panel, index_t end) {
      with_isa(isa_of(where), [&]<class Tag>(Tag) {
        constexpr arch::vectors_on<Tag> tag{};
        for (; panel + 3 < end; panel += 4) {
          std::array some{walk(panel), walk(panel + 1), walk(panel + 2), walk(panel + 3)};
          kernel::sparse_walk<sum>::multiply(tag, x, some);
        }
        for (; panel < end; ++panel) {
          std::array one{walk(panel)};
          kernel::sparse_walk<sum>::multiply(tag, x, one);
        }
      });
    });
  });
}

}  // namespace detail::product

/// out(m, n) = float(double(float(sum)) + double(bias(n))), where sum is the chain in double over k of x(m, k) * w(n, k)
/// in order. Without biases it is float(sum). x is M x K, w N x K, bias N floats or none. For finite x these are the bits
/// of the same chain over the decoded matrix, on every ISA and executor. Cost: w is decoded once per 8 rows of x; M
/// multiply-adds per entry. Allocates the result and, for M > 1, 8 K floats. Errors: depths differ; wrong number of
/// biases.
template <executor Where = serial_executor>
[[nodiscard]] matrix<float> sparse_matmul(matrix_view<const float> x,
                                          const sparse_codebook_matrix& w,
                                          std::span<const float> bias = {},
                                          const Where& where = {}) {
  if (x.cols() != w.cols())
    detail::fail("sparse_matmul: x is %tdx%td, weights are %tdx%td: depth differs", x.rows(),
                 x.cols(), w.rows(), w.cols());
  if (!bias.empty() && static_cast<index_t>(bias.size()) != w.rows())
    detail::fail("sparse_matmul: %zu biases for %td outputs", bias.size(), w.rows());
  matrix<float> out(x.rows(), w.rows());
  const detail::product::gather_rows gather(x);
  detail::product::multiply_sparse(x.rows(), gather, w, bias, out.view(), where);
  return out;
}

LOWBIT_END

#endif
