// encoding/product_rule.hpp: the rule of every encoding times every other, for all pairs of codes. The
// derivations are plain functions, so six hundred pairs are a loop.
#include "lowbit/encoding/product_rule.hpp"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/oracle.hpp"
#include "support/settings.hpp"

namespace test_product_rules {

using namespace lowbit;

namespace {

/// What a check needs of an encoding: each code, its meaning, and its bit sum counted from the weights.
struct code_table {
  struct row {
    code_t code;
    int meaning;
    int bit_sum;
  };
  std::string name;
  code_format weights;
  std::vector<row> rows;
};

template <class E>
code_table table_of() {
  code_table out{E::name + std::to_string(E::plane_count), format_of<E>(), {}};
  for (const code_t code : test::all_codes(E{})) {
    int bit_sum = 0;
    for (int p = 0; p < E::plane_count; ++p) bit_sum += E::weight(p) * (code >> p & 1);
    out.rows.push_back({code, test::meaning(E{}, code), bit_sum});
  }
  return out;
}

template <int... K>
std::vector<code_table> all_tables(std::integer_sequence<int, K...>) {
  return {table_of<binary>(),
          table_of<ternary>(),
          table_of<planes<4, plane_kind::unipolar>::plane>(),
          table_of<unsigned_bits<K + 1>>()...,
          table_of<signed_bits<K + 1>>()...,
          table_of<bipolar_bits<K + 1>>()...};
}

/// True if the rule gives meaning(a) * meaning(b) for every pair of codes.
bool right_for_all_codes(const product_rule& rule, const code_table& a, const code_table& b) {
  for (const code_table::row& x : a.rows)
    for (const code_table::row& y : b.rows)
      if (rule.of_codes(x.code, x.bit_sum, y.code, y.bit_sum) != x.meaning * y.meaning)
        return false;
  return true;
}

bool same(const product_rule& a, const product_rule& b) {
  bool same = a.term_count == b.term_count && a.lhs_bit_sum == b.lhs_bit_sum &&
              a.rhs_bit_sum == b.rhs_bit_sum && a.depth == b.depth && a.max_depth == b.max_depth;
  for (std::size_t t = 0; same && t < static_cast<std::size_t>(a.term_count); ++t)
    same = a.terms[t].operation == b.terms[t].operation &&
           a.terms[t].lhs_plane == b.terms[t].lhs_plane &&
           a.terms[t].rhs_plane == b.terms[t].rhs_plane &&
           a.terms[t].coefficient == b.terms[t].coefficient;
  return same;
}

}  // namespace

TEST_CASE("product rules give the product for every pair of codes", "[encoding]") {
  const std::vector<code_table> tables = all_tables(std::make_integer_sequence<int, 8>{});
  for (const code_table& a : tables)
    for (const code_table& b : tables) {
      if (!test::thorough && a.rows.size() * b.rows.size() > 1 << 12) continue;
      INFO(a.name << " x " << b.name);
      const product_rule used = multiply(a.weights, b.weights);
      REQUIRE(right_for_all_codes(used, a, b));
      REQUIRE(right_for_all_codes(detail::encoding::derive(a.weights, b.weights), a, b));
      REQUIRE(used.term_count <= a.weights.plane_count * b.weights.plane_count);
    }
}

TEST_CASE("multiply is the cheapest form, at compile time", "[encoding]") {
  const auto check = []<class A, class B>(A, B) {
    constexpr product_rule rule = multiply<A, B>();
    CHECK(same(rule, multiply(format_of<A>(), format_of<B>())));
    CHECK(right_for_all_codes(rule, table_of<A>(), table_of<B>()));
  };
  check(binary{}, binary{});
  check(binary{}, bipolar_bits<5>{});
  check(ternary{}, ternary{});
  check(unsigned_bits<3>{}, signed_bits<4>{});
  check(bipolar_bits<8>{}, bipolar_bits<8>{});
}

TEST_CASE("binary x binary is one xor, ternary x ternary two counts", "[encoding]") {
  constexpr product_rule xnor = multiply<binary, binary>();
  STATIC_REQUIRE(xnor.term_count == 1);
  STATIC_REQUIRE(xnor.terms[0].operation == bit_operation::bit_xor);
  STATIC_REQUIRE(xnor.terms[0].coefficient == -2);
  STATIC_REQUIRE((xnor.depth == 1 && xnor.lhs_bit_sum == 0 && xnor.rhs_bit_sum == 0));
  constexpr product_rule masked_xor = multiply<ternary, ternary>();
  STATIC_REQUIRE(masked_xor.term_count == 2);
  STATIC_REQUIRE(masked_xor.terms[1].operation == bit_operation::masked_xor);
  STATIC_REQUIRE(
      (masked_xor.depth == 0 && masked_xor.lhs_bit_sum == 0 && masked_xor.rhs_bit_sum == 0));
}

}  // namespace test_product_rules
