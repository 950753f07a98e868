// The loops of neon: see support/kernels.hpp.
#include "support/kernels.hpp"

#if LOWBIT_AARCH64
namespace lowbit::detail {
LOWBIT_TEST_ROW_KERNELS(, neon)
LOWBIT_TEST_LANE_KERNELS(, neon)
LOWBIT_TEST_BYTE_KERNELS(, neon)
LOWBIT_TEST_LOOKUP_KERNELS(, neon)
}  // namespace lowbit::detail
#endif
