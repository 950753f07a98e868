// lowbit/ops/matmul.hpp – the real product of two quantized matrices: integers inside, scales outside.
//
// With real(a) = sa va + oa and real(w) = sw vw + ow, constant over a stretch of depth (a *run*), the
// dot product is a sum over runs of
//
//     sa sw (va . vw)  +  sa ow sum(va)  +  oa sw sum(vw)  +  depth oa ow
//
// so only va . vw needs the kernels, exactly; the rest is sums of rows, counted once a run. Runs end where either operand's group ends, so any granularities combine: per token times
// per group, group<128> times group<64>. Operands whose groups are no multiples of 64 and differ are
// first repacked into segments of the greatest common divisor, which is slow and large if that is
// small: prefer group sizes that divide each other.
//
// The order of the real sum is defined: runs in depth order, added in double, rounded to float once at
// the end; each term is an exact product of two floats (scale products are rounded to float first, see
// epilogue/affine.hpp), so no compiler flag changes a bit. Integers above 2^24 in magnitude are rounded
// to float.
#ifndef LOWBIT_OPS_MATMUL_HPP
#define LOWBIT_OPS_MATMUL_HPP

#include <numeric>

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/matrix.hpp"
#include "lowbit/epilogue/affine.hpp"
#include "lowbit/ops/product.hpp"
#include "lowbit/tensor/pack.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"

LOWBIT_BEGIN
namespace detail::ops {

/// Elements a group of m's scales covers along depth.
template <class E>
[[nodiscard]] index_t group_extent(const quantized_matrix<E>& m) noexcept {
  return m.grain().kind == granularity::map::group ? m.grain().group_size : m.depth();
}

/// The sums of the values of every row over one run: what offsets of the other operand multiply; empty
/// if it has none.
template <isa_tag Tag, class E>
[[nodiscard]] buffer<std::int32_t> value_sums(Tag tag, packed_view<E> m, depth_run run,
                                              bool wanted) {
  if (!wanted) return {};
  buffer<std::int32_t> sums(m.rows());
  for (index_t r = 0; r < m.rows(); ++r)
    sums[r] = static_cast<std::int32_t>(
        kernel::bit_sum<E>(tag, operand_of(m, 0, run), r, ceil_div(run.depth, word_bits)) +
        static_cast<std::uint32_t>(run.depth) * static_cast<std::uint32_t>(E::offset));
  return sums;
}

/// One operand of one run: its levels and, where the other operand has offsets, its sums, row by row.
struct run_side {
  buffer<affine> levels;
  buffer<std::int32_t> sums;
};

template <isa_tag Tag, class E>
[[nodiscard]] run_side side_of(Tag tag, const quantized_matrix<E>& m, packed_view<E> codes,
                               index_t first, depth_run run, bool sums_wanted) {
  run_side side{buffer<affine>(m.rows()), value_sums(tag, codes, run, sums_wanted)};
  for (index_t r = 0; r < m.rows(); ++r) side.levels[r] = m.levels(r, m.group_of(first));
  return side;
}

/// total(m, n) += the terms of one run.
struct add_run {
  const run_side& lhs;
  const run_side& rhs;
  index_t depth;
  matrix_view<double> total;

  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    for (index_t r = 0; r < place.rows; ++r)
      for (index_t c = 0; c < place.cols; ++c) {
        const index_t m = place.row + r, n = place.col + c;
        const affine a = lhs.levels[m], b = rhs.levels[n];
        double& sum = total(m, n);
        sum += scaled(tile(r, c), combine(a.scale, b.scale));
        if (b.offset != 0) sum += scaled(lhs.sums[m], combine(a.scale, b.offset));
        if (a.offset != 0) sum += scaled(rhs.sums[n], combine(a.offset, b.scale));
        if (a.offset != 0 && b.offset != 0)
          sum += scaled(static_cast<std::int32_t>(depth), combine(a.offset, b.offset));
      }
  }
};

