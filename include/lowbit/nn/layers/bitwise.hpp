// lowbit/nn/layers/bitwise.hpp – bitwise neural networks: a round in floats, then a round in bits.
//
// A network of bits is hard to train from scratch, so it begins as the network of floats that is nearest to it.
//
//     first round     weights tanh w, activations tanh x                 nn::hyperbolic_tangent for both
//     second round    the same w, used as  +1 where w > beta, -1 where w < -beta, else 0;  activations sign x
//
//     nn::conv_layer layer(256, 256, {}, stream, {}, nn::hyperbolic_tangent{}, nn::hyperbolic_tangent{});
//     ...                                                 train
//     nn::to_bitwise(layer, 0.3);                         30 % of its weights become 0
//     nn::adam optimizer(net.parameters());               train on
//
// In the second round errors and gradients are those of the bits (noisy backpropagation): they pass the weights
// unchanged, and the activations with the derivative of tanh x. They move w, and w becomes bits again in the next pass.
// beta belongs to a layer and stays. Weights of the first round whose magnitude is at most beta become 0.
// Without zeros, beta = 0 and weights are plain signs.
//
// Source: Kim, Smaragdis, "Bitwise neural networks", arXiv:1601.06071, section 3.
#ifndef LOWBIT_NN_LAYERS_BITWISE_HPP
#define LOWBIT_NN_LAYERS_BITWISE_HPP

#include <algorithm>
#include <vector>

#include "lowbit/gradient/hinge.hpp"
#include "lowbit/nn/layers/conv_layer.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/quantize/methods/ternary_threshold.hpp"

LOWBIT_BEGIN
namespace nn {

/// Activations of the second round: signs, with the derivative of tanh on the way back.
using bitwise_activation = sign<ste::soft_hinge>;

/// The weights of the second round: signs, or -1, 0 and 1 if `zeros` > 0. That share of w, rounded down, becomes 0, the
/// smallest magnitudes first; more if magnitudes are equal. n log n time, one copy. Errors: zeros is not in [0, 1).
[[nodiscard]] inline any_quantizer bitwise_weights(std::span<const float> w, double zeros = 0) {
  if (!(zeros >= 0 && zeros < 1))
    detail::fail("nn::bitwise_weights: zeros is %g: it must be in [0, 1)", zeros);
  const auto count = static_cast<std::size_t>(zeros * static_cast<double>(w.size()));
  if (count == 0) return sign<ste::identity>{};
  std::vector<float> sizes(w.size());
  std::transform(w.begin(), w.end(), sizes.begin(), [](float x) { return magnitude(x); });
  const auto last = sizes.begin() + static_cast<std::ptrdiff_t>(count - 1);
  std::nth_element(sizes.begin(), last, sizes.end());
  return ternary_threshold<>::symmetric(*last);
}

/// Begins the second round of a layer: its weights stay, and are used as bits from now on. Inputs get `input`, which a
/// first layer on pixels keeps as it is. parameters() changes if the layer had trained numbers: make the optimizer anew.
/// Errors: as bitwise_weights() and conv_layer::set_policies().
inline void to_bitwise(conv_layer& layer, double zeros = 0,
                       const any_policy& input = bitwise_activation{}) {
  const float_matrix& w = layer.weights().value;
  layer.set_policies(bitwise_weights(elements(w), zeros), input);
  layer.weights().clip = 0;  // w of the first round has no bound
}

}  // namespace nn
LOWBIT_END

#endif
