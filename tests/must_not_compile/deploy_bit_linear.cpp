// expect: nn::layer_norm has a scale per pixel, which no packed layer applies
#include <lowbit/nn/deployment/deploy.hpp>
#include <lowbit/nn/layers/bit_linear.hpp>

namespace nn = lowbit::nn;

#ifdef LOWBIT_CONTROL
using network =
    nn::sequential<nn::batch_norm, nn::linear<lowbit::bitnet_ternary<>, lowbit::sign<>>>;
#else
using network = decltype(nn::bit_linear<lowbit::sign<>, nn::layer_norm, lowbit::sign<>>(
    1, 1, lowbit::random_stream(1)));
#endif

auto deployed(const network& net) { return nn::deploy(net); }
