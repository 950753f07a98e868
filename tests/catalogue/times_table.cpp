#include "catalogue/weights.hpp"

TEST_CASE("every quantizer multiplies half-wave tables", "[ops][catalogue]") {
  test::check_products_with(lowbit::half_wave_table<2>{});
}
