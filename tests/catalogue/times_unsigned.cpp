#include "catalogue/weights.hpp"

TEST_CASE("every quantizer multiplies 2-bit activations", "[ops][catalogue]") {
  test::check_products_with(lowbit::dorefa_activation<2>{});
}
