// The loops of the portable bodies: see support/kernels.hpp.
#include "support/kernels.hpp"

namespace lowbit::detail {
LOWBIT_TEST_ROW_KERNELS(, portable)
LOWBIT_TEST_PORTABLE_PANELS()
}  // namespace lowbit::detail
