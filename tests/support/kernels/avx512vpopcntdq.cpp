// The loops of avx512vpopcntdq: see support/kernels.hpp.
#include "support/kernels.hpp"

#if LOWBIT_X86
namespace lowbit::detail {
LOWBIT_TEST_ROW_KERNELS(, avx512vpopcntdq)
LOWBIT_TEST_LANE_KERNELS(, avx512vpopcntdq)
LOWBIT_TEST_LOOKUP_KERNELS(, avx512vpopcntdq)
LOWBIT_TEST_REGISTER_KERNELS(, avx512vpopcntdq)
}  // namespace lowbit::detail
#endif
