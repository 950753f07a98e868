// The loops of avx2 and avxvnni: see support/kernels.hpp.
#include "support/kernels.hpp"

#if LOWBIT_X86
namespace lowbit::detail {
LOWBIT_TEST_ROW_KERNELS(, avx2)
LOWBIT_TEST_TABLE_KERNELS(, avx2)
LOWBIT_TEST_BYTE_KERNELS(, avx2)
LOWBIT_TEST_LOOKUP_KERNELS(, avx2)
LOWBIT_TEST_BYTE_KERNELS(, avxvnni)
}  // namespace lowbit::detail
#endif
