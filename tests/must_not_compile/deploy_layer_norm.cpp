// expect: nn::layer_norm has a scale per pixel, which no packed layer applies
#include <lowbit/nn/deployment/deploy.hpp>
#include <lowbit/nn/layers/linear.hpp>

namespace nn = lowbit::nn;

#ifdef LOWBIT_CONTROL
using norm = nn::batch_norm;
#else
using norm = nn::layer_norm;
#endif
using network = nn::sequential<norm, nn::linear<lowbit::sign<>, lowbit::sign<>>>;

auto deployed(const network& net) { return nn::deploy(net); }
