// The loops of avx512bw: see support/kernels.hpp.
#include "support/kernels.hpp"

#if LOWBIT_X86
namespace lowbit::detail {
LOWBIT_TEST_ROW_KERNELS(, avx512bw)
LOWBIT_TEST_TABLE_KERNELS(, avx512bw)
LOWBIT_TEST_BYTE_KERNELS(, avx512bw)
LOWBIT_TEST_BYTE_KERNELS(, avx512vnni)
}  // namespace lowbit::detail
#endif