/// The largest magnitude among the scales and offsets of m.
template <class E>
[[nodiscard]] float largest_level(const quantized_matrix<E>& m) noexcept {
  float largest = 0;
  const index_t rows = m.grain().kind == granularity::map::tensor ? 1 : m.rows();
  for (index_t r = 0; r < rows && m.rows() > 0; ++r)
    for (index_t g = 0; g < m.groups(); ++g)
      for (const float x : {m.scale(r, g), m.offset(r, g)})
        if (!(magnitude(x) <= largest)) largest = magnitude(x);
  return largest;
}

/// m's codes in segments of `segment`: m's own words if they are so already.
template <class E>
class in_segments {
 public:
  in_segments(const packed_matrix<E>& m, index_t segment) : view_(m.view()) {
    if (m.layout() == depth_layout(m.depth(), segment)) return;
    copy_ = repack(m.view(), segment);
    view_ = copy_.view();
  }
  [[nodiscard]] packed_view<E> view() const noexcept { return view_; }

 private:
  packed_matrix<E> copy_;
  packed_view<E> view_;
};

}  // namespace detail::ops

/// real(lhs) * real(rhs)^T: lhs M x K, rhs N x K, a new M x N matrix. The result equals the product of
/// the dequantized matrices up to float rounding of the scales (about 1e-7 relative). Errors: depths
/// differ; depth above the product rule's bound; levels so large that their product overflows.
template <isa_tag Tag, plane_code A, plane_code B, executor Executor = serial_executor>
[[nodiscard]] matrix<float> matmul(Tag tag, const quantized_matrix<A>& lhs,
                                   const quantized_matrix<B>& rhs, const Executor& on = {}) {
  using namespace detail::ops;
  if (lhs.depth() != rhs.depth())
    detail::fail("matmul: lhs is %tdx%td, rhs is %tdx%td: depth differs", lhs.rows(), lhs.depth(),
                 rhs.rows(), rhs.depth());
  if (!is_finite(combine(largest_level(lhs), largest_level(rhs))))
    detail::fail("matmul: levels of up to %g and %g: their product is no finite float",
                 static_cast<double>(largest_level(lhs)), static_cast<double>(largest_level(rhs)));
  const index_t depth = lhs.depth(), a = group_extent(lhs), b = group_extent(rhs);
  // Where a group boundary is not a word boundary, segments put it on one.
  const bool gaps = lhs.codes().layout().segment() != 0 || rhs.codes().layout().segment() != 0;
  const index_t segment = !gaps ? 0 : a == depth ? b : b == depth ? a : std::gcd(a, b);
  const in_segments<A> x(lhs.codes(), segment);
  const in_segments<B> y(rhs.codes(), segment);
  require_product(x.view(), y.view(), "matmul");

  matrix<double> total(lhs.rows(), rhs.rows());
  for (index_t first = 0; first < depth;) {
    const index_t next_a = (first / a + 1) * a, next_b = (first / b + 1) * b;
    index_t next = next_a < next_b ? next_a : next_b;
    if (gaps && next > (first / segment + 1) * segment) next = (first / segment + 1) * segment;
    if (next > depth) next = depth;
    const depth_run run{x.view().layout().bit(first) / word_bits, next - first};
    const run_side left = side_of(tag, lhs, x.view(), first, run, rhs.has_offsets());
    const run_side right = side_of(tag, rhs, y.view(), first, run, lhs.has_offsets());
    for_each_tile(tag, x.view(), as_rhs(y.view()), run_list{&run, 1},
                  add_run{left, right, run.depth, total.view()}, on);
    first = next;
  }
  matrix<float> out(lhs.rows(), rhs.rows());
  for (index_t m = 0; m < out.rows(); ++m)
    for (index_t n = 0; n < out.cols(); ++n) out(m, n) = static_cast<float>(total(m, n));
  return out;
}
template <plane_code A, plane_code B, executor Executor = serial_executor>
[[nodiscard]] matrix<float> matmul(const quantized_matrix<A>& lhs, const quantized_matrix<B>& rhs,
                                   const Executor& on = {}) {
  return with_isa([&](isa_tag auto tag) { return matmul(tag, lhs, rhs, on); });
}

LOWBIT_END

#endif
