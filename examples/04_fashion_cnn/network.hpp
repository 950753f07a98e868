// The network: a small Bi-Real net and, by other policies, its real twin.
//
//     28x28 bytes, folded to 14x14 pixels of 4
//     conv 3x3   4 -> 32 channels, batch norm              real, as the first layer of Bi-Real nets is
//     block 3x3 32 -> 32                                   signs x signs           (twin: relu, real)
//     block 3x3 32 -> 64, to 7x7; shortcut: mean, 1x1      signs x signs, shortcut real
//     block 3x3 64 -> 64                                   signs x signs
//     max-pool 3x3 to 3x3, 576 signs x 10 real rows + bias: the classes
//
// A block is x + bn(conv(sign(x))): the shortcut stays real, and ApproxSign is the gradient of its sign (Liu
// et al., "Bi-Real Net", arXiv:1808.00278).
#pragma once

#include <cstdint>
#include <lowbit/gradient/approx_sign.hpp>
#include <lowbit/io.hpp>
#include <lowbit/nn.hpp>
#include <lowbit/quantize/methods/sign.hpp>

/// Images as the network sees them.
inline constexpr lowbit::index_t class_count = 10, input_side = 14, input_channels = 4;

/// Pixel (2 y + i, 2 x + j) of a 28x28 image becomes channel 2 i + j of pixel (y, x): the first convolution
/// then has four times the taps and a quarter of the pixels.
inline void fold(const std::uint8_t* image, float* to) {
  for (lowbit::index_t y = 0; y < input_side; ++y)
    for (lowbit::index_t x = 0; x < input_side; ++x)
      for (lowbit::index_t c = 0; c < input_channels; ++c)
        *to++ = static_cast<float>(image[(2 * y + c / 2) * 2 * input_side + 2 * x + c % 2]);
}

/// What the blocks do with weights and inputs; the last layer does the same with its inputs.
template <class Weight, class Input>
auto make_cnn(std::uint64_t seed) {
  namespace nn = lowbit::nn;
  using lowbit::square_window;
  std::uint64_t layer = 0;
  const auto stream = [&] { return lowbit::random_stream(seed, layer++); };
  using conv = nn::conv2d<Weight, Input>;
  nn::normalised first(
      nn::conv2d<nn::real, nn::real>(input_channels, 32, square_window(3, 1, 1), stream()));
  nn::residual wide(nn::normalised(conv(32, 32, square_window(3, 1, 1), stream())));
  nn::normalised halved(conv(32, 64, square_window(3, 2, 1), stream()));
  nn::normalised shortcut(nn::conv2d<nn::real, nn::real>(32, 64, square_window(1), stream()));
  nn::residual half(halved, nn::sequential(nn::average_pool(square_window(2, 2)), shortcut));
  nn::residual deep(nn::normalised(conv(64, 64, square_window(3, 1, 1), stream())));
  nn::conv2d<nn::real, Input> last(64, class_count, square_window(3), stream(), {.bias = true});
  return nn::sequential(first, wide, half, deep, nn::max_pool(square_window(3, 2)), last);
}

/// The names of the layers of both, in order.
inline constexpr const char* layer_names[] = {
    "real conv 4-32", "block 32-32", "block 32-64, half size",
    "block 64-64",    "max-pool",    "classes, 576 bits"};

inline auto make_bnn(std::uint64_t seed) {
  using activation = lowbit::sign<lowbit::ste::approx_sign>;
  return make_cnn<lowbit::sign<>, activation>(seed);
}
inline auto make_twin(std::uint64_t seed) {
  return make_cnn<lowbit::nn::real, lowbit::nn::relu>(seed);
}

/// What deploy() makes of it: a program without Eigen names this type to load the file.
using packed_block = lowbit::layer::conv2d_batch_norm<lowbit::binary, lowbit::binary>;
using packed_cnn = lowbit::sequential<
    lowbit::layer::float_conv2d, lowbit::residual<packed_block>,
    lowbit::residual<packed_block,
                     lowbit::sequential<lowbit::layer::average_pool, lowbit::layer::float_conv2d>>,
    lowbit::residual<packed_block>, lowbit::layer::max_pool<lowbit::packed_tensor<lowbit::binary>>,
    lowbit::layer::float_linear>;
