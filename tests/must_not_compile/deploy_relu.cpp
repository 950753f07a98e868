// error: a convolution reads signs, 8-bit pixels or, with real weights, numbers
// A network with relu stays real: freeze() evaluates it, deploy() cannot.
#include <lowbit/nn.hpp>

auto deployed(const lowbit::nn::sequential<lowbit::nn::normalised_conv2d<lowbit::nn::real, lowbit::nn::relu>>& net) {
  return lowbit::nn::deploy(net);
}
