// lowbit/nn/layers/conv2d.hpp – a convolution to train whose policies are types.
//
// It is nn::conv_layer (nn/layers/conv_layer.hpp), which says what it computes, with two policies that the compiler
// knows. Quantizing the *input* rather than the output keeps the sign next to its product. So each layer type is one
// deployed product:
//
//     conv2d<real, real>                         a real first layer, a real 1x1 shortcut
//     conv2d<sign<>, pixel>                      a first layer on 8-bit images (bit planes when deployed)
//     conv2d<sign<>, sign<ste::approx_sign>>     the convolution of a Bi-Real block
//     conv2d<lsq<4>, lsq<4, unsigned_bits<4>>>   trained steps on both sides
//     conv2d<real, relu>                         the same of its real twin
//     conv2d<real, sign<>>                       under a window of the image's size: the last layer
#ifndef LOWBIT_NN_LAYERS_CONV2D_HPP
#define LOWBIT_NN_LAYERS_CONV2D_HPP

#include "lowbit/convolution/pad_value.hpp"
#include "lowbit/nn/layers/conv_layer.hpp"

LOWBIT_BEGIN
namespace nn {

/// A convolution with policies that are types.
template <class Weight, class Input, pad_value P = pad::zero>
class conv2d : public conv_layer {
  static_assert(detail::nn::accepts_weights<Weight>() && detail::nn::accepts_inputs<Input>());
  static_assert(integer_quantizer<Input> || P::value == 0,
                "lowbit::nn::conv2d: real inputs, tables and sums of planes have zeros beyond the "
                "padding: use pad::zero");

 public:
  using weight_policy = Weight;
  using input_policy = Input;

  /// Errors: as conv_layer.
  conv2d(index_t inputs, index_t outputs, const window& over, const random_stream& stream,
         conv2d_options options = {}, Weight weight = detail::nn::default_policy<Weight>(),
         Input input = detail::nn::default_policy<Input>())
      : conv_layer(inputs, outputs, over, stream, options, weight, input, P::value) {
    this->policies_are_types();
  }
  /// A linear layer: the window is one pixel. Errors: as above.
  conv2d(index_t inputs, index_t outputs, const random_stream& stream, conv2d_options options = {},
         Weight weight = detail::nn::default_policy<Weight>(),
         Input input = detail::nn::default_policy<Input>())
      : conv2d(inputs, outputs, window{}, stream, options, weight, input) {}
};

}  // namespace nn
LOWBIT_END

#endif
