// layer::rms_norm and layer::bit_linear against plain loops, on every ISA; tokens alone and together; files; refusals.
// token_bound() against the sizes of BitNet b1.58 2B4T.
#include "lowbit/network/layers/token_layers.hpp"

#include <cmath>
#include <vector>

#include "lowbit/encode/quantize.hpp"
#include "lowbit/io.hpp"
#include "lowbit/llm.hpp"
#include "lowbit/product/matmul.hpp"
#include "lowbit/quantize/methods/bitnet_binary.hpp"
#include "lowbit/quantize/methods/lsq.hpp"
#include "support/catch.hpp"
#include "support/convolutions.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_token_layers {

using namespace lowbit;
using test::error_of;

namespace {

image_tensor<float> tokens(tensor_shape shape, std::uint64_t number) {
  const random_stream stream(77, number);
  image_tensor<float> x(shape);
  for (index_t i = 0; i < shape.elements(); ++i)
    x.mutable_pixels().data()[i] =
        (stream.uniform(i) * 2 - 1) *
        static_cast<float>(1 + i / (shape.channels > 0 ? shape.channels : 1));
  return x;
}
matrix<float> weights(index_t rows, index_t cols) {
  const image_tensor<float> x = tokens({rows, 1, 1, cols}, 5);
  matrix<float> w(rows, cols);
  for (index_t r = 0; r < rows; ++r)
    for (index_t c = 0; c < cols; ++c) w(r, c) = x.pixels()(r, c);
  return w;
}

/// The definition: codes by division in double, sums in 64 bits.
template <class E>
matrix<float> definition(const image_tensor<float>& x, const quantized_matrix<E>& w,
                         const std::vector<float>& bias) {
  matrix<float> y(x.shape().pixels(), w.rows());
  for (index_t r = 0; r < y.rows(); ++r) {
    float largest = 1e-5f;
    for (index_t k = 0; k < w.depth(); ++k) largest = std::max(largest, std::abs(x.pixels()(r, k)));
    for (index_t n = 0; n < w.rows(); ++n) {
      std::int64_t sum = 0;
      for (index_t k = 0; k < w.depth(); ++k) {
        const double scaled =
            static_cast<double>(x.pixels()(r, k)) * 127 / static_cast<double>(largest);
        sum += static_cast<std::int64_t>(std::nearbyint(scaled)) *
               format_of<E>().value(w.codes().code(n, k));
      }
      const float scale = w.scale(n) * (largest / 127);
      y(r, n) = static_cast<float>(sum) * scale +
                (bias.empty() ? 0.0f : bias[static_cast<std::size_t>(n)]);
    }
  }
  return y;
}

template <class E>
void check(const quantized_matrix<E>& w, const std::vector<float>& bias, tensor_shape shape) {
  INFO(w.rows() << "x" << w.depth() << ", " << shape.pixels() << " tokens");
  const layer::bit_linear<E> layer(w, bias);
  const image_tensor<float> x = tokens(shape, 9);
  const matrix<float> wanted = definition(x, w, bias);
  test::on_every_isa([&](any_isa isa) {
    auto work = layer.workspace(shape);
    image_tensor<float> y(layer.output_shape(shape));
    layer(x.view(), work, y, on(isa));
    bool same = true;
    for (index_t r = 0; r < wanted.rows(); ++r)
      for (index_t n = 0; n < wanted.cols(); ++n) same = same && y.pixels()(r, n) == wanted(r, n);
    CHECK(same);
    image_tensor<float> threaded(y.shape());
    layer(x.view(), work, threaded, on(isa, test::some_threads{3}));
    CHECK(threaded.pixels() == y.pixels());
  });
}

}  // namespace

TEST_CASE("bit_linear is its definition for every size, on every ISA", "[network]") {
  for (const index_t inputs : {1, 63, 64, 65, 200, 513})
    for (const index_t outputs : {1, 15, 64, 70}) {
      const matrix<float> w = weights(outputs, inputs);
      const std::vector<float> bias(static_cast<std::size_t>(outputs), 0.375f);
      for (const index_t count : {1, 3, 9}) {
        check(quantize(bitnet_ternary<>{}, w.view()), {}, {count, 1, 1, inputs});
        check(quantize(per_group(bitnet_ternary<>{}, per::row), w.view()), bias,
              {1, 1, count, inputs});
      }
      check(quantize(bitnet_binary<>{}, w.view()), bias, {2, 1, 1, inputs});
      check(quantize(lsq<4>{0.2f}, w.view()), {}, {2, 1, 2, inputs});
    }
}

