// expect: a quantized_matrix has scales, and this multiplies codes: pass x.codes()
#include "lowbit/product/gemm.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"

using quantized = lowbit::quantized_matrix<lowbit::binary>;

auto multiply(const quantized& x, const quantized& w) {
#ifdef LOWBIT_CONTROL
  return lowbit::gemm(x.codes(), w.codes());
#else
  return lowbit::gemm(x, w);
#endif
}
