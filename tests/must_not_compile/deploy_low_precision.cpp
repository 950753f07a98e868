// expect: nn::low_precision has words of more than 8 bits, which have no packed form
#include <lowbit/nn/deployment/deploy.hpp>
#include <lowbit/nn/layers/linear.hpp>

namespace nn = lowbit::nn;

using layer = nn::linear<lowbit::sign<>, lowbit::sign<>>;
#ifdef LOWBIT_CONTROL
using network = nn::sequential<layer>;
#else
using network = nn::sequential<nn::low_precision<layer>>;
#endif

auto deployed(const network& net) { return nn::deploy(net); }
