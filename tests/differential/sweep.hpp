// One product on every ISA against the oracle, from guarded memory. Every operand's words end or begin at a forbidden
// page, and so does the result.
#pragma once

#include "lowbit/product/gemm.hpp"
#include "lowbit/product/prepared_matrix.hpp"
#include "lowbit/tensor/pack.hpp"
#include "lowbit/tensor/words.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/isas.hpp"
#include "support/kernels.hpp"
#include "support/oracle.hpp"
#include "support/random_codes.hpp"

namespace test {

/// The sizes of the matrix's edges: around register widths, word widths and tile sizes.
inline constexpr index_t edges[] = {0,  1,  2,  3,  4,   5,   7,   8,   9,   15,  16,  17,  31, 32,
                                    33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513};
inline constexpr index_t edge_count = static_cast<index_t>(std::size(edges));

/// The one-line reproducer of a product.
template <class A, class B>
std::string describe(index_t m, index_t n, index_t k, fill kind) {
  std::ostringstream text;
  text << A::name << A::plane_count << " x " << B::name << B::plane_count << ", M=" << m
       << " N=" << n << " K=" << k << ", " << name(kind) << "; " << reproduce();
  return text.str();
}

/// M x K codes of A times N x K codes of B on every ISA.
template <class A, class B>
void check_product(index_t m, index_t n, index_t k, fill kind) {
  auto random = generator(static_cast<std::uint64_t>((m * 1009 + n) * 1009 + k));
  const auto a = random_codes<A>(m, k, kind, side::lhs, random);
  const auto b = random_codes<B>(n, k, kind, side::rhs, random);
  const lowbit::matrix<std::int64_t> expected = product<A, B>(a, b);
  // The end alternates with the shape: both occur for every K.
  const edge where = (m + n) % 2 == 0 ? edge::end : edge::begin;
  const auto lhs_words = lowbit::pack<A>(a.view());
  const auto rhs_words = lowbit::pack<B>(b.view());
  guarded_buffer<lowbit::word> lhs(lhs_words.words(), where), rhs(rhs_words.words(), where);
  guarded_buffer<std::int32_t> result(static_cast<std::size_t>(m * n), where);
  const auto x = lowbit::view_words<A>(lhs.view(), m, k);
  const auto y = lowbit::view_words<B>(rhs.view(), n, k);
  const lowbit::matrix_view<std::int32_t> out(result.data(), m, n);
  on_every_isa([&](auto tag) {
    for (std::int32_t& r : result.span()) r = 0x5a5a5a5a;
    lowbit::gemm(x, y, out, lowbit::on(tag));
    std::string difference = first_difference(out, expected);
    if (!difference.empty()) FAIL(describe<A, B>(m, n, k, kind) << ": element " << difference);
    difference = first_difference(
        lowbit::gemm(x, lowbit::prepare(rhs_words, lowbit::on(tag)), lowbit::on(tag)), expected);
    if (!difference.empty())
      FAIL(describe<A, B>(m, n, k, kind) << ", prepared: element " << difference);
  });
}

/// All pairs of (M, K), (N, K) and (M, N) over the edges, by a Latin square. The few shapes of more than two million
/// products are left out. Builds that are not thorough take small M and N, and leave out more; K keeps all its edges.
template <class A, class B>
void check_shapes() {
  constexpr index_t outer = thorough ? edge_count : 12, most = index_t{1} << (thorough ? 21 : 15);
  for (index_t i = 0; i < edge_count; ++i)
    for (index_t j = 0; j < outer; ++j) {
      const index_t m = edges[j], n = edges[(j + i) % outer], k = edges[i];
      if (m * n * k <= most) check_product<A, B>(m, n, k, fill::uniform);
    }
}

/// Extreme data over all K, for a few small shapes.
template <class A, class B>
void check_extremes() {
  for (const index_t k : edges)
    for (const fill kind : fills) {
      check_product<A, B>(1, 1, k, kind);
      check_product<A, B>(5, 6, k, kind);
    }
}

/// Shapes around tiles, panels and words, with all kinds of data.
template <class A, class B>
void check_pair() {
  struct shape {
    index_t m, n, k;
  };
  static constexpr shape shapes[] = {{1, 1, 1},   {3, 5, 63},     {4, 4, 64},    {5, 3, 65},
                                     {8, 9, 129}, {2, 17, 257},   {17, 2, 513},  {9, 33, 128},
                                     {8, 65, 70}, {19, 130, 200}, {15, 16, 190}, {9, 17, 1000},
                                     {3, 0, 70},  {0, 3, 70},     {3, 3, 0},     {9, 9, 0}};
  for (const shape& s : shapes)
    for (const fill kind : fills) check_product<A, B>(s.m, s.n, s.k, kind);
}

}  // namespace test
