// The network: a small Bi-Real net and, by other policies, its float twin.
//
//     28x28 bytes, folded to 14x14 pixels of 4
//     conv 3x3   4 -> 32 channels, batch norm              real, as the first layer of Bi-Real nets is
//     block 3x3 32 -> 32                                   signs x signs           (twin: relu, real)
//     block 3x3 32 -> 64, to 7x7; shortcut: mean, 1x1      signs x signs, shortcut real
//     block 3x3 64 -> 64                                   signs x signs
//     max-pool 3x3 to 3x3, 576 signs x 10 real rows + bias: the classes
//
// --widen multiplies all channels, --wide-first those of the first convolution and of the block behind it.
//
// A block is x + bn(conv(sign(x))): the shortcut stays real, and ApproxSign is the gradient of its sign (Liu
// et al., "Bi-Real Net", arXiv:1808.00278).
#pragma once

#include <lowbit/gradient/approx_sign.hpp>
#include <lowbit/io.hpp>
#include <lowbit/network/layers/conv2d_layer.hpp>
#include <lowbit/network/layers/float_layers.hpp>
#include <lowbit/network/layers/pool_layers.hpp>
#include <lowbit/network/residual.hpp>
#include <lowbit/network/sequential.hpp>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/nn/layers/normalised.hpp>
#include <lowbit/nn/layers/pool.hpp>
#include <lowbit/nn/layers/repeat.hpp>
#include <lowbit/nn/layers/residual.hpp>
#include <lowbit/nn/layers/sequential.hpp>
#include <lowbit/product/explain.hpp>
#include <lowbit/quantize/methods/sign.hpp>

#include "images.hpp"
#include "options.hpp"

struct fashion_cnn {
  static constexpr const char* name = "fashion_cnn";
  static constexpr const char* purpose =
      "Trains a binary convolutional network and its float twin, deploys the first one to bits, "
      "compares.";
  static constexpr const char* epochs_help =
      "passes over the training images, 1 to 1000 (default: 10)";
  static constexpr bool takes_digits = false;
  static constexpr float bnn_rate = 3e-3f, twin_rate = 1e-3f;
  static constexpr const arrangement& images = folded;
  using index_t = lowbit::index_t;

  widening wider;

  void add_options(command_line& line) { wider.add_options(line); }
  /// Channels of the first two layers, and of the others.
  index_t early() const { return 32 * wider.all * wider.first; }
  index_t late() const { return 64 * wider.all; }
  static index_t epochs(const std::string&) { return 10; }
  static std::vector<std::string> kernels() {
    return {lowbit::kernel_name<lowbit::binary, lowbit::binary>()};
  }

  std::string shape_text(lowbit::tensor_shape, index_t) const {
    const std::string a = std::to_string(early()), b = std::to_string(late());
    return "Bi-Real, 4 convolutions of " + a + '-' + a + '-' + b + '-' + b + " channels";
  }
  std::vector<std::string> layer_names() const {
    const std::string a = std::to_string(early()), b = std::to_string(late());
    return {"float conv 4-" + a,
            "block " + a + '-' + a,
            "block " + a + '-' + b + ", half size",
            "block " + b + '-' + b,
            "max-pool",
            "classes, " + std::to_string(9 * late()) + " bits"};
  }

  /// What the blocks do with weights and inputs; the last layer does the same with its inputs.
  template <class Weight, class Input>
  auto make(index_t channels, index_t classes, std::uint64_t seed) const {
    namespace nn = lowbit::nn;
    using lowbit::square_window;
    std::uint64_t layer = 0;
    const auto stream = [&] { return lowbit::random_stream(seed, layer++); };
    using conv = nn::conv2d<Weight, Input>;
    using float_conv = nn::conv2d<nn::real, nn::real>;
    const index_t a = early(), b = late();
    nn::normalised first(float_conv(channels, a, square_window(3, 1, 1), stream()));
    nn::residual wide(nn::normalised(conv(a, a, square_window(3, 1, 1), stream())));
    nn::normalised halved(conv(a, b, square_window(3, 2, 1), stream()));
    nn::normalised shortcut(float_conv(a, b, square_window(1), stream()));
    nn::residual half(halved, nn::sequential(nn::average_pool(square_window(2, 2)), shortcut));
    nn::residual deep(nn::normalised(conv(b, b, square_window(3, 1, 1), stream())));
    nn::conv2d<nn::real, Input> last(b, classes, square_window(3), stream(), {.bias = true});
    return nn::sequential(first, wide, half, deep, nn::max_pool(square_window(3, 2)), last);
  }
  auto make_bnn(lowbit::tensor_shape in, index_t classes, std::uint64_t seed) const {
    return make<lowbit::sign<>, lowbit::sign<lowbit::ste::approx_sign>>(in.channels, classes, seed);
  }
  auto make_twin(lowbit::tensor_shape in, index_t classes, std::uint64_t seed) const {
    return make<lowbit::nn::real, lowbit::nn::relu>(in.channels, classes, seed);
  }
};

/// What deploy() makes of it: a program without Eigen names this type to load the file.
using packed_block = lowbit::layer::conv2d_batch_norm<lowbit::binary, lowbit::binary>;
using packed_cnn = lowbit::sequential<
    lowbit::layer::float_conv2d, lowbit::residual<packed_block>,
    lowbit::residual<packed_block,
                     lowbit::sequential<lowbit::layer::average_pool, lowbit::layer::float_conv2d>>,
    lowbit::residual<packed_block>, lowbit::layer::max_pool<lowbit::packed_tensor<lowbit::binary>>,
    lowbit::layer::float_linear>;
