// expect: a convolution reads codes or numbers
// A network with relu stays real: freeze() evaluates it, deploy() cannot.
#include <lowbit/nn/deployment/deploy.hpp>

#ifdef LOWBIT_CONTROL
using input = lowbit::nn::real;
#else
using input = lowbit::nn::relu;
#endif
using layer = lowbit::nn::normalised_conv2d<lowbit::nn::real, input>;

auto deployed(const lowbit::nn::sequential<layer>& net) { return lowbit::nn::deploy(net); }
