// lowbit/encoding/product_rule.hpp – how a dot product of two encodings is counted, derived from their formats.
//
// With a = oa + sum_i u_i a_i and b = ob + sum_j v_j b_j (bits a_i, b_j), summed over a depth of K:
//
//     a . b = sum_ij u_i v_j |a_i & b_j|  +  ob A  +  oa B  +  K oa ob
//
// where |x| counts bits and A = sum_i u_i |a_i|, B = sum_j v_j |b_j| are the operands' *bit sums*,
// known when packing. Two identities make it cheaper:
//
//   * If both operands are centred (offset = -1/2 sum of weights: binary, bipolar_bits), every plane is a +-1
//     vector with weight u_i / 2. Such vectors multiply by xor, without bit sums:
//         a . b = sum_ij (u_i/2)(v_j/2) (K - 2 |a_i ^ b_j|)
//     For binary x binary this is the XNOR-Net identity K - 2 |a ^ b|.
//   * Ternary x ternary needs two counts instead of four: |n| - 2 |n & (ga ^ gb)|, n = na & nb.
//
// Every rule is compared with the products of the values for all pairs of codes. This happens at compile time where the
// tables are small, and in the tests for all encodings.
//
// All sums are taken modulo 2^32, so only the final value has to fit an int32. `max_depth` is the largest K for
// which it fits, whatever the data.
#ifndef LOWBIT_ENCODING_PRODUCT_RULE_HPP
#define LOWBIT_ENCODING_PRODUCT_RULE_HPP

#include <array>
#include <limits>

#include "lowbit/encoding/binary.hpp"
#include "lowbit/encoding/format.hpp"
#include "lowbit/encoding/planes.hpp"
#include "lowbit/encoding/ternary.hpp"

LOWBIT_BEGIN

/// What is counted for one term of a rule.
enum class bit_operation {
  bit_and,     ///< |a_i & b_j|
  bit_xor,     ///< |a_i ^ b_j|
  masked_xor,  ///< |a_i & b_j & (a_{i+1} ^ b_{j+1})|: nonzero and of opposite sign
};

/// coefficient * count(operation on lhs plane and rhs plane).
struct product_term {
  bit_operation operation;
  int lhs_plane;
  int rhs_plane;
  std::int32_t coefficient;
};

/// dot = sum of terms + lhs_bit_sum * A + rhs_bit_sum * B + depth * K, modulo 2^32.
struct product_rule {
  std::array<product_term, 64> terms{};
  int term_count = 0;
  std::int32_t lhs_bit_sum = 0;
  std::int32_t rhs_bit_sum = 0;
  std::int32_t depth = 0;
  index_t max_depth = 0;  ///< largest K whose dot products fit an int32

  constexpr void add(product_term t) noexcept { terms[static_cast<std::size_t>(term_count++)] = t; }

  /// The rule of the product with lhs and rhs exchanged: every operation is symmetric.
  [[nodiscard]] constexpr product_rule transposed() const noexcept {
    product_rule out = *this;
    out.lhs_bit_sum = rhs_bit_sum;
    out.rhs_bit_sum = lhs_bit_sum;
    for (product_term& term : out.terms)
      term = {term.operation, term.rhs_plane, term.lhs_plane, term.coefficient};
    return out;
  }

  /// What the rule gives for a product of two single codes. The checks use it.
  [[nodiscard]] constexpr int of_codes(code_t a, int lhs_bits, code_t b,
                                       int rhs_bits) const noexcept {
    int sum = lhs_bit_sum * lhs_bits + rhs_bit_sum * rhs_bits + depth;
    for (int t = 0; t < term_count; ++t) {
      const product_term& term = terms[static_cast<std::size_t>(t)];
      const int x = a >> term.lhs_plane, y = b >> term.rhs_plane;
      const int bits = term.operation == bit_operation::bit_and   ? x & y
                       : term.operation == bit_operation::bit_xor ? x ^ y
                                                                  : x & y & (x ^ y) >> 1;
      sum += term.coefficient * (bits & 1);
    }
    return sum;
  }
};

