#include <lowbit/gradient/approx_sign.hpp>
#include <lowbit/nn/layers/normalised.hpp>
#include <lowbit/quantize/methods/sign.hpp>
#include <lowbit/quantize/methods/xnor_weight.hpp>

#include "numeric.hpp"

namespace test_conv2d {

namespace nn = lowbit::nn;
using lowbit::index_t;
using lowbit::tensor_shape;
using lowbit::window;
using nn::float_matrix;

namespace {

constexpr std::uint64_t seed = 51;

nn::feature_map random_images(tensor_shape shape, std::uint64_t stream, float bound = 1) {
  nn::feature_map x(shape);
  x.mutable_pixels() = random_matrix(shape.pixels(), shape.channels, seed + stream, bound);
  return x;
}

/// One output from the definition; `used` and `beyond` are what the padding and the pixels are after
/// quantization.
double one_output(const nn::feature_map& used, const float_matrix& w, const window& over,
                  double beyond, index_t n, index_t y, index_t x, index_t o) {
  const tensor_shape s = used.shape();
  double sum = 0;
  for (index_t i = 0; i < over.vertical.size; ++i)
    for (index_t j = 0; j < over.horizontal.size; ++j)
      for (index_t c = 0; c < s.channels; ++c) {
        const index_t row =
            y * over.vertical.stride + i * over.vertical.dilation - over.vertical.before;
        const index_t col =
            x * over.horizontal.stride + j * over.horizontal.dilation - over.horizontal.before;
        const bool on_image = row >= 0 && row < s.height && col >= 0 && col < s.width;
        const double value =
            on_image ? static_cast<double>(used.pixels()((n * s.height + row) * s.width + col, c))
                     : beyond;
        sum += value * static_cast<double>(w(o, (i * over.horizontal.size + j) * s.channels + c));
      }
  return sum;
}

void check_outputs(const nn::feature_view& y, const nn::feature_map& used, const float_matrix& w,
                   const window& over, double beyond) {
  const tensor_shape s = y.shape();
  index_t row = 0;
  double worst = 0;
  for (index_t n = 0; n < s.batch; ++n)
    for (index_t i = 0; i < s.height; ++i)
      for (index_t j = 0; j < s.width; ++j, ++row)
        for (index_t o = 0; o < s.channels; ++o)
          worst = std::max(worst, std::abs(static_cast<double>(y.pixels()(row, o)) -
                                           one_output(used, w, over, beyond, n, i, j, o)));
  CHECK(worst < 1e-4);
}

nn::feature_map signs_of(const nn::feature_map& x) {
  nn::feature_map out(x.shape());
  out.mutable_pixels() =
      x.pixels().unaryExpr([](float v) { return lowbit::is_negative(v) ? -1.0f : 1.0f; });
  return out;
}

}  // namespace

TEST_CASE("nn::conv2d without quantizers is a convolution with its derivatives") {
  INFO("seed " << seed);
  const window over = GENERATE(lowbit::square_window(3, 1, 1), lowbit::square_window(2, 2),
                               window{{3, 2, 2, 1, 2}, {1, 1, 1, 0, 1}}, lowbit::square_window(1));
  nn::conv2d<nn::real, nn::real> layer(2, 3, over, lowbit::random_stream(seed), {.bias = true});
  nn::feature_map x = random_images({2, 5, 4, 2}, 1);
  const float_matrix y = layer.forward(x.read()).pixels();
  const tensor_shape out = layer.output_shape(x.shape());
  check_outputs({out, y}, x, layer.weights().value, over, 0);

  const nn::feature_map upstream = random_images(out, 2);
  const float_matrix dx = layer.backward(upstream.read()).pixels();
  const float_matrix dw = layer.weights().gradient, db = layer.bias().gradient;
  const auto loss = [&] { return dot(upstream.pixels(), layer.forward(x.read()).pixels()); };
  check_gradient(x.mutable_pixels(), dx, loss);
  check_gradient(layer.weights().value, dw, loss);
  check_gradient(layer.bias().value, db, loss);
}

TEST_CASE("nn::conv2d multiplies signs, and what the padding is") {
  INFO("seed " << seed);
  const window over = lowbit::square_window(3, 2, 1);
  const nn::feature_map x = random_images({2, 5, 4, 3}, 3, 1.5f);
  const nn::feature_map signs = signs_of(x);
  const auto check = [&]<class P>(P) {
    using weight = lowbit::xnor_weight<>;
    nn::conv2d<weight, lowbit::sign<>, P> layer(3, 4, over, lowbit::random_stream(seed),
                                                {.grain = lowbit::per::row});
    float_matrix decoded;
    nn::straight_through quantizer(weight{}, lowbit::per::row);
    quantizer.forward(layer.weights().value, decoded);
    check_outputs(layer.forward(x.read()), signs, decoded, over, P::value);
  };
  check(lowbit::pad::zero{});
  check(lowbit::pad::plus_one{});
  check(lowbit::pad::minus_one{});
}

TEST_CASE("nn::conv2d's gradients go through the surrogates") {
  INFO("seed " << seed);
  using activation = lowbit::sign<lowbit::ste::approx_sign>;
  const window over = lowbit::square_window(3, 1, 1);
  nn::conv2d<lowbit::sign<>, activation> layer(3, 4, over, lowbit::random_stream(seed));
  layer.weights().value = random_matrix(4, 27, seed + 4, 1.3f);
  const nn::feature_map x = random_images({2, 4, 4, 3}, 5, 1.5f), signs = signs_of(x);
  const nn::feature_map upstream = random_images({2, 4, 4, 4}, 6);
  layer.forward(x.read());
  const float_matrix dx = layer.backward(upstream.read()).pixels();

  // The same convolution of signs without quantizers has the gradients in front of the surrogates.
  nn::conv2d<nn::real, nn::real> plain(3, 4, over, lowbit::random_stream(seed));
  plain.weights().value = layer.weights().value.unaryExpr(
      [](float v) { return lowbit::is_negative(v) ? -1.0f : 1.0f; });
  plain.forward(signs.read());
  const float_matrix through_x = plain.backward(upstream.read()).pixels();
  for (index_t i = 0; i < dx.size(); ++i)
    CHECK(dx.data()[i] == lowbit::ste::approx_sign{}(x.pixels().data()[i], through_x.data()[i]));
  int blocked = 0;
  for (index_t i = 0; i < 108; ++i) {
    const float expected = lowbit::ste::hard_tanh{}(layer.weights().value.data()[i],
                                                    plain.weights().gradient.data()[i]);
    blocked += expected == 0 ? 1 : 0;
    CHECK(layer.weights().gradient.data()[i] == expected);
  }
  CHECK(blocked > 0);
}

TEST_CASE("nn::conv2d gathers a few images at a time, and all of them") {
  // 40 images of 28x28 windows with 27 numbers are more than a megabyte.
  const window over = lowbit::square_window(3, 1, 1);
  nn::conv2d<nn::real, nn::real> layer(3, 2, over, lowbit::random_stream(seed));
  const nn::feature_map x = random_images({40, 28, 28, 3}, 7);
  REQUIRE(lowbit::detail::nn::images_at_a_time(x.shape(), 27) < 20);
  const nn::feature_view y = layer.forward(x.read());
  check_outputs(y, x, layer.weights().value, over, 0);
  const nn::feature_map upstream = random_images(y.shape(), 8);
  const float_matrix dx = layer.backward(upstream.read()).pixels();
  // The transposed map: <g, conv(x)> = <dx, x> = <dw, w>, because the layer is linear in both.
  const double expected = dot(upstream.pixels(), layer.forward(x.read()).pixels());
  CHECK(dot(dx, x.pixels()) == Approx(expected).epsilon(1e-3).margin(1e-2));
  CHECK(dot(layer.weights().gradient, layer.weights().value) ==
        Approx(expected).epsilon(1e-3).margin(1e-2));
}

TEST_CASE("nn::normalised has a batch norm for each channel and its derivatives") {
  INFO("seed " << seed);
  nn::normalised layer(
      nn::conv2d<nn::real, nn::real>(2, 3, lowbit::square_window(2), lowbit::random_stream(seed)));
  layer.norm().gamma().value = random_matrix(1, 3, seed + 9);
  layer.norm().beta().value = random_matrix(1, 3, seed + 10);
  nn::feature_map x = random_images({3, 4, 4, 2}, 11);
  const float_matrix y = layer.forward(x.read()).pixels();
  for (int c = 0; c < 3; ++c)
    CHECK(y.col(c).mean() == Approx(layer.norm().beta().value(0, c)).margin(1e-5));
  const nn::feature_map upstream = random_images({3, 3, 3, 3}, 12);
  const float_matrix dx = layer.backward(upstream.read()).pixels();
  REQUIRE(layer.parameters().size() == 3);
  const float_matrix dw = layer.conv().weights().gradient;
  const auto loss = [&] { return dot(upstream.pixels(), layer.forward(x.read()).pixels()); };
  check_gradient(x.mutable_pixels(), dx, loss, 2e-3f);
  check_gradient(layer.conv().weights().value, dw, loss, 2e-3f);
}

TEST_CASE("nn::conv2d reports shapes") {
  using Catch::Contains;
  using layer_type = nn::conv2d<nn::real, lowbit::sign<>>;
  layer_type layer(3, 4, lowbit::square_window(3), lowbit::random_stream(seed));
  const auto forward = [&](tensor_shape s) { layer.forward(nn::feature_map(s).read()); };
  CHECK_THROWS_WITH(forward({1, 5, 6, 2}), Contains("images of 5x6x2 for filters of 3 channels"));
  CHECK_THROWS_WITH(forward({1, 2, 6, 3}), Contains("the output is empty"));
  layer.forward(random_images({2, 4, 4, 3}, 13).read());
  CHECK_THROWS_WITH(layer.backward(nn::feature_map({2, 2, 3, 4}).read()),
                    Contains("upstream is 2x2x3x4, y is 2x2x2x4"));
  CHECK_THROWS_WITH(layer_type(3, 4, lowbit::square_window(0), lowbit::random_stream(seed)),
                    Contains("size 0"));
  CHECK_THROWS_WITH(layer_type(3, -1, lowbit::square_window(1), lowbit::random_stream(seed)),
                    Contains("outputs"));
  CHECK_THROWS_WITH(nn::normalised(layer_type(3, 4, lowbit::square_window(1),
                                              lowbit::random_stream(seed), {.bias = true})),
                    Contains("bias"));
  const float_matrix pixels(5, 2);
  CHECK_THROWS_WITH(nn::feature_view({1, 2, 2, 2}, pixels),
                    Contains("a matrix of 5x2 for images of 1x2x2x2"));
  const lowbit::matrix<lowbit::code_t> bytes(2, 11);
  CHECK_THROWS_WITH(nn::to_feature_map(bytes, {2, 3, 4, 1}), Contains("2 images of 11 bytes"));
}

TEST_CASE("nn::conv2d takes an empty batch") {
  nn::conv2d<lowbit::sign<>, lowbit::sign<>> layer(3, 4, lowbit::square_window(3, 1, 1),
                                                   lowbit::random_stream(seed));
  const nn::feature_map none({0, 5, 5, 3});
  CHECK(layer.forward(none.read()).shape() == tensor_shape{0, 5, 5, 4});
  CHECK(layer.backward(nn::feature_map({0, 5, 5, 4}).read()).shape() == none.shape());
  CHECK(layer.weights().gradient.isZero());
}

}  // namespace test_conv2d