TEST_CASE("a prompt at once and token by token: the same bits", "[network]") {
  const index_t inputs = 300, outputs = 130, count = 37;
  const layer::bit_linear<> layer(quantize(bitnet_ternary<>{}, weights(outputs, inputs).view()));
  const layer::rms_norm norm(
      lowbit::rms_norm{std::vector<float>(static_cast<std::size_t>(inputs), 1.5f)});
  const image_tensor<float> x = tokens({count, 1, 1, inputs}, 3);
  test::on_every_isa([&](any_isa isa) {
    const auto run = [&](const tensor_view<const float>& some) {
      auto of_norm = norm.workspace(some.shape);
      auto work = layer.workspace(some.shape);
      image_tensor<float> normed(some.shape), y(layer.output_shape(some.shape));
      norm(some, of_norm, normed, on(isa));
      layer(normed.view(), work, y, on(isa));
      return y;
    };
    const image_tensor<float> all = run(x.view());
    bool same = true;
    for (index_t t = 0; t < count; ++t) {
      const image_tensor<float> one = run(nhwc(x.pixels().data() + t * inputs, {1, 1, 1, inputs}));
      for (index_t n = 0; n < outputs; ++n) same = same && one.pixels()(0, n) == all.pixels()(t, n);
    }
    CHECK(same);
  });
}

TEST_CASE("token layers write floats, signs or both, and read channels of any stride",
          "[network]") {
  const tensor_shape shape{2, 3, 2, 70};
  const image_tensor<float> x = tokens(shape, 4);
  image_tensor<float> planes(shape);  // the same numbers, channel after channel
  for (index_t n = 0; n < 2; ++n)
    for (index_t p = 0; p < 6; ++p)
      for (index_t c = 0; c < 70; ++c)
        planes.mutable_pixels().data()[(n * 70 + c) * 6 + p] = x.pixels()(n * 6 + p, c);
  const auto strided = nchw(std::as_const(planes).pixels().data(), shape);
  const layer::rms_norm norm(lowbit::rms_norm{std::vector<float>(70, 0.5f)});
  const layer::bit_linear<> linear(quantize(bitnet_ternary<>{}, weights(70, 70).view()));
  const auto check_layer = [&](const auto& layer) {
    auto work = layer.workspace(shape);
    image_tensor<float> floats(shape), others(shape);
    packed_tensor<binary> signs(shape);
    floats_and_signs both(shape);
    layer(x.view(), work, floats);
    layer(strided, work, others);
    CHECK(floats.pixels() == others.pixels());
    layer(x.view(), work, signs);
    layer(x.view(), work, both);
    CHECK(both.floats.pixels() == floats.pixels());
    bool same = both.signs == signs;
    for (index_t r = 0; r < shape.pixels(); ++r)
      for (index_t c = 0; c < 70; ++c)
        same = same && signs.pixels().code(r, c) == (floats.pixels()(r, c) < 0 ? 0 : 1);
    CHECK(same);
  };
  check_layer(norm);
  check_layer(linear);

  // The norm itself.
  auto work = norm.workspace(shape);
  image_tensor<float> y(shape);
  norm(x.view(), work, y);
  double sum = 0;
  for (index_t c = 0; c < 70; ++c)
    sum += static_cast<double>(y.pixels()(5, c)) * static_cast<double>(y.pixels()(5, c));
  CHECK(sum / 70 == Approx(0.25).epsilon(1e-4));
}

TEST_CASE("a feed-forward block as a residual, saved and loaded again", "[network]") {
  const index_t channels = 48;
  const auto half = [&](index_t out, index_t in) {
    return layer::bit_linear<>(quantize(bitnet_ternary<>{}, weights(out, in).view()));
  };
  const auto norm = [](index_t n) {
    return layer::rms_norm(
        lowbit::rms_norm{std::vector<float>(static_cast<std::size_t>(n), 1.0f), 1e-6f});
  };
  const sequential net(
      residual(sequential(norm(channels), half(96, channels), norm(96), half(channels, 96))));
  const image_tensor<float> x = tokens({5, 1, 1, channels}, 8);
  const auto run = [&](const auto& network) {
    auto work = network.workspace(x.shape());
    image_tensor<float> y(network.output_shape(x.shape()));
    network(x.view(), work, y);
    return y;
  };
  const image_tensor<float> y = run(net);
  CHECK_FALSE(y.pixels() == x.pixels());
  const std::vector<std::byte> file = save(net);
  const auto again = load<std::remove_const_t<decltype(net)>>(file);
  REQUIRE(again);
  CHECK(run(*again).pixels() == y.pixels());
  CHECK(save(*again) == file);
}

