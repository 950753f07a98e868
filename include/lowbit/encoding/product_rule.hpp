// lowbit/encoding/product_rule.hpp – how a dot product of two encodings is counted, derived at
// compile time.
//
// With a = oa + sum_i u_i a_i and b = ob + sum_j v_j b_j (bits a_i, b_j), summed over a depth of K:
//
//     a . b = sum_ij u_i v_j |a_i & b_j|  +  ob A  +  oa B  +  K oa ob
//
// where |x| counts bits and A = sum_i u_i |a_i|, B = sum_j v_j |b_j| are the operands' *bit sums*,
// known when packing. That is the whole theory. Two identities make it cheaper:
//
//   * If both operands are centred (offset = -1/2 sum of weights: binary, bipolar_bits), every plane
//     is a +-1 vector with weight u_i / 2, and +-1 vectors multiply by XOR:
//         a . b = sum_ij (u_i/2)(v_j/2) (K - 2 |a_i ^ b_j|)
//     with no bit sums at all. For binary x binary this is the XNOR-Net identity K - 2 |a ^ b|.
//   * Ternary x ternary needs two counts instead of four: |n| - 2 |n & (ga ^ gb)|, n = na & nb.
//
// Both are checked against the products of the values for every pair of codes, at compile time where
// the tables are small and in the tests for all.
//
// All sums are taken modulo 2^32, so only the final value has to fit an int32: `max_depth` is the
// largest K for which it does whatever the data.
#ifndef LOWBIT_ENCODING_PRODUCT_RULE_HPP
#define LOWBIT_ENCODING_PRODUCT_RULE_HPP

#include <array>
#include <limits>

#include "lowbit/encoding/binary.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/encoding/planes.hpp"
#include "lowbit/encoding/ternary.hpp"

LOWBIT_BEGIN

/// What is counted for one term of a rule.
enum class bit_operation {
  both,    ///< |a_i & b_j|
  differ,  ///< |a_i ^ b_j|
  gated,   ///< |a_i & b_j & (a_{i+1} ^ b_{j+1})|: nonzero and of opposite sign
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

  /// The rule for one element: what it says a * b is for two codes. Used by the checks.
  [[nodiscard]] constexpr int of_codes(code_t a, int lhs_bits, code_t b,
                                       int rhs_bits) const noexcept {
    int sum = lhs_bit_sum * lhs_bits + rhs_bit_sum * rhs_bits + depth;
    for (int t = 0; t < term_count; ++t) {
      const product_term& term = terms[static_cast<std::size_t>(t)];
      const int x = a >> term.lhs_plane, y = b >> term.rhs_plane;
      const int bits = term.operation == bit_operation::both     ? x & y
                       : term.operation == bit_operation::differ ? x ^ y
                                                                 : x & y & (x ^ y) >> 1;
      sum += term.coefficient * (bits & 1);
    }
    return sum;
  }
};

namespace detail::encoding {

template <plane_code E>
constexpr int weight_sum() noexcept {
  int sum = 0;
  for (int i = 0; i < E::plane_count; ++i) sum += E::weight(i);
  return sum;
}

/// True if every plane is a +-1 vector of integer weight.
template <plane_code E>
constexpr bool centred() noexcept {
  for (int i = 0; i < E::plane_count; ++i)
    if (E::weight(i) % 2 != 0) return false;
  return 2 * E::offset == -weight_sum<E>();
}

template <plane_code A, plane_code B>
constexpr index_t depth_bound() noexcept {
  index_t largest = 1;
  for (const int a : {min_value<A>(), max_value<A>()})
    for (const int b : {min_value<B>(), max_value<B>()}) {
      const index_t product = index_t{a} * b;
      largest = product > largest ? product : -product > largest ? -product : largest;
    }
  return std::numeric_limits<std::int32_t>::max() / largest;
}

/// The general form, from nothing but weights and offsets.
template <plane_code A, plane_code B>
constexpr product_rule derive() noexcept {
  product_rule rule;
  for (int i = 0; i < A::plane_count; ++i)
    for (int j = 0; j < B::plane_count; ++j)
      rule.add({bit_operation::both, i, j, A::weight(i) * B::weight(j)});
  rule.lhs_bit_sum = B::offset;
  rule.rhs_bit_sum = A::offset;
  rule.depth = A::offset * B::offset;
  rule.max_depth = depth_bound<A, B>();
  return rule;
}

/// The XOR form of two centred operands.
template <plane_code A, plane_code B>
constexpr product_rule derive_centred() noexcept {
  product_rule rule;
  for (int i = 0; i < A::plane_count; ++i)
    for (int j = 0; j < B::plane_count; ++j) {
      const int weight = A::weight(i) / 2 * (B::weight(j) / 2);
      rule.add({bit_operation::differ, i, j, -2 * weight});
      rule.depth += weight;
    }
  rule.max_depth = depth_bound<A, B>();
  return rule;
}

/// The gated form of two ternary operands.
constexpr product_rule derive_ternary() noexcept {
  product_rule rule;
  rule.add({bit_operation::both, 0, 0, 1});
  rule.add({bit_operation::gated, 0, 0, -2});
  rule.max_depth = depth_bound<ternary, ternary>();
  return rule;
}

/// True if the rule gives value(a) * value(b) for every pair of valid codes.
template <plane_code A, plane_code B>
constexpr bool agrees(const product_rule& rule) noexcept {
  for (int a = 0; a < 1 << A::plane_count; ++a)
    for (int b = 0; b < 1 << B::plane_count; ++b) {
      const auto x = static_cast<code_t>(a), y = static_cast<code_t>(b);
      if (!is_code<A>(x) || !is_code<B>(y)) continue;
      const int product = value<A>(x) * value<B>(y);
      if (rule.of_codes(x, value<A>(x) - A::offset, y, value<B>(y) - B::offset) != product)
        return false;
    }
  return true;
}

static_assert(agrees<binary, binary>(derive<binary, binary>()) &&
              agrees<binary, binary>(derive_centred<binary, binary>()));
static_assert(agrees<ternary, ternary>(derive<ternary, ternary>()) &&
              agrees<ternary, ternary>(derive_ternary()));
static_assert(agrees<bipolar_bits<2>, binary>(derive_centred<bipolar_bits<2>, binary>()));

}  // namespace detail::encoding

/// The rule that multiplies an A (lhs) by a B (rhs): the cheapest of the derived forms.
template <plane_code A, plane_code B>
[[nodiscard]] consteval product_rule multiply() noexcept {
  using namespace detail::encoding;
  if constexpr (centred<A>() && centred<B>())
    return derive_centred<A, B>();
  else if constexpr (std::same_as<A, ternary> && std::same_as<B, ternary>)
    return derive_ternary();
  else
    return derive<A, B>();
}

LOWBIT_END

#endif
