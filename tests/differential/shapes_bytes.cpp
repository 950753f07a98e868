// unsigned 8 x unsigned 8 bits over the whole list of shapes, and over extreme data.
#include "sweep.hpp"

namespace test_shapes_bytes {

using byte = lowbit::unsigned_bits<8>;

TEST_CASE("unsigned 8 x unsigned 8: all shapes", "[differential]") {
  test::check_shapes<byte, byte>();
}
TEST_CASE("unsigned 8 x unsigned 8: extreme data", "[differential]") {
  test::check_extremes<byte, byte>();
}

}  // namespace test_shapes_bytes
