// expect: the numbers of nn::fixed<Q> have no default: pass nn::fixed(q) to the layer's constructor
#include <lowbit/nn/layers/conv2d.hpp>
#include <lowbit/quantize/methods/pact.hpp>

using input = lowbit::nn::fixed<lowbit::pact<4>>;

auto made(const lowbit::random_stream& stream) {
  using layer = lowbit::nn::conv2d<lowbit::nn::real, input>;
#ifdef LOWBIT_CONTROL
  return layer(8, 4, lowbit::square_window(3), stream, {}, {}, input({.alpha = 6}));
#else
  return layer(8, 4, lowbit::square_window(3), stream);
#endif
}
