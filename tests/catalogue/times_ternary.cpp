#include "catalogue/weights.hpp"

TEST_CASE("every quantizer multiplies ternary activations", "[ops][catalogue]") {
  test::check_products_with(lowbit::gxnor_activation<1>{});
}
