// The loops of popcnt and ssse3: see support/kernels.hpp.
#include "support/kernels.hpp"

#if LOWBIT_X86
namespace lowbit::detail {
LOWBIT_TEST_ROW_KERNELS(, popcnt)
LOWBIT_TEST_TABLE_KERNELS(, ssse3)
LOWBIT_TEST_BYTE_KERNELS(, ssse3)
LOWBIT_TEST_LOOKUP_KERNELS(, ssse3)
}  // namespace lowbit::detail
#endif
