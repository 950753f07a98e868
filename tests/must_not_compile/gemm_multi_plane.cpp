// expect: a multi-plane encoding (planes<M>) has one integer product for each pair of planes
#include "lowbit/product/gemm.hpp"

void multiply(const lowbit::packed_matrix<lowbit::planes<2>>& a,
              const lowbit::packed_matrix<lowbit::binary>& b) {
#ifdef LOWBIT_CONTROL
  static_cast<void>(lowbit::gemm(a.view().plane(0), b));
#else
  static_cast<void>(lowbit::gemm(a, b));
#endif
}
