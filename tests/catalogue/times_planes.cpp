#include "catalogue/weights.hpp"

TEST_CASE("every quantizer multiplies sums of planes", "[ops][catalogue]") {
  test::check_products_with(lowbit::lq_activation<2>{});
}
