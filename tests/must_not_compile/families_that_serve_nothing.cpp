// expect: no family of this list multiplies A x B on every ISA. Serve all of them, or add those that do
#include "lowbit/product/gemm.hpp"

using codes = lowbit::packed_matrix<lowbit::binary>;

// Rows have no body for isa::scalar.
void multiply(const codes& x, const codes& w, lowbit::matrix<std::int32_t>& sums) {
#ifdef LOWBIT_CONTROL
  using list = lowbit::families<lowbit::family::bit_rows, lowbit::family::reference>;
#else
  using list = lowbit::families<lowbit::family::bit_rows>;
#endif
  lowbit::gemm(x, w, sums.view(), lowbit::with(list{}));
}
