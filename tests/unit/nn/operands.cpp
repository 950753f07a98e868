// What a layer does with its two policies: scales per token, numbers that are given, ranges that lose signs.
#include <lowbit/nn/layers/conv2d.hpp>
#include <lowbit/quantize/check_quantizer.hpp>
#include <lowbit/quantize/methods/bitnet_activation.hpp>
#include <lowbit/quantize/methods/bitnet_ternary.hpp>
#include <lowbit/quantize/methods/fixed_point.hpp>
#include <lowbit/quantize/methods/log_quantizer.hpp>
#include <lowbit/quantize/methods/lsq.hpp>
#include <lowbit/quantize/methods/midrise.hpp>
#include <lowbit/quantize/methods/qnn_linear.hpp>
#include <lowbit/quantize/methods/syq.hpp>
#include <lowbit/quantize/methods/twn.hpp>
#include <vector>

#include "support/kernels.hpp"
#include "unit/nn/layer_outcome.hpp"

namespace test_operands {

namespace nn = lowbit::nn;
using lowbit::index_t;
using nn::float_matrix;

namespace {

constexpr std::uint64_t seed = 81;

}  // namespace

TEST_CASE("nn::linear scales BitNet's activations per token, also when it is frozen") {
  // With weights of 1, y of a token is the sum of round(127 x / m) m / 127, m = max |x|.
  const float_matrix x = (float_matrix(3, 4) << 0.01f, 0.02f, 0.03f, 0.04f,  //
                          100, 100, 100, 100,                                //
                          5, -10, 2.5f, 1)
                             .finished();
  const double expected[] = {(32 + 64 + 95 + 127) * 0.04 / 127, 400.0,
                             (64 - 127 + 32 + 13) * 10.0 / 127};  // 63.5 and 31.75 go to even, up
  const auto check = [&](const float_matrix& y) {
    for (int r = 0; r < 3; ++r)
      CHECK(static_cast<double>(y(r, 0)) == Approx(expected[r]).epsilon(1e-6));
  };
  nn::linear<lowbit::bitnet_ternary<>, lowbit::bitnet_activation<8>> layer(
      4, 1, lowbit::random_stream(seed));
  layer.weights().value.setOnes();
  check(layer.forward(x).pixels());
  nn::linear<nn::real, lowbit::bitnet_activation<8>> last(4, 1, lowbit::random_stream(seed),
                                                          {.bias = true});
  last.weights().value.setOnes();
  check(last.forward(x).pixels());

  const float_matrix other = float_matrix::Constant(2, 4, 0.5f);
  layer.forward(other);  // the last batch before freezing has another scale, and other tokens
  last.forward(other);
  const auto frozen = nn::freeze(layer);
  nn::code_log log;
  check(frozen(x, &log).pixels());
  check(nn::freeze(last)(x).pixels());
  REQUIRE(log.size() == 1);
  const std::vector<int> second_to_last{0x7f, 0x7f, 0x7f, 0x7f, 64, 0x81, 32, 13};
  for (index_t i = 0; i < 8; ++i)
    CHECK(log[0].data()[4 + i] == second_to_last[static_cast<std::size_t>(i)]);
  for (int r = 0; r < 3; ++r) {  // a token's result does not depend on the tokens around it
    const float_matrix alone = x.row(r);
    CHECK(frozen(alone).pixels()(0, 0) == frozen(x).pixels()(r, 0));
    CHECK(static_cast<double>(layer.forward(alone).pixels()(0, 0)) ==
          Approx(expected[r]).epsilon(1e-6));
  }
  CHECK(frozen(float_matrix(0, 4)).pixels().rows() == 0);
  CHECK(layer.forward(float_matrix(0, 4)).pixels().rows() == 0);
  check(layer.forward(x).pixels());
}

TEST_CASE("inputs that are fitted per token are read pixel by pixel") {
  // Two images of two pixels: a token is a pixel, as a row of a matrix is one.
  using layer_type = nn::conv2d<lowbit::bitnet_ternary<>, lowbit::bitnet_activation<8>>;
  const lowbit::random_stream stream(seed);
  layer_type layer(5, 3, stream);
  const float_matrix x = random_matrix(4, 5, seed + 1, 2);
  const float_matrix of_rows = layer.forward(x).pixels();
  CHECK(layer.forward({{2, 1, 2, 5}, x}).pixels() == of_rows);
  CHECK(nn::freeze(layer)({{2, 1, 2, 5}, x}).pixels() == nn::freeze(layer)(x).pixels());
  CHECK_THROWS_WITH(layer_type(5, 3, lowbit::square_window(3, 1, 1), stream),
                    Catch::Contains("inputs are fitted per token: a window of 3x3 pixels"));
  CHECK_THROWS_WITH(layer_type(5, 3, lowbit::square_window(1, 2), stream),
                    Catch::Contains("or one with strides"));
}

TEST_CASE("nn::fixed keeps the numbers that it was given") {
  INFO("seed " << seed);
  const lowbit::lsq<4> learned{.step = 0.06f};
  const nn::fixed weight(learned);
  using lsq = std::remove_const_t<decltype(weight)>;
  STATIC_REQUIRE(nn::trainable_quantizer<lsq>);
  STATIC_REQUIRE_FALSE(lowbit::learnable<lsq>);
  STATIC_REQUIRE_FALSE(lowbit::fitted<nn::fixed<lowbit::twn<>>>);
  STATIC_REQUIRE(lowbit::check_quantizer<nn::fixed<lowbit::twn<>>>());

  // Inputs: Ristretto's format, fitted to a sample whose largest magnitude is 3, so in steps of 4 / 128.
  const std::vector<float> sample{-3, 1, 0.25f};
  const nn::fixed input(lowbit::dynamic_fixed_point<8>{}.fit(sample));
  const float_matrix x = random_matrix(5, 24, seed + 3, 2);
  const outcome o = run(x, weight, input);
  check(o);
  CHECK(o.freezes);
  CHECK(distance(o.weights, o.latent.unaryExpr([&](float w) {
          return decode(learned, encode(learned, w));
        })) == 0);
  CHECK(distance(o.inputs, x.unaryExpr([](float v) { return std::round(v * 32) / 32; })) == 0);

  CHECK_THROWS_WITH(nn::fixed(lowbit::lsq<4>{.step = 0}), Catch::Contains("lsq: step is 0"));
  CHECK_THROWS_WITH((nn::linear<lowbit::midrise<2>, nn::real>(3, 2, lowbit::random_stream(1), {},
                                                              lowbit::midrise<2>{-1})),
                    Catch::Contains("midrise: step is -1"));
}

TEST_CASE("layers keep the sign of logarithmic weights") {
  // LogNet: powers of two below 2^1, with a sign.
  using weight = lowbit::log_quantizer<4, 1, lowbit::log_sign::top_bit>;
  nn::linear<weight, nn::real> layer(1, 3, lowbit::random_stream(seed), {}, weight{1});
  layer.weights().value << -1, -0.25f, -1 / 64.0f;
  const float_matrix y = layer.forward(float_matrix(float_matrix::Ones(1, 1))).pixels();
  CHECK(y == (float_matrix(1, 3) << -1, -0.25f, -1 / 64.0f).finished());
  CHECK(nn::freeze(layer)(float_matrix(float_matrix::Ones(1, 1))).pixels() == y);
}

TEST_CASE("weights need levels below zero") {
  using weight = lowbit::qnn_linear<4>;
  const lowbit::random_stream stream(seed);
  CHECK_THROWS_WITH((nn::linear<weight, nn::real>(3, 2, stream)),
                    Catch::Contains("nn::conv2d: the levels of the weights begin at 0"));
  CHECK_THROWS_WITH((nn::conv2d<weight, nn::real>(3, 2, lowbit::square_window(1), stream)),
                    Catch::Contains("nn::conv2d: the levels of the weights begin at 0"));
  CHECK_NOTHROW(nn::linear<weight, nn::real>(3, 2, stream, {}, weight{0.25f, -1, 1}));
}

TEST_CASE("a threshold that belongs to the layer is not found anew for each row") {
  // SYQ: eta is 0.05 of the layer's largest magnitude, alpha the mean magnitude of the row.
  nn::linear<lowbit::syq<>, nn::real> layer(2, 2, lowbit::random_stream(seed),
                                            {.grain = lowbit::per::row});
  layer.weights().value << 10, -2, 0.4f, -1;
  const float_matrix unit = float_matrix::Identity(2, 2);
  const float_matrix expected = (float_matrix(2, 2) << 6, 0, -6, -0.7f).finished();
  CHECK(distance(layer.forward(unit).pixels(), expected) < 1e-6);
  CHECK(layer.forward(unit).pixels() == nn::freeze(layer)(unit).pixels());
}

TEST_CASE("layers without rows keep their quantizers") {
  nn::linear<lowbit::twn<>, nn::real> layer(4, 0, lowbit::random_stream(seed),
                                            {.grain = lowbit::per::row});
  CHECK(layer.forward(float_matrix(float_matrix::Ones(2, 4))).pixels().cols() == 0);
  CHECK(layer.forward(float_matrix(float_matrix::Ones(2, 4))).pixels().rows() == 2);
}

}  // namespace test_operands
