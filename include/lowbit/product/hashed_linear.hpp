// lowbit/product/hashed_linear.hpp – floats times a hashed matrix, whose elements exist only while they are multiplied.
//
//     auto y = lowbit::hashed_matmul(x, w, bias);        x: M x K floats, w: hashed_matrix N x K, y: M x N
//
// A piece of a row is decoded into the first cache and multiplied with up to eight rows of x. Sums have the order of
// kernel/compressed/sparse_panel.hpp: one chain in double per element.
#ifndef LOWBIT_PRODUCT_HASHED_LINEAR_HPP
#define LOWBIT_PRODUCT_HASHED_LINEAR_HPP

#include "lowbit/executor/on.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/product/side_by_side.hpp"
#include "lowbit/tensor/hashed_matrix.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// One row of the product: x[c * lanes + l] is column c of input l.
template <class Sum, class Tag>
void multiply_hashed_row(Tag tag, const hashed_matrix& w, index_t row, const float* x,
                         const kernel::row_target& to) noexcept {
  constexpr index_t piece = 256, lanes = simd::lanes_in<Sum>;
  float decoded[piece];
  double sums[kernel::most_lanes] = {};
  for (index_t first = 0; first < w.cols; first += piece) {
    const index_t n = min_of(piece, w.cols - first);
    kernel::decode_hashed(tag, w.values.data(), static_cast<std::uint32_t>(w.values.size()),
                          static_cast<std::uint32_t>(w.seed), row, first, n, decoded);
    arch::run_on(tag, [&]() LOWBIT_INLINE_LAMBDA {
      Sum sum;
      kernel::load_sum(sum, sums);
      for (index_t i = 0; i < n; ++i)
        kernel::add_term(sum, static_cast<double>(decoded[i]), x + (first + i) * lanes);
      kernel::store_sum(sum, sums);
    });
  }
  arch::run_on(tag, [&]() LOWBIT_INLINE_LAMBDA {
    Sum sum;
    kernel::load_sum(sum, sums);
    to.store(row, sum);
  });
}

/// out = x w^T + bias; shapes are right. gather() as in product/side_by_side.hpp.
template <class Gather, executor Where>
void multiply_hashed(index_t m, const Gather& gather, const hashed_matrix& w,
                     std::span<const float> bias, matrix_view<float> out, const Where& where) {
  in_lanes(m, gather, [&](auto of, const float* x, index_t first, index_t count) {
    executors::for_each_share(where, w.rows, w.cols, [&](index_t row, index_t end) {
      with_isa(isa_of(where), [&]<class Tag>(Tag) {
        const kernel::row_target to{out.data() + first * out.row_stride(), 1, out.row_stride(),
                                    count, bias.empty() ? nullptr : bias.data()};
        for (; row < end; ++row)
          multiply_hashed_row<typename decltype(of)::type>(arch::vectors_on<Tag>{}, w, row, x, to);
      });
    });
  });
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
