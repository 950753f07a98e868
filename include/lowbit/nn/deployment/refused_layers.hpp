// lowbit/nn/deployment/refused_layers.hpp – layers that train and have no packed form: deploy() says why.
//
// A network that holds one of them does not compile with deploy(). The error is a sentence with what to use instead.
#ifndef LOWBIT_NN_DEPLOYMENT_REFUSED_LAYERS_HPP
#define LOWBIT_NN_DEPLOYMENT_REFUSED_LAYERS_HPP

#include <tuple>

#include "lowbit/network/layers/function_layer.hpp"
#include "lowbit/nn/deployment/deploy_conv.hpp"
#include "lowbit/nn/layers/layer_norm.hpp"
#include "lowbit/nn/layers/low_precision.hpp"

LOWBIT_BEGIN
namespace nn {

/// Does not compile.
template <class Value>
[[nodiscard]] std::tuple<layer::function> deploy_layer(const layer_norm&, const read_by<Value>&) {
  static_assert(
      !sizeof(Value),
      "lowbit::nn::deploy: nn::layer_norm has a scale per pixel, which no packed layer "
      "applies: use nn::rms_norm, nn::batch_norm, or a layer of your own with deploy_layer()");
  detail::fail("nn::deploy: nn::layer_norm has no packed form");
}
/// Does not compile.
template <class Layer, class Value>
[[nodiscard]] std::tuple<layer::function> deploy_layer(const low_precision<Layer>&,
                                                       const read_by<Value>&) {
  static_assert(!sizeof(Value),
                "lowbit::nn::deploy: nn::low_precision has words of more than 8 bits, which have "
                "no packed form: evaluate the network itself, or train with quantizers");
  detail::fail("nn::deploy: nn::low_precision has no packed form");
}

}  // namespace nn
LOWBIT_END

#endif
