// Bring your own weights: a small convolution network from arrays as a framework stores them, deployed to packed words.
// It is compared with a plain float evaluation of the same arrays (plain.hpp), bit by bit.
//
//   own_weights            exit code 0 if no bit of 500 images differs
//
// The arrays are made up here. Put your own in their place: examples/03_quantizers/weights.cpp reads .npy files of floats.
// A network of signs with a last layer of real weights is in ../README.md, "Your own weights".

#include <cstdio>
#include <cstring>
#include <lowbit/io.hpp>
#include <lowbit/network/build.hpp>
#include <lowbit/network/layers/pool_layers.hpp>
#include <lowbit/quantize/methods/dorefa_activation.hpp>
#include <lowbit/quantize/methods/lsq.hpp>
#include <lowbit/quantize/methods/twn.hpp>

#include "plain.hpp"

using lowbit::index_t;

// Bytes -> 4-bit weights -> 2-bit codes -> pool -> ternary weights -> 2-bit codes -> pool -> 4-bit weights -> classes.
using conv = lowbit::layer::quantized_conv2d;
using pool = lowbit::layer::max_pool<lowbit::packed_tensor<lowbit::any_encoding>>;
using packed_network = lowbit::sequential<lowbit::layer::pixels, conv, pool, conv, pool, conv>;

packed_network deploy(const arrays& net) {
  using namespace lowbit;
  // The activations of the network: numbers in [0, 1] in steps of 1/3. A layer writes what the next one reads.
  const dorefa_activation<2> activation;
  const auto codes = codes_of(activation);
  const auto levels = input_levels(activation);

  // PyTorch's order of filters. Images in [0, 1] are normalised: that is folded into the thresholds.
  const conv2d_arrays first{.weights = net.first.weights,
                            .order = filter_order::oihw,
                            .inputs = 1,
                            .outputs = 16,
                            .over = square_window(3, 1, 1),
                            .gamma = net.first.gamma,
                            .beta = net.first.beta,
                            .mean = net.first.mean,
                            .variance = net.first.variance};
  // TensorFlow's order. Thresholds and scales of ternary weights are fitted per filter, as in training.
  const conv2d_arrays second{.weights = net.second.weights,
                             .order = filter_order::hwio,
                             .inputs = 16,
                             .outputs = 32,
                             .over = square_window(3, 1, 1),
                             .gamma = net.second.gamma,
                             .beta = net.second.beta,
                             .mean = net.second.mean,
                             .variance = net.second.variance,
                             .epsilon = 1e-3f};
  // A dense layer behind a flatten is a convolution whose window is the whole image; it has a bias.
  const conv2d_arrays last{.weights = net.last.weights,
                           .order = filter_order::hwio,
                           .inputs = 32,
                           .outputs = 10,
                           .over = square_window(7),
                           .bias = net.last.beta};
  const float mean[] = {image_mean}, deviation[] = {image_deviation};
  return packed_network(
      layer::pixels(),
      build_conv2d(first, {.weights = lsq<4>{.step = first_step},
                           .inputs = pixel_levels(
                               1.0f / 255),  // with the normalisation: (p / 255 - mean) / std
                           .next = codes,
                           .images = {mean, deviation}}),
      pool({square_window(2, 2), codes}),
      build_conv2d(second,
                   {.weights = twn<>{}, .grain = per::row, .inputs = levels, .next = codes}),
      pool({square_window(2, 2), codes}),
      build_conv2d(last, {.weights = lsq<4>{.step = last_step}, .inputs = levels}));
}

int main() {
  const arrays net = made_up_arrays();
  const packed_network packed = deploy(net);
  const auto file = lowbit::save(packed);  // also written to disk by lowbit::write_file()
  const auto again = lowbit::load<packed_network>(file);
  if (!again) return std::puts(again.problem()), 1;

  constexpr index_t images = 500, classes = 10;
  lowbit::image_tensor<lowbit::code_t> pictures({images, 28, 28, 1});
  std::uint32_t state = 1;
  for (index_t i = 0; i < images * 28 * 28; ++i)
    pictures.mutable_pixels().data()[i] = static_cast<lowbit::code_t>(next(state) * 256);

  auto work = again->workspace(pictures.shape());  // once; then no call allocates
  auto logits = again->make_output(work);
  (*again)(pictures.view(), work, logits);

  index_t different = 0;
  for (index_t n = 0; n < images; ++n) {
    const std::vector<float> plain = evaluate(net, pictures.pixels().data() + n * 28 * 28);
    different += std::memcmp(plain.data(), logits.pixels().data() + n * classes,
                             classes * sizeof(float)) == 0
                     ? 0
                     : 1;
  }
  std::printf("%td images on bits, %zu bytes of network: %td differ from the plain evaluation\n",
              images, file.size(), different);
  return different == 0 ? 0 : 1;
}
