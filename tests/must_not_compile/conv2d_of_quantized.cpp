// expect: lowbit::conv2d: a quantized_matrix is a matrix with scales: images and filters are packed codes
#include "lowbit/convolution/conv2d.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"

using convolution = lowbit::conv2d<lowbit::binary, lowbit::binary>;

auto convolve(const lowbit::quantized_matrix<lowbit::binary>& x, const convolution& layer) {
#ifdef LOWBIT_CONTROL
  return lowbit::convolve(lowbit::packed_tensor<lowbit::binary>({1, 8, 8, x.depth()}), layer);
#else
  return lowbit::convolve(x, layer);
#endif
}
