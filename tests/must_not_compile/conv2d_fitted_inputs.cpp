// expect: as inputs this quantizer would get another scale with every batch
#include <lowbit/nn/layers/conv2d.hpp>
#include <lowbit/quantize/methods/bitnet_activation.hpp>

#ifdef LOWBIT_CONTROL
using input = lowbit::nn::fixed<lowbit::bitnet_activation<8>>;
#else
using input = lowbit::bitnet_activation<8>;
#endif

int outputs(const lowbit::nn::conv2d<lowbit::nn::real, input>& layer) {
  return static_cast<int>(layer.outputs());
}
