// lowbit/nn/layers/transposed_conv2d.hpp – transposed convolutions to train, and the residual block of a decoder.
//
//     y(n, v, u, o) = sum over taps (i, j) and input pixels (y, x) with  y s + i - before = v,  x s + j - before = u
//                     of  W(w)(o, i, j, c) I(x)(y, x, c)
//
//     auto up = nn::transposed_conv2d<lsq<4>, act>(64, 32, square_window(4, 2, 1), stream);      twice the size
//     nn::sequential net(..., up, nn::batch_norm(32), ...);
//
// Pixels of the result whose position is p modulo the stride s are phase p. They meet the taps p, p + s, p + 2s ...
// So each phase is a plain convolution of stride 1 over the small image. All phases are one convolution with s x s
// times the filters, and nn::depth_to_space behind it puts them in their places. The other way is one large filter over
// pixels with zeros between them. It multiplies by 0 in s s - 1 of s s products, and signs have no 0. This way W and I
// are any policies of nn::conv2d, and what trains is what freezes and deploys.
//
// The window's size must be a multiple of its stride: all phases have equally many taps then. (Other sizes also give
// some pixels more products than others, a checkerboard: Odena et al., "Deconvolution and checkerboard artifacts",
// Distill 2016.) Weights with numbers per row have them per output channel *and phase*. A bias would be one per phase,
// too: nn::batch_norm behind the layer has one per channel.
//
// decoder_block() is a residual of two of them. BFCN has residual blocks in its decoder, and trains with 8, then 4, 2
// and 1 bits: conv_layer::set_policies() changes the bits and keeps the weights.
//
// Sources: Shi et al., "Is the deconvolution layer the same as a convolutional layer?", arXiv:1609.07009; Wen et al.,
// "Training bit fully convolutional network for fast semantic segmentation", arXiv:1612.00212. The bits, and that the
// decoder is residual, are theirs. The layers inside of the block are this library's choice.
#ifndef LOWBIT_NN_LAYERS_TRANSPOSED_CONV2D_HPP
#define LOWBIT_NN_LAYERS_TRANSPOSED_CONV2D_HPP

#include "lowbit/nn/layers/batch_norm.hpp"
#include "lowbit/nn/layers/conv2d.hpp"
#include "lowbit/nn/layers/depth_to_space.hpp"
#include "lowbit/nn/layers/residual.hpp"
#include "lowbit/nn/layers/sequential.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// A transposed convolution, as the convolution and the blocks that it is.
struct phases {
  window conv, blocks;
  index_t outputs = 0;  ///< of the convolution

  /// Errors: a size that is no multiple of the stride; a dilation; cutting off as much as the window's size; a bias;
  /// groups.
  phases(const window& over, index_t channels, const lowbit::nn::conv2d_options& options) {
    constexpr const char* who = "nn::transposed_conv2d";
    core::fail_if(core::window_problem(over), who);
    conv.vertical = axis(over.vertical, blocks.vertical);
    conv.horizontal = axis(over.horizontal, blocks.horizontal);
    outputs = checked_mul(checked_mul(blocks.vertical.stride, blocks.horizontal.stride, who),
                          checked_size(channels, who), who);
    if (options.bias)
      fail(
          "%s: a bias would be one per phase of an output channel: put nn::batch_norm(%td) behind "
          "the layer, which has one per channel",
          who, channels);
    if (options.groups != 1)
      fail("%s: %td groups: the phases of a channel are filters of all input channels, use 1 group",
           who, options.groups);
  }

 private:
  static window_axis axis(const window_axis& over, window_axis& block) {
    if (over.size % over.stride != 0 || over.dilation != 1)
      fail(
          "nn::transposed_conv2d: a window of size %td, stride %td, dilation %td: the size must be "
          "a multiple of the stride, and dilation 1. Use size %td",
          over.size, over.stride, over.dilation,
          (over.size + over.stride - 1) / over.stride * over.stride);
    if (over.before >= over.size || over.after >= over.size)
      fail("nn::transposed_conv2d: a window of size %td, cut by %td and %td: less than the size",
           over.size, over.before, over.after);
    const index_t taps = over.size / over.stride;
    block = {over.stride, over.stride, 1, over.before, over.after};
    return {taps, 1, 1, taps - 1, taps - 1};
  }
};

}  // namespace detail::nn

