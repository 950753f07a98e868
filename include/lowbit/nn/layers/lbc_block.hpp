// lowbit/nn/layers/lbc_block.hpp – the local binary convolution: fixed random filters, and a trained mixture of them.
//
//     y = V relu(T * x)            T: sparse filters of -1, 0 and 1, never trained; V: a 1x1 convolution of floats
//
// The wide part is a ternary product whose weights are a seed (quantize/methods/lbcnn_kernels.hpp).
//
// Source: Juefei-Xu, Boddeti, Savvides, "Local binary convolutional neural networks", arXiv:1608.06049, section 3.
#ifndef LOWBIT_NN_LAYERS_LBC_BLOCK_HPP
#define LOWBIT_NN_LAYERS_LBC_BLOCK_HPP

#include "lowbit/nn/layers/conv2d.hpp"
#include "lowbit/nn/layers/sequential.hpp"
#include "lowbit/quantize/methods/lbcnn_kernels.hpp"
#include "lowbit/quantize/methods/ternary_threshold.hpp"

LOWBIT_BEGIN
namespace nn {

/// How an LBC block is made: `maps` fixed filters, `share` of their places filled.
struct lbc_options {
  index_t maps = 64;
  double share = 0.1;
};

/// The block for images of `inputs` channels, as a network of two convolutions. Optimizers may be given all its
/// parameters: the rate of the fixed filters is 0. Stream numbers draw them and V. Errors: those of nn::conv2d and of
/// lbcnn_kernels().
template <class Input = real>
[[nodiscard]] auto lbc_block(index_t inputs, index_t outputs, const window& over,
                             std::uint64_t seed, std::uint64_t layer, lbc_options options = {}) {
  conv2d<ternary_threshold<>, Input> fixed(inputs, options.maps, over,
                                           random_stream(seed, 2 * layer));
  const matrix<float> kernels = lbcnn_kernels(options.maps, over.taps() * inputs, options.share,
                                              random_stream(seed, 2 * layer));
  std::copy_n(kernels.data(), fixed.weights().value.size(), fixed.weights().value.data());
  fixed.weights().rate = fixed.weights().decay = 0;
  return sequential(std::move(fixed), conv2d<real, relu>(options.maps, outputs, window{},
                                                         random_stream(seed, 2 * layer + 1)));
}

}  // namespace nn
LOWBIT_END

#endif
