// lowbit/product/float_linear.hpp – the one product with float weights: floats times binary rows.
//
// The last layer of a binarized network keeps float weights; its inputs are bits. Eigen multiplies float matrices; this
// is the named exception of the library. It has one defined summation order (kernel/floats/row.hpp), so the logits of
// the packed network equal those of the float network, bit for bit. float_dot() is that order on plain floats.
#ifndef LOWBIT_PRODUCT_FLOAT_LINEAR_HPP
#define LOWBIT_PRODUCT_FLOAT_LINEAR_HPP

#include "lowbit/core/matrix.hpp"
#include "lowbit/encoding/binary.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/kernel/floats/row.hpp"
#include "lowbit/tensor/packed_matrix.hpp"

LOWBIT_BEGIN

/// sum over k of w[k] * x[k] in the defined order; exact products (x of -1, 0, 1) make it independent
/// of fused multiply-add. Errors: lengths differ.
[[nodiscard]] inline float float_dot(std::span<const float> w, std::span<const float> x) {
  if (w.size() != x.size())
    detail::fail("float_dot: %zu weights, %zu inputs: they must be equal", w.size(), x.size());
  float lane[detail::kernel::double_lanes] = {};
  for (std::size_t k = 0; k < w.size(); ++k)
    lane[k % static_cast<std::size_t>(detail::kernel::double_lanes)] += w[k] * x[k];
  return detail::kernel::add_lanes(lane);
}

namespace detail::product {

/// float_matmul into `out`; shapes are right and x has no gaps. Every element is computed alone, in one order, so the
/// result does not depend on how they are shared among threads.
template <executor Where>
void multiply_signs(packed_view<binary> x, matrix_view<const float> w, std::span<const float> bias,
                    matrix_view<float> out, const Where& where) {
  const auto signed_sum = kernel::signed_sum_on(isa_of(where));
  const index_t sums = out.rows() * out.cols();
  executors::for_each_share(where, sums, x.depth(), [&](index_t first, index_t end) {
    for (index_t i = first; i < end; ++i) {
      const index_t m = i / out.cols(), n = i % out.cols();
      const float sum = signed_sum(w.row(n).data(), x.plane_row(m, 0), x.depth());
      const double shift =
          bias.empty() ? 0 : static_cast<double>(bias[static_cast<std::size_t>(n)]);
      out(m, n) = static_cast<float>(static_cast<double>(sum) + shift);
    }
  });
}

}  // namespace detail::product

/// out(m, n) = float(double(sum over k of w(n, k) * x(m, k)) + double(bias(n))). x is M x K bits as +-1, w N x K, bias
/// N floats or none. Element (m, n) has the bits of float_dot on the same floats, on every ISA and executor. Cost: M *
/// N * K additions. Allocates the result. Errors: depths differ; wrong number of biases; x is packed in segments.
template <executor Where = serial_executor>
[[nodiscard]] matrix<float> float_matmul(packed_view<binary> x, matrix_view<const float> w,
                                         std::span<const float> bias = {},
                                         const Where& where = {}) {
  if (x.depth() != w.cols())
    detail::fail("float_matmul: x is %tdx%td, weights are %tdx%td: depth differs", x.rows(),
                 x.depth(), w.rows(), w.cols());
  if (!bias.empty() && static_cast<index_t>(bias.size()) != w.rows())
    detail::fail("float_matmul: %zu biases for %td outputs", bias.size(), w.rows());
  if (x.layout().segment() != 0)
    detail::fail("float_matmul: x is packed in segments of %td: repack it without gaps",
                 x.layout().segment());
  matrix<float> out(x.rows(), w.rows());
  detail::product::multiply_signs(x, w, bias, out.view(), where);
  return out;
}
LOWBIT_END

#endif
