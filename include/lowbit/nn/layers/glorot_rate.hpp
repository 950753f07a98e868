// lowbit/nn/layers/glorot_rate.hpp – a learning rate per layer, for latent weights in [-1, 1].
//
//     c = sqrt(1.5 / (taps (inputs + outputs)))          half the bound of Glorot's initial weights
//     rate of the layer's weights = rate / c             Adam and its relatives
//                                 = rate / c^2           descent, with momentum or without
//
// A binary layer multiplies with +-1 where a layer of floats has weights of about c. Let v = w / c be the latent weights of
// the binary layer. Then dL/dv = c dL/dw. Descent with rate / c^2 moves c v as descent with rate moves w. Steps of Adam
// do not depend on the size of gradients, so Adam does the same with rate / c. So one rate serves layers of all sizes.
//
//     nn::set_glorot_rate(layer, nn::steps::normalised);
//     layer.weights().value /= 2 * nn::glorot_coefficient(layer);     the program's initial weights, uniform in [-1, 1]
//
// Source: Courbariaux, Bengio, David, "BinaryConnect", arXiv:1511.00363, section 2.5, and the authors' program, whose
// constant is 1.5; BNN and its relatives have the same.
#ifndef LOWBIT_NN_LAYERS_GLOROT_RATE_HPP
#define LOWBIT_NN_LAYERS_GLOROT_RATE_HPP

#include <cmath>

#include "lowbit/nn/layers/conv_layer.hpp"

LOWBIT_BEGIN
namespace nn {

/// How an optimizer's steps follow the size of gradients: not at all (Adam, AdaMax), or in proportion (nn::sgd).
enum class steps { normalised, proportional };

/// c for weights that `inputs` numbers reach and that reach `outputs` numbers; > 0, and 1 where there is none of both.
[[nodiscard]] inline float glorot_coefficient(index_t inputs, index_t outputs) noexcept {
  const auto fans = static_cast<double>(inputs) + static_cast<double>(outputs);
  return fans > 0 ? static_cast<float>(std::sqrt(1.5 / fans)) : 1;
}
/// c of a layer; with groups, of one of them.
[[nodiscard]] inline float glorot_coefficient(const conv_layer& layer) noexcept {
  const index_t taps = layer.over().taps();
  return glorot_coefficient(taps * (layer.inputs() / layer.groups()),
                            taps * (layer.outputs() / layer.groups()));
}

/// Sets the rate of the layer's weights; its bias and trained numbers keep theirs.
inline void set_glorot_rate(conv_layer& layer, steps of_optimizer) noexcept {
  const float c = glorot_coefficient(layer);
  layer.weights().rate = of_optimizer == steps::normalised ? 1 / c : 1 / (c * c);
}

}  // namespace nn
LOWBIT_END

#endif
