// expect: this quantizer has learned numbers (a step, a clip, a range, shifts), and layers do not train them
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/quantize/methods/lsq.hpp>

#ifdef LOWBIT_CONTROL
using weight = lowbit::nn::fixed<lowbit::lsq<4>>;
#else
using weight = lowbit::lsq<4>;
#endif

auto made(const lowbit::random_stream& stream) {
  return lowbit::nn::linear<weight, lowbit::nn::real>(8, 4, stream, {},
                                                      weight(lowbit::lsq<4>{.step = 0.06f}));
}
