// layer::encode: blocks of floats that are searched side by side have the codes of single ones, whatever their number.
// layer::pixels: bytes in any order, as codes of a type or of a format.
#include "lowbit/network/layers/encode_layers.hpp"

#include <limits>
#include <utility>

#include "lowbit/network/layers/conv2d_layer.hpp"
#include "lowbit/network/sequential.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/fixed_point.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/networks.hpp"

namespace test_encode_layers {

using namespace lowbit;

namespace {

template <class Q>
void check(const Q& q, index_t channels, bool scaled, bool by_channel) {
  INFO(Q::encoding::name << ", " << channels << " channels, scaled: " << scaled);
  test::floats n{random_stream(static_cast<std::uint64_t>(channels))};
  layer::encode::parameters p{{format_of<typename Q::encoding>(), {}}, {}, {}};
  const code_boundaries all([&](float x) { return encode(q, x); });
  p.codes.boundaries.assign(by_channel ? static_cast<std::size_t>(channels) : 1, all);
  if (scaled) p.scale = n.many(channels);
  if (scaled) p.shift = n.many(channels);
  const layer::encode layer(p);

  auto x = n.images({2, 3, 2, channels});
  const float special[] = {std::numeric_limits<float>::quiet_NaN(),
                           -std::numeric_limits<float>::infinity(),
                           std::numeric_limits<float>::infinity(), -0.0f};
  for (std::size_t i = 0; i < 4; ++i)
    x.mutable_pixels()(static_cast<index_t>(i), static_cast<index_t>(i) % channels) = special[i];
  auto work = layer.workspace(x.shape());
  packed_tensor<any_encoding> y(p.codes.format, x.shape());
  layer(x.view(), work, y);

  index_t wrong = 0;
  for (index_t r = 0; r < x.shape().pixels(); ++r)
    for (index_t c = 0; c < channels; ++c) {
      const float number = x.pixels()(r, c);
      const auto at = static_cast<std::size_t>(c);
      const float seen =
          scaled
              ? static_cast<float>(static_cast<double>(number) * static_cast<double>(p.scale[at]) +
                                   static_cast<double>(p.shift[at]))
              : number;
      wrong += y.pixels().code(r, c) != encode(q, seen) ? 1 : 0;
    }
  CHECK(wrong == 0);
  // Bits behind the last channel are zero.
  const index_t words = y.pixels().plane_stride(), used = channels % word_bits;
  for (index_t r = 0; r < x.shape().pixels() && used != 0; ++r)
    for (int plane = 0; plane < y.pixels().plane_count(); ++plane)
      CHECK(y.mutable_pixels().mutable_row(r)[plane * words + channels / word_bits] >> used == 0);
}

}  // namespace

TEST_CASE("layer::encode gives the codes of the quantizer", "[network]") {
  for (const index_t channels : {1, 7, 8, 9, 63, 64, 65, 130})
    for (const bool scaled : {false, true})
      for (const bool by_channel : {false, true}) {
        check(fixed_point<8>{5}, channels, scaled, by_channel);
        check(dorefa_activation<4>{}, channels, scaled, by_channel);
        check(sign{}, channels, scaled, by_channel);
      }
}

TEST_CASE("layer::pixels packs bytes into codes of a type or of a format", "[network]") {
  const random_stream random(7);
  for (const index_t channels : {1, 3, 63, 64, 65, 130}) {
    INFO(channels << " channels");
    const tensor_shape shape{2, 3, 5, channels};
    std::vector<code_t> bytes;
    for (index_t i = 0; i < shape.elements(); ++i)
      bytes.push_back(static_cast<code_t>(random.bits(i)));
    const layer::pixels layer;
    for (const auto& images :
         {nhwc(std::as_const(bytes).data(), shape), nchw(std::as_const(bytes).data(), shape)}) {
      auto work = layer.workspace(shape);
      packed_tensor<unsigned_bits<8>> typed(shape);
      packed_tensor<any_encoding> formed(format_of<unsigned_bits<8>>(), shape);
      layer(images, work, typed);
      layer(images, work, formed);
      index_t wrong = 0;
      for (index_t n = 0; n < shape.batch; ++n)
        for (index_t y = 0; y < shape.height; ++y)
          for (index_t x = 0; x < shape.width; ++x)
            for (index_t c = 0; c < channels; ++c) {
              const index_t row = (n * shape.height + y) * shape.width + x;
              wrong += typed.code(n, y, x, c) != images(n, y, x, c) ||
                               formed.pixels().code(row, c) != images(n, y, x, c)
                           ? 1
                           : 0;
            }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("a convolution reads pixels where they lie, or planes of them, with the same result",
          "[network]") {
  using conv = layer::conv2d_batch_norm<unsigned_bits<8>, signed_bits<8>>;
  const random_stream random(8);
  const tensor_shape shape{2, 6, 5, 3};
  std::vector<code_t> bytes;
  for (index_t i = 0; i < shape.elements(); ++i)
    bytes.push_back(static_cast<code_t>(random.bits(i)));
  packed_tensor<signed_bits<8>> filters({9, 3, 3, 3});
  for (index_t r = 0; r < 81; ++r)
    for (index_t c = 0; c < 3; ++c)
      filters.mutable_pixels().set_code(r, c, static_cast<code_t>(random.bits(1000 + 3 * r + c)));
  const std::vector<float> gamma(9, 1.0f), beta(9, 0.25f), mean(9, 3.0f), variance(9, 4.0f);
  const batch_norm bn(gamma, beta, mean, variance, 1e-5f);
  const conv layer(filters, square_window(3, 1, 1), {0.5f}, bn);
  const sequential<layer::pixels, conv> net(layer::pixels(), layer);
  const sequential<layer::pixels, conv, layer::signs> longer(layer::pixels(), layer,
                                                             layer::signs());
  for (const auto& images :
       {nhwc(std::as_const(bytes).data(), shape), nchw(std::as_const(bytes).data(), shape)}) {
    packed_tensor<unsigned_bits<8>> planes(shape);
    layer::pixels::workspace_type nothing;
    layer::pixels()(images, nothing, planes);
    conv2d_workspace own = layer.workspace(shape);
    image_tensor<float> expected(own.output());
    layer(planes.view(), own, expected);
    test::on_every_isa([&](any_isa isa) {
      auto work = net.workspace(shape);
      auto y = net.make_output(work);
      net(images, work, y, on(isa));
      CHECK(y.pixels() == expected.pixels());
      auto more = longer.workspace(shape);
      auto signs = longer.make_output(more);
      longer(images, more, signs, on(isa));
      CHECK(signs.pixels().code(7, 3) == (expected.pixels()(7, 3) < 0 ? 0 : 1));
    });
  }
}

}  // namespace test_encode_layers
