// encoding/product_rule.hpp: signed_bits<1> ... signed_bits<8> times every encoding, for all pairs
// of codes.
#include "product_rules.hpp"

TEST_CASE("product rules of signed_bits give the product for every pair of codes", "[encoding]") {
  test::check_rules_of_family<lowbit::signed_bits>(std::make_integer_sequence<int, 8>{});
}
