// A small network of every layer, with random weights: what the tests of networks run, save and load.
#pragma once

#include "lowbit/core/random.hpp"
#include "lowbit/network/layers/conv2d_layer.hpp"
#include "lowbit/network/layers/encode_layers.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/layers/pool_layers.hpp"
#include "lowbit/network/residual.hpp"
#include "lowbit/network/sequential.hpp"

namespace test {

using namespace lowbit;

/// Uniform numbers in [-1, 1), one after the other.
struct floats {
  random_stream stream;
  index_t next = 0;

  float one() { return 2 * stream.uniform(next++) - 1; }
  std::vector<float> many(index_t n) {
    std::vector<float> out(static_cast<std::size_t>(n));
    for (float& x : out) x = one();
    return out;
  }
  image_tensor<float> images(tensor_shape s) {
    image_tensor<float> out(s);
    for (index_t i = 0; i < s.elements(); ++i) out.mutable_pixels().data()[i] = one();
    return out;
  }
  packed_tensor<binary> bits(tensor_shape s) {
    packed_tensor<binary> out(s);
    for (index_t r = 0; r < s.pixels(); ++r)
      for (index_t c = 0; c < s.channels; ++c)
        out.mutable_pixels().set_code(r, c, one() > 0 ? 1 : 0);
    return out;
  }
  batch_norm norm(index_t n) {
    const std::vector<float> variance(static_cast<std::size_t>(n), 2.0f);
    return {many(n), many(n), many(n), variance, 1e-5f};
  }
};

using bireal = layer::conv2d_batch_norm<binary, binary>;
using float_pool = layer::max_pool<image_tensor<float>>;
using downsample = sequential<layer::average_pool, layer::float_conv2d>;
/// Float stem, max-pool, two Bi-Real blocks (the second halves the image), mean, float classes.
using bireal_net =
    sequential<layer::float_conv2d, float_pool, residual<bireal>, residual<bireal, downsample>,
               layer::global_average_pool, layer::float_conv2d>;

inline bireal make_bireal(floats& n, index_t out, index_t in, index_t stride) {
  return bireal(n.bits({out, 3, 3, in}), square_window(3, stride, 1), {0.25f}, n.norm(out));
}
inline bireal_net make_bireal_net() {
  floats n{random_stream(7)};
  layer::float_conv2d stem(n.images({20, 3, 3, 3}), square_window(3, 1, 1), n.norm(20));
  residual first(make_bireal(n, 20, 20, 1));
  downsample shortcut(layer::average_pool({square_window(2, 2)}),
                      layer::float_conv2d(n.images({70, 1, 1, 20}), square_window(1), n.norm(70)));
  residual second(make_bireal(n, 70, 20, 2), shortcut);
  layer::float_conv2d classes(n.images({10, 1, 1, 70}), square_window(1), n.norm(10));
  return bireal_net(stem, float_pool({square_window(2, 2)}), first, second,
                    layer::global_average_pool(), classes);
}

using first_bits = layer::conv2d_threshold<unsigned_bits<8>, binary>;
using hidden_bits = layer::conv2d_threshold<binary, binary, pad::plus_one>;
/// Bytes, a convolution of bit planes, max-pool, two convolutions of bits, float classes.
using bit_net = sequential<layer::pixels, first_bits, layer::max_pool<packed_tensor<binary>>,
                           hidden_bits, hidden_bits, layer::float_linear>;

inline thresholds make_thresholds(floats& n, index_t channels, float extent) {
  thresholds out(channels);
  for (index_t c = 0; c < channels; ++c)
    out.set(c, static_cast<std::int32_t>(n.one() * extent), n.one() > 0);
  return out;
}
inline bit_net make_bit_net() {
  floats n{random_stream(8)};
  first_bits first(n.bits({40, 3, 3, 1}), square_window(3, 1, 1), make_thresholds(n, 40, 400));
  hidden_bits second(n.bits({66, 3, 3, 20}), square_window(3, 1, 1), make_thresholds(n, 66, 20), 2);
  hidden_bits third(n.bits({64, 2, 2, 66}), square_window(2, 2), make_thresholds(n, 64, 20));
  layer::float_linear classes(n.images({10, 1, 2, 64}), n.many(10));
  return bit_net(layer::pixels(), first,
                 layer::max_pool<packed_tensor<binary>>({square_window(2, 2)}), second, third,
                 classes);
}
inline image_tensor<code_t> make_pixels(tensor_shape s) {
  image_tensor<code_t> out(s);
  for (index_t i = 0; i < s.elements(); ++i)
    out.mutable_pixels().data()[i] = static_cast<code_t>(i * 37 % 251);
  return out;
}

}  // namespace test
