// expect: a quantized_matrix has scales, and this multiplies codes: pass x.codes()
#include "lowbit/product/linear.hpp"

auto apply(const lowbit::linear<lowbit::binary>& layer,
           const lowbit::quantized_matrix<lowbit::binary>& x) {
#ifdef LOWBIT_CONTROL
  return layer(x.codes());
#else
  return layer(x);
#endif
}
