// expect: as inputs this quantizer would get another scale with every batch
#include <lowbit/nn/layers/conv2d.hpp>
#include <lowbit/quantize/methods/fixed_point.hpp>

#ifdef LOWBIT_CONTROL
using input = lowbit::nn::fixed<lowbit::dynamic_fixed_point<8>>;
#else
using input = lowbit::dynamic_fixed_point<8>;
#endif

int outputs(const lowbit::nn::conv2d<lowbit::nn::real, input>& layer) {
  return static_cast<int>(layer.outputs());
}
