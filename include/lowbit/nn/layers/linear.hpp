// lowbit/nn/layers/linear.hpp – a fully connected layer to train, real or quantized.
//
//     y = I(x) W(w)^T + b          x: batch x inputs     w: outputs x inputs     y: batch x outputs
//
//     nn::linear<sign<>, sign<>> layer(784, 256, random_stream(seed));
//     layer.forward(x);                                                 x: a float_matrix, one row per vector
//
// It is the convolution whose window is one pixel, over images of one pixel (nn/layers/conv2d.hpp): one type trains,
// freezes, deploys and is saved. A row of x is a token. An input quantizer that is fitted per token has one scale per
// row, in training and in evaluation (BitNet's activations).
#ifndef LOWBIT_NN_LAYERS_LINEAR_HPP
#define LOWBIT_NN_LAYERS_LINEAR_HPP

#include "lowbit/nn/layers/conv2d.hpp"

LOWBIT_BEGIN
namespace nn {

/// A fully connected layer, made without a window: linear<W, I>(inputs, outputs, stream, options).
template <class Weight, class Input>
using linear = conv2d<Weight, Input>;

}  // namespace nn
LOWBIT_END

#endif
