#include "catalogue/weights.hpp"

TEST_CASE("every quantizer multiplies 8-bit tokens", "[ops][catalogue]") {
  test::check_products_with(lowbit::bitnet_activation<8>{});
}
