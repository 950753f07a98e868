// expect: a quantized_matrix has scales, and this multiplies codes: pass x.codes()
#include "lowbit/product/explain.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"

using quantized = lowbit::quantized_matrix<lowbit::binary>;

std::string name(const quantized& x, const quantized& w) {
#ifdef LOWBIT_CONTROL
  return lowbit::kernel_name(x.codes(), w.codes());
#else
  return lowbit::kernel_name(x, w);
#endif
}