TEST_CASE("token layers refuse what they cannot compute", "[network]") {
  const quantized_matrix<ternary> w = quantize(bitnet_ternary<>{}, weights(4, 6).view());
  const layer::bit_linear<> layer(w);
  image_tensor<float> x({2, 1, 1, 6}), y({2, 1, 1, 4}), wrong({2, 1, 1, 5});
  auto work = layer.workspace(x.shape());
  CHECK(error_of([&] { layer(x.view(), work, wrong); }) ==
        "layer::bit_linear: the result is 2x1x1x4, the output is 2x1x1x5");
  CHECK(error_of([&] {
          (void)layer.workspace({2, 1, 1, 7});
        }) == "layer::bit_linear: tokens of 7 channels for weights of 4x6");
  auto other = layer.workspace({3, 1, 1, 6});
  CHECK(error_of([&] { layer(x.view(), other, y); }) ==
        "layer::bit_linear: 2 tokens with a workspace for 3");
  x.mutable_pixels()(1, 2) = std::numeric_limits<float>::infinity();
  CHECK_THAT(error_of([&] { layer(x.view(), work, y); }),
             ContainsSubstring("element 2 of 6 is inf"));
  CHECK(error_of([&] { layer::bit_linear<>(w, std::vector<float>(3)); }) ==
        "batch_norm: 4 gammas, 3 betas, 4 means, 4 variances: there must be one of each per "
        "channel");
  CHECK_THAT(error_of([&] {
               layer::bit_linear<>(
                   quantize(per_group(bitnet_ternary<>{}, per::group<64>), weights(2, 128).view()));
             }),
             ContainsSubstring("levels per group"));
  layer::bit_linear<>::parameters p = layer.data();
  p.scales = {1, 2, 3};
  CHECK(error_of([&] { layer::bit_linear<>{p}; }) ==
        "layer::bit_linear: 3 scales for 4 outputs: one, or one each");
  p.scales = {std::numeric_limits<float>::quiet_NaN()};
  CHECK_THAT(error_of([&] { layer::bit_linear<>{p}; }), ContainsSubstring("it must be finite"));
  p.scales = {1};
  p.floor = 0;
  CHECK(error_of([&] { layer::bit_linear<>{p}; }) ==
        "layer::bit_linear: a floor of 0: it must be above 0");
  CHECK(error_of([] {
          layer::rms_norm(lowbit::rms_norm{{}, 1e-5f});
        }) == "layer::rms_norm: a norm of no channels");
  CHECK(error_of([] {
          layer::rms_norm(lowbit::rms_norm{{1.0f}, 0});
        }) == "layer::rms_norm: an epsilon of 0: it must be above 0");
  CHECK(error_of([] {
          (void)layer::rms_norm(lowbit::rms_norm{{1.0f, 2.0f}, 1}).workspace({1, 1, 1, 3});
        }) == "layer::rms_norm: images of 3 channels for a gamma of 2");
}

TEST_CASE("token_bound: the parts of BitNet b1.58 2B4T", "[network]") {
  decoder_shape model{.blocks = 30,
                      .hidden = 2560,
                      .intermediate = 6912,
                      .heads = 20,
                      .kv_heads = 5,
                      .head_size = 128,
                      .vocabulary = 128256};
  const token_costs costs = token_bound(model, {.bytes_per_second = 25e9});
  CHECK(costs.parts[0].products == 30 * 69468160.0);
  CHECK(costs.parts[0].bytes / 1e6 == Approx(521).epsilon(1e-3));  // at 2 bits
  CHECK(costs.parts[1].bytes / 1e6 ==
        Approx(657).epsilon(1e-3));  // in 16 bits: more than all blocks
  CHECK(costs.parts[2].bytes == 0);
  CHECK(costs.bytes == costs.parts[0].bytes + costs.parts[1].bytes);
  CHECK(costs.tokens_per_second == Approx(25e9 / costs.bytes));
  model.context = 4096;
  CHECK(token_bound(model, {.bytes_per_second = 25e9}).parts[2].bytes ==
        2.0 * 2 * 30 * 5 * 128 * 4096);
  // Where products are the limit, they are the bound.
  CHECK(token_bound(model, {.bytes_per_second = 1e15, .products_per_second = 1e11}).seconds ==
        Approx(token_bound(model, {.bytes_per_second = 25e9}).products / 1e11));
  CHECK(error_of([&] { (void)token_bound(model, {}); }) ==
        "token_bound: bits or bytes per second of 0: above 0");
  model.blocks = -1;
  CHECK(error_of([&] { (void)token_bound(model, {.bytes_per_second = 1}); }) ==
        "token_bound: a size of -1: it must be at least 0");
}

}  // namespace test_token_layers
