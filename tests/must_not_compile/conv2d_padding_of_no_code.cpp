// expect: this padding is no value of the images' encoding
#include "lowbit/convolution/conv2d.hpp"

#ifdef LOWBIT_CONTROL
using beyond = lowbit::pad::zero;
#else
using beyond = lowbit::pad::minus_one;
#endif

long channels(const lowbit::conv2d<lowbit::unsigned_bits<2>, lowbit::binary, beyond>& layer) {
  return layer.out_channels();
}
