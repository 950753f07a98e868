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
#include "lowbit/tensor/sparse_codebook.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// Floats that multiply_sparse() needs for M rows of x.
[[nodiscard]] constexpr index_t sparse_workspace(index_t m, index_t depth) noexcept {
  return m > 1 ? saturating_mul(depth, kernel::sparse_lanes) : 0;
}

/// out = x w^T + bias; shapes are right. `work` has sparse_workspace() floats.
template <executor Where>
void multiply_sparse(matrix_view<const float> x, const sparse_codebook_matrix& w,
                     std::span<const float> bias, matrix_view<float> out, float* work,
                     const Where& where) {
  using kernel::sparse_lanes;
  if (w.rows() == 0) return;
  const index_t cost = w.entries() / w.panels() + 1;
  const float* const biases = bias.empty() ? nullptr : bias.data();
  const auto run = [&](auto lanes, const float* from, index_t first, index_t count) {
    executors::for_each_share(where, w.panels(), cost, [&](index_t panel, index_t end) {
      with_isa(isa_of(where), [&]<class Tag>(Tag) {
        for (; panel < end; ++panel) {
          const index_t row = panel * w.parts().rows_per_panel;
          const kernel::sparse_target to{out.data() + first * out.row_stride() + row, 1,
                                         out.row_stride(), count,
                                         biases == nullptr ? nullptr : biases + row};
          kernel::multiply_panel<decltype(lanes)::value>(arch::vectors_on<Tag>{}, w.panel(panel),
                                                         from, to);
        }
      });
    });
  };
  if (x.rows() == 1) return run(std::integral_constant<index_t, 1>{}, x.data(), 0, 1);
  for (index_t first = 0; first < x.rows(); first += sparse_lanes) {
    const index_t count = min_of(sparse_lanes, x.rows() - first);
    for (index_t l = 0; l < sparse_lanes; ++l)
      for (index_t c = 0; c < w.cols(); ++c)
        work[c * sparse_lanes + l] = l < count ? x(first + l, c) : 0;
    run(std::integral_constant<index_t, sparse_lanes>{}, work, first, count);
  }
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
  buffer<float> work(detail::product::sparse_workspace(x.rows(), x.cols()));
  detail::product::multiply_sparse(x, w, bias, out.view(), work.data(), where);
  return out;
}

LOWBIT_END

#endif
