// Executors may be included before everything else.
#ifdef LOWBIT_TEST_OPENMP
#include "lowbit/executor/openmp.hpp"
#endif
#ifdef LOWBIT_TEST_TBB
#include "lowbit/executor/tbb.hpp"
#endif
#include "lowbit/executor/executor.hpp"
#include "lowbit/network/layers/conv2d_layer.hpp"
#include "lowbit/product/gemm.hpp"
#include "support/catch.hpp"

TEST_CASE("executors are executors whatever is included after them", "[executor]") {
  STATIC_REQUIRE(lowbit::executor<lowbit::serial_executor>);
#ifdef LOWBIT_TEST_OPENMP
  STATIC_REQUIRE(lowbit::executor<lowbit::openmp_executor>);
#endif
#ifdef LOWBIT_TEST_TBB
  STATIC_REQUIRE(lowbit::executor<lowbit::tbb_executor>);
#endif
}
