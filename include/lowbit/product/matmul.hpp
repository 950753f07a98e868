// lowbit/product/matmul.hpp – the product of two quantized matrices as floats: integers inside, scales outside.
//
// Let float(a) = sa va + oa and float(w) = sw vw + ow, with scales and offsets that are constant over a stretch of
// depth (a *run*). Then the dot product is a sum over runs of
//
//     sa sw (va . vw)  +  sa ow sum(va)  +  oa sw sum(vw)  +  depth oa ow
//
// So only va . vw needs the kernels. The rest is sums of rows, counted once per run. A run ends where the group of
// either operand ends, so any granularities combine: per token times per group, group<128> times group<64>. If group
// sizes differ and are no multiples of 64, the operands are first repacked into segments of their greatest common
// divisor. That is slow, and large if the divisor is small: prefer group sizes that divide each other.
//
// Operands of several planes with one coefficient each, or of indices into a table, are sums of such parts
// (product/operand_parts.hpp). Each pair of parts is one integer product.
//
//     const auto w = lowbit::prepare(quantized_weights);      once: their codes in the kernel's order
//     auto y = lowbit::matmul(x, w);                          the same result in less time
//
// Where encodings are known when a program runs, quantized_matrix<any_encoding> (tensor/any_quantized_matrix.hpp) takes
// their place on either side or on both. Types say which loops a program contains; the rest is compiled once.
//
// The order of the sum of floats is defined: pairs of parts, then runs in depth order. They are added in double and
// rounded to float once at the end. Each term is an exact product of two floats (scale products are rounded to float
// first, see epilogue/affine.hpp). So no compiler flag changes a bit. Integers above 2^24 in magnitude are rounded to
// float.
#ifndef LOWBIT_PRODUCT_MATMUL_HPP
#define LOWBIT_PRODUCT_MATMUL_HPP

#include <numeric>
#include <vector>

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/matrix.hpp"
#include "lowbit/product/gemm.hpp"
#include "lowbit/product/operand_parts.hpp"
#include "lowbit/product/prepared_quantized_matrix.hpp"
#include "lowbit/product/scaled_run.hpp"
#include "lowbit/tensor/any_quantized_matrix.hpp"
#include "lowbit/tensor/pack.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// The right operand of matmul: quantized, or prepared.
template <class E>
[[nodiscard]] const quantized_matrix<E>& matrix_of(const quantized_matrix<E>& m) noexcept {
  return m;
}
template <class E>
[[nodiscard]] const quantized_matrix<E>& matrix_of(const prepared_quantized_matrix<E>& m) noexcept {
  return m.matrix();
}
template <class E>
[[nodiscard]] std::span<const prepared_rows> prepared_of(const quantized_matrix<E>&) noexcept {
  return {};
}
template <class E>
[[nodiscard]] std::span<const prepared_rows> prepared_of(
    const prepared_quantized_matrix<E>& m) noexcept {
  return m.parts();
}
/// Part `part` of a right operand as the kernels take it: `codes`, with what prepare() made of them, if that is given.
[[nodiscard]] inline rhs_operand part_as_rhs(const scaled_codes& m, int part,
                                             const packed_view<any_encoding>& codes) noexcept {
  rhs_operand rhs = as_rhs(codes);
  if (m.prepared.empty()) return rhs;
  const prepared_rows& made = m.prepared[static_cast<std::size_t>(part)];
  rhs.panels = &made.panels;
  rhs.bit_sums = made.bit_sums.data();
  return rhs;
}

/// The codes of m in segments of `segment`: m's own words if they have these segments already.
template <class E>
class in_segments {
 public:
  in_segments(const packed_matrix<E>& m, index_t segment) : view_(m.view()) {
    if (m.layout() == depth_layout(m.depth(), segment)) return;
    copy_ = repack(m.view(), segment);
    view_ = copy_.view();
    copied_ = true;
  }
  [[nodiscard]] packed_view<any_encoding> view() const noexcept { return view_; }
  [[nodiscard]] bool copied() const noexcept { return copied_; }

 private:
  packed_matrix<E> copy_;
  packed_view<any_encoding> view_;
  bool copied_ = false;
};

/// The runs of a product: f(first element, run) in depth order.
template <class F>
void for_each_run(granularity lhs, granularity rhs, depth_layout layout, F f) {
  const index_t depth = layout.depth(), a = lhs.extent(depth), b = rhs.extent(depth);
  const index_t segment = layout.segment();
  for (index_t first = 0; first < depth;) {
    const index_t next_a = (first / a + 1) * a, next_b = (first / b + 1) * b;
    index_t next = next_a < next_b ? next_a : next_b;
    if (segment != 0 && next > (first / segment + 1) * segment)
      next = (first / segment + 1) * segment;
    if (next > depth) next = depth;
    f(first, depth_run{layout.bit_index(first) / word_bits, next - first});
    first = next;
  }
}

/// The segments that both operands can be cut into; 0 if every group begins a word as they are.
template <class A, class B>
[[nodiscard]] index_t common_segment(const quantized_matrix<A>& lhs,
                                     const quantized_matrix<B>& rhs) noexcept {
  if (lhs.codes().layout().segment() == 0 && rhs.codes().layout().segment() == 0) return 0;
  const index_t depth = lhs.depth(), a = lhs.grain().extent(depth), b = rhs.grain().extent(depth);
  return a == depth ? b : b == depth ? a : std::gcd(a, b);
}

