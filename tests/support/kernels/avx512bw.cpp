// The loops of avx512bw: see support/kernels.hpp.
#include "support/kernels.hpp"

#if LOWBIT_X86
namespace lowbit::detail {
LOWBIT_TEST_ROW_KERNELS(, avx512bw)
LOWBIT_TEST_TABLE_KERNELS(, avx512bw)
}  // namespace lowbit::detail
#endif
