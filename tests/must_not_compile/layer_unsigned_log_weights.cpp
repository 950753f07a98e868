// expect: A logarithmic one is log_quantizer<K, PerOctave, log_sign::top_bit>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/quantize/methods/log_quantizer.hpp>

#ifdef LOWBIT_CONTROL
using weight = lowbit::log_quantizer<4, 1, lowbit::log_sign::top_bit>;
#else
using weight = lowbit::log_quantizer<4>;
#endif

int outputs(const lowbit::nn::linear<weight, lowbit::nn::real>& layer) {
  return static_cast<int>(layer.outputs());
}
