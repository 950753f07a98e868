// expect: lowbit::conv2d: a quantized_matrix is a matrix with scales: images and filters are packed codes
#include "lowbit/convolution/conv2d.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"

using convolution = lowbit::conv2d<lowbit::binary, lowbit::binary>;

convolution make(const lowbit::quantized_matrix<lowbit::binary>& w) {
#ifdef LOWBIT_CONTROL
  return convolution(lowbit::packed_tensor<lowbit::binary>({w.rows(), 1, 1, w.depth()}), {});
#else
  return convolution(w, {});
#endif
}
