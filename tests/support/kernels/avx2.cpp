// The loops of avx2: see support/kernels.hpp.
#include "support/kernels.hpp"

#if LOWBIT_X86
namespace lowbit::detail {
LOWBIT_TEST_ROW_KERNELS(, avx2)
LOWBIT_TEST_TABLE_KERNELS(, avx2)
LOWBIT_TEST_BYTE_KERNELS(, avx2)
}  // namespace lowbit::detail
#endif
