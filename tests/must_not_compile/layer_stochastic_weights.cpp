// expect: Stochastic quantizers, which need a random number, are none of these
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/quantize/methods/sign.hpp>
#include <lowbit/quantize/methods/stochastic_sign.hpp>

#ifdef LOWBIT_CONTROL
using weight = lowbit::sign<>;
#else
using weight = lowbit::stochastic_sign<>;
#endif

int outputs(const lowbit::nn::linear<weight, lowbit::nn::real>& layer) {
  return static_cast<int>(layer.outputs());
}
