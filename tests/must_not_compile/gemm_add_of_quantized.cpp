// expect: a quantized_matrix has scales, and this multiplies codes: pass x.codes()
#include "lowbit/product/gemm.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"

using quantized = lowbit::quantized_matrix<lowbit::binary>;

// One side is enough, with an ISA in front and a result behind.
void multiply(const quantized& x, const quantized& w, lowbit::matrix<std::int32_t>& sums) {
#ifdef LOWBIT_CONTROL
  lowbit::gemm_add(x.codes(), w.codes(), sums.view(), lowbit::on(lowbit::isa::scalar{}));
#else
  lowbit::gemm_add(x.codes(), w, sums.view(), lowbit::on(lowbit::isa::scalar{}));
#endif
}
