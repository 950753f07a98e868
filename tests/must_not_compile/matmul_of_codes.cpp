// expect: lowbit::matmul: codes alone have no scales: gemm(a, w) multiplies their integers
#include "lowbit/product/matmul.hpp"

using quantized = lowbit::quantized_matrix<lowbit::binary>;

auto multiply(const quantized& x, const quantized& w) {
#ifdef LOWBIT_CONTROL
  return lowbit::matmul(x, lowbit::prepare(w));
#else
  return lowbit::matmul(x, w.codes());
#endif
}