namespace detail::encoding {

[[nodiscard]] constexpr index_t depth_bound(const code_format& lhs,
                                            const code_format& rhs) noexcept {
  index_t most = 1;
  for (const int a : {lhs.smallest, lhs.largest})
    for (const int b : {rhs.smallest, rhs.largest}) {
      const index_t product = index_t{a} * b;
      most = product > most ? product : -product > most ? -product : most;
    }
  return (std::numeric_limits<std::int32_t>::max)() / most;
}

/// A rule with one term per pair of planes: coefficient(u, v) * |operation|.
template <class Coefficient>
[[nodiscard]] constexpr product_rule for_all_planes(const code_format& lhs, const code_format& rhs,
                                                    bit_operation operation,
                                                    const Coefficient& coefficient) noexcept {
  product_rule rule;
  for (int i = 0; i < lhs.plane_count; ++i)
    for (int j = 0; j < rhs.plane_count; ++j)
      rule.add({operation, i, j,
                coefficient(lhs.weight[static_cast<std::size_t>(i)],
                            rhs.weight[static_cast<std::size_t>(j)])});
  rule.max_depth = depth_bound(lhs, rhs);
  return rule;
}

/// The general form, from weights and offsets alone.
[[nodiscard]] constexpr product_rule derive(const code_format& lhs,
                                            const code_format& rhs) noexcept {
  product_rule rule =
      for_all_planes(lhs, rhs, bit_operation::bit_and, [](int u, int v) { return u * v; });
  rule.lhs_bit_sum = rhs.offset;
  rule.rhs_bit_sum = lhs.offset;
  rule.depth = lhs.offset * rhs.offset;
  return rule;
}

/// The xor form of two centred operands.
[[nodiscard]] constexpr product_rule derive_centred(const code_format& lhs,
                                                    const code_format& rhs) noexcept {
  product_rule rule = for_all_planes(lhs, rhs, bit_operation::bit_xor,
                                     [](int u, int v) { return -2 * (u / 2 * (v / 2)); });
  for (int t = 0; t < rule.term_count; ++t)
    rule.depth -= rule.terms[static_cast<std::size_t>(t)].coefficient / 2;
  return rule;
}

/// The masked xor form of two ternary operands.
[[nodiscard]] constexpr product_rule derive_ternary(const code_format& lhs,
                                                    const code_format& rhs) noexcept {
  product_rule rule;
  rule.add({bit_operation::bit_and, 0, 0, 1});
  rule.add({bit_operation::masked_xor, 0, 0, -2});
  rule.max_depth = depth_bound(lhs, rhs);
  return rule;
}

/// True if the rule gives value(a) * value(b) for every pair of valid codes.
[[nodiscard]] constexpr bool agrees(const code_format& lhs, const code_format& rhs,
                                    const product_rule& rule) noexcept {
  for (int a = 0; a < 1 << lhs.plane_count; ++a)
    for (int b = 0; b < 1 << rhs.plane_count; ++b) {
      const auto x = static_cast<code_t>(a), y = static_cast<code_t>(b);
      if (!lhs.is_code(x) || !rhs.is_code(y)) continue;
      const int v = lhs.value(x), w = rhs.value(y);
      if (rule.of_codes(x, v - lhs.offset, y, w - rhs.offset) != v * w) return false;
    }
  return true;
}

}  // namespace detail::encoding

/// The rule that multiplies codes of two formats: the cheapest of the derived forms. Both stand for integers.
[[nodiscard]] constexpr product_rule multiply(const code_format& lhs,
                                              const code_format& rhs) noexcept {
  using namespace detail::encoding;
  if (lhs.centred() && rhs.centred()) return derive_centred(lhs, rhs);
  if (lhs.is_ternary() && rhs.is_ternary()) return derive_ternary(lhs, rhs);
  return derive(lhs, rhs);
}
/// The rule that multiplies an A (lhs) by a B (rhs).
template <plane_code A, plane_code B>
[[nodiscard]] consteval product_rule multiply() noexcept {
  return multiply(format_of<A>(), format_of<B>());
}

namespace detail::encoding {

static_assert(agrees(format_of<binary>(), format_of<binary>(), multiply<binary, binary>()) &&
              agrees(format_of<binary>(), format_of<binary>(),
                     derive(format_of<binary>(), format_of<binary>())));
static_assert(agrees(format_of<ternary>(), format_of<ternary>(), multiply<ternary, ternary>()) &&
              agrees(format_of<ternary>(), format_of<ternary>(),
                     derive(format_of<ternary>(), format_of<ternary>())));
static_assert(agrees(format_of<bipolar_bits<2>>(), format_of<binary>(),
                     multiply<bipolar_bits<2>, binary>()));

}  // namespace detail::encoding
LOWBIT_END

#endif
