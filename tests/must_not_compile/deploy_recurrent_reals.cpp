// expect: real weights on signs end a network, and do not stand in an nn::recurrent
#include <lowbit/nn/deployment/deploy_recurrent.hpp>
#include <lowbit/nn/layers/linear.hpp>

namespace nn = lowbit::nn;

#ifdef LOWBIT_CONTROL
using state = nn::linear<lowbit::sign<>, lowbit::sign<>>;
#else
using state = nn::linear<nn::real, lowbit::sign<>>;
#endif
using network = nn::sequential<nn::recurrent<nn::linear<lowbit::sign<>, lowbit::sign<>>, state>>;

auto deployed(const network& net) { return nn::deploy(net); }