template <class E>
struct part_encoding {
  using type = E;
};
template <multi_plane_code E>
struct part_encoding<E> {
  using type = typename E::plane;
};
template <indexed_code E>
struct part_encoding<E> {
  using type = unsigned_bits<1>;
};
/// The encoding of every part of an E, or any_encoding.
template <packable_or_any E>
using part_encoding_of = typename part_encoding<E>::type;

/// total += float(lhs) * float(rhs)^T, with the loops of some products. `of`: the factors of every pair of parts.
template <kernel::product_loops Loops, executor Where>
void add_scaled_products(const kernel::factors& of, const scaled_codes& lhs,
                         const scaled_codes& rhs, matrix_view<double> total, const Where& where) {
  const auto isa = isa_of(where);
  packed_matrix<unsigned_bits<1>> made_a, made_b;
  for (int i = 0; i < lhs.codes.format().part_count(); ++i) {
    const packed_view<any_encoding> a = part_of(lhs, i, made_a);
    for (int j = 0; j < rhs.codes.format().part_count() && a.rows() > 0; ++j) {
      const packed_view<any_encoding> b = part_of(rhs, j, made_b);
      if (b.rows() == 0) continue;
      const rhs_operand w = part_as_rhs(rhs, j, b);
      std::vector<kernel::product_run> runs;
      std::vector<add_run> scaled;
      for_each_run(lhs.grain, rhs.grain, a.layout(), [&](index_t first, depth_run run) {
        runs.push_back(common_run(run));
        scaled.push_back({side_of(isa, lhs, i, a, first, run, rhs.has_offsets),
                          side_of(isa, rhs, j, b, first, run, lhs.has_offsets), run.depth, total});
      });
      if (runs.empty()) continue;
      const auto tools_of = [&](index_t r) {
        return tools_for<families_of<Where>, Loops>(isa, of.loops,
                                                    scaled[static_cast<std::size_t>(r)]);
      };
      const run_list all{runs.data(), static_cast<index_t>(runs.size())};
      multiply_runs(
          isa, product_task{of, operand_of(a), w, all},
          [&](index_t r) { return tools_of(r).epilogue; }, tools_of(0), where);
    }
  }
}

}  // namespace detail::product

/// A right operand of matmul(): a quantized_matrix, or a prepared_quantized_matrix made by prepare(), with the same
/// result in less time.
template <class T>
concept quantized_rhs = requires(const T& m) {
  detail::product::matrix_of(m);
};

/// float(lhs) * float(weights)^T: lhs M x K, weights N x K, a new M x N matrix. The result equals the product of the
/// dequantized matrices up to float rounding of the scales (about 1e-7 relative). Cost: one gemm per pair of parts
/// and run. Allocates the result, an M x N matrix of double, and what each gemm allocates. Errors: depths differ;
/// depth above the product rule's bound; levels so large that their product overflows.
template <packable_or_any A, quantized_rhs Weights, executor Where = serial_executor>
[[nodiscard]] matrix<float> matmul(const quantized_matrix<A>& lhs, const Weights& weights,
                                   const Where& where = {}) {
  using namespace detail;
  using B = typename Weights::encoding;
  using a_part = product::part_encoding_of<A>;
  using b_part = product::part_encoding_of<B>;
  const quantized_matrix<B>& rhs = product::matrix_of(weights);
  if (lhs.depth() != rhs.depth())
    detail::fail("matmul: lhs is %tdx%td, rhs is %tdx%td: depth differs", lhs.rows(), lhs.depth(),
                 rhs.rows(), rhs.depth());
  const index_t segment = product::common_segment(lhs, rhs);
  const product::in_segments<A> x(lhs.codes(), segment);
  const product::in_segments<B> y(rhs.codes(), segment);
  const product::scaled_codes a = product::scaled_codes_of(lhs, x.view()),
                              b = product::scaled_codes_of(
                                  rhs, y.view(),
                                  y.copied() ? std::span<const product::prepared_rows>()
                                             : product::prepared_of(weights));
  const float most_a = a.largest_level, most_b = b.largest_level;
  if (!is_finite(combine(most_a, most_b)))
    detail::fail("matmul: levels of up to %g and %g: their product is no finite float",
                 static_cast<double>(most_a), static_cast<double>(most_b));
  decltype(auto) of =
      product::factors_between<a_part, b_part>(a.codes.format().part(), b.codes.format().part());
  product::require_product(of, lhs.rows(), x.view().layout(), product::as_rhs(y.view()), "matmul");
  matrix<double> total(lhs.rows(), rhs.rows());
  product::add_scaled_products<product::loops_between<a_part, b_part>()>(of, a, b, total.view(),
                                                                         where);
  matrix<float> out(lhs.rows(), rhs.rows());
  for (index_t m = 0; m < out.rows(); ++m)
    for (index_t n = 0; n < out.cols(); ++n) out(m, n) = static_cast<float>(total(m, n));
  return out;
}
/// Codes without scales do not compile: a sentence instead of a list of overloads that do not match.
template <class... Args>
requires((rhs_matrix<Args> || ...)) auto matmul(const Args&...) {
  static_assert(!(rhs_matrix<Args> || ...),
                "lowbit::matmul: codes alone have no scales: gemm(a, w) multiplies their integers; "
                "quantize() makes a quantized_matrix, which has scales");
  return matrix<float>();
}

LOWBIT_END

#endif
