// Unsigned activations against the weights they meet, and bytes of a first layer on either side.
#include "sweep.hpp"

namespace test_pairs_unsigned {

using namespace lowbit;

TEST_CASE("unsigned 2 bits x binary", "[differential]") {
  test::check_pair<unsigned_bits<2>, binary>();
}
TEST_CASE("unsigned 2 bits x signed 4 bits", "[differential]") {
  test::check_pair<unsigned_bits<2>, signed_bits<4>>();
}
TEST_CASE("unsigned 8 bits x binary", "[differential]") {
  test::check_pair<unsigned_bits<8>, binary>();
}
TEST_CASE("binary x unsigned 8 bits", "[differential]") {
  test::check_pair<binary, unsigned_bits<8>>();
}

}  // namespace test_pairs_unsigned