namespace nn {

/// The layer for policies that are types. `over` has the size and stride of the transposed convolution. Its padding is
/// what is cut off the result: n pixels become (n - 1) stride + size - before - after. The result is a
/// nn::sequential(conv2d, depth_to_space). Errors: those of detail::nn::phases and of nn::conv2d.
template <class Weight, class Input>
[[nodiscard]] sequential<conv2d<Weight, Input>, depth_to_space> transposed_conv2d(
    index_t inputs, index_t outputs, const window& over, const random_stream& stream,
    conv2d_options options = {}, Weight weight = detail::nn::default_policy<Weight>(),
    Input input = detail::nn::default_policy<Input>()) {
  const detail::nn::phases made(over, outputs, options);
  return sequential(
      conv2d<Weight, Input>(inputs, made.outputs, made.conv, stream, options, weight, input),
      depth_to_space(made.blocks));
}
/// The same for policies that are values.
[[nodiscard]] inline sequential<conv_layer, depth_to_space> transposed_conv_layer(
    index_t inputs, index_t outputs, const window& over, const random_stream& stream,
    const conv2d_options& options, const any_policy& weight, const any_policy& input) {
  const detail::nn::phases made(over, outputs, options);
  return sequential(conv_layer(inputs, made.outputs, made.conv, stream, options, weight, input),
                    depth_to_space(made.blocks));
}

/// The weights of the convolution inside for weights w of the usual layout: a row of (taps, inputs) for each output
/// channel. Allocates the result. Errors: columns that are no whole number of taps; as above.
[[nodiscard]] inline float_matrix phase_filters(const float_matrix& w, const window& over) {
  const detail::nn::phases made(over, w.rows(), {});
  if (w.cols() % over.taps() != 0)
    detail::fail("nn::phase_filters: rows of %td weights for windows of %td taps", w.cols(),
                 over.taps());
  const index_t channels = w.cols() / over.taps(), down = made.conv.vertical.size,
                across = made.conv.horizontal.size;
  float_matrix filters(made.outputs, made.conv.taps() * channels);
  for (index_t f = 0; f < made.outputs; ++f) {
    const index_t phase = f / w.rows(), o = f % w.rows(), p = phase / over.horizontal.stride,
                  q = phase % over.horizontal.stride;
    // Taps of a convolution rise with the input, taps of a phase fall.
    for (index_t i = 0; i < down; ++i)
      for (index_t j = 0; j < across; ++j) {
        const index_t tap = (p + (down - 1 - i) * over.vertical.stride) * over.horizontal.size + q +
                            (across - 1 - j) * over.horizontal.stride;
        filters.row(f).segment((i * across + j) * channels, channels) =
            w.row(o).segment(tap * channels, channels);
      }
  }
  return filters;
}

/// A transposed convolution and its batch norm, in front of whatever reads its numbers.
using normalised_transposed = sequential<sequential<conv_layer, depth_to_space>, batch_norm>;

/// A residual block that makes images `factor` times as high and wide:
///
///     y = bn(a transposed convolution of 2 factor x 2 factor taps) + bn(one of factor x factor taps)
///
/// The second is the shortcut: pixels that do not overlap. Stream numbers draw both. Errors: those of the two; a factor
/// below 1.
[[nodiscard]] inline residual<normalised_transposed, normalised_transposed> decoder_block(
    index_t inputs, index_t outputs, index_t factor, std::uint64_t seed, std::uint64_t layer,
    const any_policy& weight, const any_policy& input) {
  if (factor < 1) detail::fail("nn::decoder_block: a factor of %td: it must be 1 or more", factor);
  const auto enlarge = [&](const window_axis& axis, std::uint64_t number) {
    return normalised_transposed(
        transposed_conv_layer(inputs, outputs, {axis, axis}, random_stream(seed, number), {},
                              weight, input),
        batch_norm(outputs));
  };
  return residual(enlarge({2 * factor, factor, 1, factor / 2, factor - factor / 2}, 2 * layer),
                  enlarge({factor, factor, 1, 0, 0}, 2 * layer + 1));
}

}  // namespace nn
LOWBIT_END

#endif
