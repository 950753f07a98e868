// lowbit/nn/layers/bit_linear.hpp – the linear layer of BitNet, as a network of two layers.
//
//     x' = norm(x)          a = round(x' 127 / max |x'|) per token          W = gamma t,  t in {-1, 0, 1}
//     y = (sum of a t) gamma max |x'| / 127 [+ b]
//
//     auto layer = nn::bit_linear(256, 256, stream);                                            BitNet b1.58
//     auto first = nn::bit_linear<bitnet_binary<>, nn::layer_norm>(256, 256, stream);           the 1-bit BitNet
//
// The norm comes first (rms_norm.hpp, layer_norm.hpp). Its results get 8 bits with one scale per token
// (bitnet_activation), and the weights are ternary around half their mean magnitude (bitnet_ternary). Both gradients are
// straight through, without a window, so dL/dW = g^T a and dL/dx' = g W. Latent weights are floats without a clip.
//
// deploy() makes a layer::rms_norm and a layer::bit_linear of it (network/layers/token_layers.hpp): floats in, floats out,
// with the codes of each token inside. A layer_norm in front has no packed form.
//
// Sources: Wang et al., "BitNet", arXiv:2310.11453, section 2.1; Ma et al., "The era of 1-bit LLMs", arXiv:2402.17764,
// section 2.
#ifndef LOWBIT_NN_LAYERS_BIT_LINEAR_HPP
#define LOWBIT_NN_LAYERS_BIT_LINEAR_HPP

#include "lowbit/nn/layers/linear.hpp"
#include "lowbit/nn/layers/rms_norm.hpp"
#include "lowbit/nn/layers/sequential.hpp"
#include "lowbit/quantize/methods/bitnet_activation.hpp"
#include "lowbit/quantize/methods/bitnet_ternary.hpp"

LOWBIT_BEGIN
namespace nn {

/// The norm and the linear layer, for vectors or for the pixels of images. Norm is a layer that is made of a number of
/// channels. Errors: those of the norm and of nn::conv2d.
template <class Weight = bitnet_ternary<>, trainable_layer Norm = rms_norm,
          class Input = bitnet_activation<8>>
[[nodiscard]] sequential<Norm, linear<Weight, Input>> bit_linear(index_t inputs, index_t outputs,
                                                                 const random_stream& stream,
                                                                 conv2d_options options = {}) {
  return sequential<Norm, linear<Weight, Input>>(
      Norm(inputs), linear<Weight, Input>(inputs, outputs, stream, options));
}

}  // namespace nn
LOWBIT_END

#endif
