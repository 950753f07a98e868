// encoding/product_rule.hpp: unsigned_bits<1> ... unsigned_bits<8> times every encoding, for all
// pairs of codes.
#include "product_rules.hpp"

TEST_CASE("product rules of unsigned_bits give the product for every pair of codes", "[encoding]") {
  test::check_rules_of_family<lowbit::unsigned_bits>(std::make_integer_sequence<int, 8>{});
}
