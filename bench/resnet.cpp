#include "resnet.hpp"

#include <cmath>

#include "lowbit/core/random.hpp"
#include "lowbit/network/build.hpp"
#include "lowbit/quantize/methods/fixed_point.hpp"

namespace bench {
namespace {

using namespace lowbit;

/// Weights out of one stream.
class random_weights {
 public:
  [[nodiscard]] image_tensor<float> random_floats(tensor_shape s) {
    image_tensor<float> out(s);
    for (index_t i = 0; i < s.elements(); ++i) out.mutable_pixels().data()[i] = one();
    return out;
  }
  [[nodiscard]] packed_tensor<binary> bits(tensor_shape s) {
    return codes<binary>(s, [](float x) { return x < 0 ? 0 : 1; });
  }
  [[nodiscard]] packed_tensor<signed_bits<8>> bytes(tensor_shape s) {
    return codes<signed_bits<8>>(s, [](float x) { return static_cast<int>(127 * x) & 255; });
  }
  /// Of sums of `depth` products of numbers whose squares have the mean `square`.
  [[nodiscard]] batch_norm norm(index_t channels, index_t depth, float square) {
    const auto n = static_cast<std::size_t>(channels);
    std::vector<float> gamma(n), beta(n);
    for (std::size_t i = 0; i < n; ++i) {
      gamma[i] = 1 + one() / 2;
      beta[i] = one() / 2;
    }
    return {gamma, beta, std::vector<float>(n, 0.0f),
            std::vector<float>(n, static_cast<float>(depth) * square), 1e-5f};
  }

 private:
  template <class E, class F>
  [[nodiscard]] packed_tensor<E> codes(tensor_shape s, const F& code_of) {
    packed_tensor<E> out(s);
    for (index_t r = 0; r < s.pixels(); ++r)
      for (index_t c = 0; c < s.channels; ++c)
        out.mutable_pixels().set_code(r, c, static_cast<code_t>(code_of(one())));
    return out;
  }
  float one() { return 2 * stream_.uniform(next_++) - 1; }
  random_stream stream_{18};
  index_t next_ = 0;
};

layer::float_conv2d float_layer(random_weights& from, index_t out, index_t in, const window& over) {
  return {from.random_floats({out, over.vertical.size, over.horizontal.size, in}), over,
          from.norm(out, over.taps() * in, 1.0f / 3)};
}
/// Weights in [-1, 1) as multiples of 1 / 127, pixels in [0, 1] as multiples of 1 / 255.
byte_layer first_layer(random_weights& from) {
  const window over = square_window(7, 2, 3);
  return {from.bytes({64, 7, 7, 3}),
          over,
          {1.0f / 127 / 255},
          from.norm(64, over.taps() * 3, 1.0f / 9)};
}
binary_layer bit_layer(random_weights& from, index_t out, index_t in, index_t stride) {
  const window over = square_window(3, stride, 1);
  return {from.bits({out, 3, 3, in}), over, {1.0f}, from.norm(out, over.taps() * in, 1)};
}
/// Numbers as multiples of 1/8 in 8 bits, times weights as multiples of 1/128.
halving_shortcut shortcut(random_weights& from, index_t out, index_t in) {
  const image_tensor<float> weights = from.random_floats({out, 1, 1, in});
  const batch_norm bn = from.norm(out, in, 1.0f / 3);
  const fixed_point<8> numbers{3};
  conv2d_arrays arrays{.weights = {weights.pixels().data(), static_cast<std::size_t>(out * in)},
                       .order = filter_order::ohwi,
                       .inputs = in,
                       .outputs = out,
                       .over = square_window(1)};
  quantized_conv2d_parameters p =
      conv2d_parameters(arrays, {.weights = fixed_point<8>{}, .inputs = input_levels(numbers)});
  p.bn = bn;
  return halving_shortcut(layer::average_pool({square_window(2, 2)}), build_encode(numbers),
                          layer::quantized_conv2d(std::move(p)));
}
basic_block basic(random_weights& from, index_t channels) {
  return basic_block(bit_layer(from, channels, channels, 1));
}
halving_block halving(random_weights& from, index_t channels) {
  return halving_block(bit_layer(from, channels, channels / 2, 2),
                       shortcut(from, channels, channels / 2));
}

}  // namespace

resnet make_resnet() {
  random_weights from;
  const auto block = [&](index_t channels) { return basic(from, channels); };
  const auto half = [&](index_t channels) { return halving(from, channels); };
  return resnet(layer::pixels(), first_layer(from),
                layer::max_pool<image_tensor<float>>({square_window(3, 2, 1)}),  //
                block(64), block(64), block(64), block(64),                      //
                half(128), block(128), block(128), block(128),                   //
                half(256), block(256), block(256), block(256),                   //
                half(512), block(512), block(512), block(512),                   //
                layer::global_average_pool(), float_layer(from, 1000, 512, square_window(1)));
}

}  // namespace bench
