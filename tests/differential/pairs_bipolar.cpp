// Odd integers: both sides centred, and one side.
#include "sweep.hpp"

namespace test_pairs_bipolar {

using namespace lowbit;

TEST_CASE("bipolar 3 bits x bipolar 3 bits", "[differential]") {
  test::check_pair<bipolar_bits<3>, bipolar_bits<3>>();
}
TEST_CASE("unsigned 2 bits x bipolar 3 bits", "[differential]") {
  test::check_pair<unsigned_bits<2>, bipolar_bits<3>>();
}

}  // namespace test_pairs_bipolar
