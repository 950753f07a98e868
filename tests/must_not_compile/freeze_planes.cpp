// expect: this layer trains, but it cannot be frozen
#include <lowbit/nn/deployment/freeze.hpp>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/quantize/methods/sign.hpp>
#include <lowbit/quantize/methods/ttq.hpp>

#ifdef LOWBIT_CONTROL
using input = lowbit::nn::real;
#else
using input = lowbit::sign<>;
#endif

auto frozen(const lowbit::nn::linear<lowbit::ttq, input>& layer) {
  return lowbit::nn::freeze(layer);
}
