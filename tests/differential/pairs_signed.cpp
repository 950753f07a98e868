// Two's complement against itself, binary and ternary.
#include "sweep.hpp"

namespace test_pairs_signed {

using namespace lowbit;

TEST_CASE("signed 4 bits x signed 4 bits", "[differential]") {
  test::check_pair<signed_bits<4>, signed_bits<4>>();
}
TEST_CASE("binary x signed 4 bits", "[differential]") {
  test::check_pair<binary, signed_bits<4>>();
}
TEST_CASE("signed 4 bits x binary", "[differential]") {
  test::check_pair<signed_bits<4>, binary>();
}
TEST_CASE("ternary x signed 4 bits", "[differential]") {
  test::check_pair<ternary, signed_bits<4>>();
}
TEST_CASE("signed 4 bits x ternary", "[differential]") {
  test::check_pair<signed_bits<4>, ternary>();
}

}  // namespace test_pairs_signed
