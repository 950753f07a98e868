// encoding/product_rule.hpp: binary, ternary and the planes of `planes` times every encoding, and
// the cheap forms against the derived ones.
#include "product_rules.hpp"

using namespace lowbit;

TEST_CASE("product rules of binary and ternary give the product for every pair of codes",
          "[encoding]") {
  test::check_rules_of<binary>();
  test::check_rules_of<ternary>();
  test::check_rules_of<planes<4>::plane>();
  test::check_rules_of<planes<4, plane_kind::unipolar>::plane>();
}

TEST_CASE("binary x binary is one xor, ternary x ternary two counts", "[encoding]") {
  constexpr product_rule xnor = multiply<binary, binary>();
  STATIC_REQUIRE(xnor.term_count == 1);
  STATIC_REQUIRE(xnor.terms[0].operation == bit_operation::differ);
  STATIC_REQUIRE(xnor.terms[0].coefficient == -2);
  STATIC_REQUIRE((xnor.depth == 1 && xnor.lhs_bit_sum == 0 && xnor.rhs_bit_sum == 0));
  constexpr product_rule gated = multiply<ternary, ternary>();
  STATIC_REQUIRE(gated.term_count == 2);
  STATIC_REQUIRE(gated.terms[1].operation == bit_operation::gated);
  STATIC_REQUIRE((gated.depth == 0 && gated.lhs_bit_sum == 0 && gated.rhs_bit_sum == 0));
}

TEST_CASE("the xor and gated forms equal the derived rules", "[encoding]") {
  using detail::encoding::derive_centred;
  const auto check = []<class A, class B>(A, B, const product_rule& rule) {
    CHECK(test::right_for_all_codes(rule, test::table_of<A>(), test::table_of<B>()));
  };
  check(binary{}, binary{}, derive_centred<binary, binary>());
  check(binary{}, bipolar_bits<5>{}, derive_centred<binary, bipolar_bits<5>>());
  check(bipolar_bits<8>{}, bipolar_bits<8>{}, derive_centred<bipolar_bits<8>, bipolar_bits<8>>());
  check(ternary{}, ternary{}, detail::encoding::derive_ternary());
}
