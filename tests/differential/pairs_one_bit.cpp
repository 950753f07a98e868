// One and two planes: binary and ternary in all orders.
#include "sweep.hpp"

namespace test_pairs_one_bit {

using namespace lowbit;

TEST_CASE("binary x ternary", "[differential]") { test::check_pair<binary, ternary>(); }
TEST_CASE("ternary x binary", "[differential]") { test::check_pair<ternary, binary>(); }
TEST_CASE("ternary x ternary", "[differential]") { test::check_pair<ternary, ternary>(); }

}  // namespace test_pairs_one_bit
