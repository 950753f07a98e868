// expect: does not write what the layer behind it reads
#include "lowbit/network/layers/encode_layers.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/layers/pool_layers.hpp"
#include "lowbit/network/sequential.hpp"

// The classes read bits, and a pool of numbers makes none.
using pool = lowbit::layer::max_pool<lowbit::image_tensor<float>>;
#ifdef LOWBIT_CONTROL
using network = lowbit::sequential<lowbit::layer::float_conv2d, pool, lowbit::layer::signs,
                                   lowbit::layer::float_linear>;
#else
using network = lowbit::sequential<lowbit::layer::float_conv2d, pool, lowbit::layer::float_linear>;
#endif
