// lowbit/nn/layers/trainable_layer.hpp – what a layer of nn::sequential is.
//
// A layer turns a batch into a batch (forward) and the gradient of its result into the gradient of its input
// (backward). It keeps what its own way back needs, and leaves the gradients of its parameters in them. Any type
// with these three functions is a layer; nothing is registered.
#ifndef LOWBIT_NN_LAYERS_TRAINABLE_LAYER_HPP
#define LOWBIT_NN_LAYERS_TRAINABLE_LAYER_HPP

#include "lowbit/nn/feature_map.hpp"

LOWBIT_BEGIN
namespace nn {

/// forward() and backward() return views of the layer's own memory, valid until its next call. backward() belongs to
/// the last forward(). parameters() lists what an optimizer moves; the pointers are valid while the layer lives and
/// is not moved.
template <class L>
concept trainable_layer = requires(L& layer, const feature_view& x) {
  { layer.forward(x) } -> std::same_as<feature_view>;
  { layer.backward(x) } -> std::same_as<feature_view>;
  { layer.parameters() } -> std::same_as<std::vector<parameter*>>;
};

}  // namespace nn

namespace detail::nn {

/// Leaves the gradients of a layer's parameters, and skips dL/dx where the layer can.
template <lowbit::nn::trainable_layer Layer>
void backward_parameters(Layer& layer, const lowbit::nn::feature_view& upstream) {
  if constexpr (requires { layer.backward_parameters(upstream); })
    layer.backward_parameters(upstream);
  else
    layer.backward(upstream);
}

}  // namespace detail::nn
LOWBIT_END

#endif
