// expect: this layer trains, but it cannot be frozen
#include <lowbit/nn/deployment/frozen_linear.hpp>
#include <lowbit/quantize/methods/sign.hpp>
#include <lowbit/quantize/methods/ttq.hpp>

#ifdef LOWBIT_CONTROL
using input = lowbit::nn::real;
#else
using input = lowbit::sign<>;
#endif

auto frozen(const lowbit::nn::linear<lowbit::ttq, input>& layer) {
  return lowbit::nn::frozen_linear(layer);
}
