// binary x binary over the whole list of shapes, and over extreme data.
#include "sweep.hpp"

namespace test_shapes_binary {

TEST_CASE("binary x binary: all shapes", "[differential]") {
  test::check_shapes<lowbit::binary, lowbit::binary>();
}
TEST_CASE("binary x binary: extreme data", "[differential]") {
  test::check_extremes<lowbit::binary, lowbit::binary>();
}

}  // namespace test_shapes_binary
