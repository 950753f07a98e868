// expect: a batch norm is a stage of the layer in front of it: train both as nn::normalised
#include <lowbit/nn/deployment/deploy.hpp>

namespace nn = lowbit::nn;

#ifdef LOWBIT_CONTROL
using network = nn::sequential<nn::normalised_conv2d<nn::real, nn::real>>;
#else
using network = nn::sequential<nn::conv2d<nn::real, nn::real>, nn::batch_norm>;
#endif

auto deployed(const network& net) { return nn::deploy(net); }
