#include "catalogue/weights.hpp"

TEST_CASE("every quantizer multiplies signs", "[ops][catalogue]") {
  test::check_products_with(lowbit::sign<>{});
}
