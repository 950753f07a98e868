#include <lowbit/encode/quantize.hpp>
#include <lowbit/gradient/approx_sign.hpp>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/quantize/methods/dorefa_activation.hpp>
#include <lowbit/quantize/methods/sign.hpp>
#include <lowbit/quantize/methods/twn.hpp>
#include <lowbit/quantize/methods/xnor_weight.hpp>

#include "numeric.hpp"
#include "support/kernels.hpp"

namespace test_linear {

namespace nn = lowbit::nn;
using nn::float_matrix;

namespace {

constexpr std::uint64_t seed = 41;

template <class Weight, class Input>
nn::linear<Weight, Input> layer_of(lowbit::index_t inputs, lowbit::index_t outputs,
                                   nn::conv2d_options options = {}) {
  nn::linear<Weight, Input> layer(inputs, outputs, lowbit::random_stream(seed), options);
  layer.weights().value = random_matrix(outputs, inputs, seed + 1, 1.3f);
  layer.bias().value = random_matrix(1, options.bias ? outputs : 0, seed + 2);
  return layer;
}

}  // namespace

TEST_CASE("nn::linear without quantizers is an affine map with its derivatives") {
  INFO("seed " << seed);
  auto layer = layer_of<nn::real, nn::real>(4, 3, {.bias = true});
  float_matrix x = random_matrix(5, 4, seed + 3);
  const float_matrix upstream = random_matrix(5, 3, seed + 4);
  const float_matrix y = layer.forward(x).pixels();
  for (int r = 0; r < 5; ++r)
    for (int n = 0; n < 3; ++n) {
      double sum = static_cast<double>(layer.bias().value(0, n));
      for (int k = 0; k < 4; ++k)
        sum += static_cast<double>(x(r, k)) * static_cast<double>(layer.weights().value(n, k));
      CHECK(y(r, n) == Approx(sum).margin(1e-5));
    }
  const float_matrix dx = layer.backward(upstream).pixels();
  const float_matrix dw = layer.weights().gradient, db = layer.bias().gradient;
  const auto loss = [&] { return dot(upstream, layer.forward(x).pixels()); };
  check_gradient(x, dx, loss);
  check_gradient(layer.weights().value, dw, loss);
  check_gradient(layer.bias().value, db, loss);
}

TEST_CASE("nn::linear behind a relu has the relu's derivative") {
  INFO("seed " << seed);
  auto layer = layer_of<nn::real, nn::relu>(4, 3);
  float_matrix x = random_matrix(5, 4, seed + 5);
  for (float& v : nn::elements(x)) v += v < 0 ? -0.1f : 0.1f;  // away from the kink
  const float_matrix upstream = random_matrix(5, 3, seed + 6);
  layer.forward(x);
  const float_matrix dx = layer.backward(upstream).pixels();
  check_gradient(x, dx, [&] { return dot(upstream, layer.forward(x).pixels()); });
  CHECK(nn::relu{}.gradient(0, 1) == 0);
  CHECK(nn::relu{}(-1) == 0);
}

TEST_CASE("nn::linear multiplies what the quantizers decode to") {
  INFO("seed " << seed);
  auto layer = layer_of<lowbit::sign<>, lowbit::dorefa_activation<2>>(7, 3);
  const float_matrix x = random_matrix(4, 7, seed + 7, 1.5f);
  const float_matrix y = layer.forward(x).pixels();
  const lowbit::dorefa_activation<2> q;
  for (int r = 0; r < 4; ++r)
    for (int n = 0; n < 3; ++n) {
      double sum = 0;
      for (int k = 0; k < 7; ++k)
        sum += static_cast<double>(decode(q, encode(q, x(r, k)))) *
               (lowbit::is_negative(layer.weights().value(n, k)) ? -1 : 1);
      CHECK(y(r, n) == Approx(sum).margin(1e-5));
    }
}

TEST_CASE("nn::linear's gradients go through the surrogates") {
  INFO("seed " << seed);
  using activation = lowbit::sign<lowbit::ste::approx_sign>;
  auto layer = layer_of<lowbit::sign<>, activation>(6, 4);
  const float_matrix x = random_matrix(5, 6, seed + 8, 1.5f);
  const float_matrix upstream = random_matrix(5, 4, seed + 9);
  layer.forward(x);
  const float_matrix dx = layer.backward(upstream).pixels();

  const auto bits = [](const float_matrix& m) -> float_matrix {
    return m.unaryExpr([](float v) { return lowbit::is_negative(v) ? -1.0f : 1.0f; });
  };
  const float_matrix& w = layer.weights().value;
  const float_matrix through_x = upstream * bits(w), through_w = upstream.transpose() * bits(x);
  int blocked = 0;
  for (int i = 0; i < x.size(); ++i)
    CHECK(dx.data()[i] ==
          Approx(lowbit::ste::approx_sign{}(x.data()[i], through_x.data()[i])).margin(1e-6));
  for (int i = 0; i < w.size(); ++i) {
    const float expected = lowbit::ste::hard_tanh{}(w.data()[i], through_w.data()[i]);
    blocked += expected == 0 ? 1 : 0;
    CHECK(layer.weights().gradient.data()[i] == Approx(expected).margin(1e-6));
  }
  CHECK(blocked > 0);  // the data reaches outside the window
}

TEMPLATE_TEST_CASE("nn::linear fits scales per tensor or per row", "", lowbit::xnor_weight<>,
                   lowbit::xnor_weight<lowbit::weight_gradient::exact>, lowbit::twn<>) {
  INFO("seed " << seed);
  for (const lowbit::granularity grain : {lowbit::per::tensor, lowbit::per::row}) {
    const bool rows = grain == lowbit::per::row;
    auto layer = layer_of<TestType, nn::real>(9, 4, {.grain = grain});
    const float_matrix unit = float_matrix::Identity(9, 9);
    const float_matrix y = layer.forward(unit).pixels();  // the decoded weights, transposed
    const float_matrix upstream = random_matrix(9, 4, seed + 10);
    layer.backward_parameters(upstream);

    const float_matrix w = layer.weights().value;
    const float_matrix g = upstream.transpose();
    const std::size_t length = rows ? 9 : 36;
    for (std::size_t start = 0; start < 36; start += length) {
      const TestType q = TestType{}.fit(nn::elements(w).subspan(start, length));
      std::vector<float> expected(length);
      lowbit::backward(q, nn::elements(w).subspan(start, length),
                       nn::elements(g).subspan(start, length), std::span<float>(expected));
      for (std::size_t i = 0; i < length; ++i) {
        const auto at = static_cast<lowbit::index_t>(start + i);
        CHECK(y(at % 9, at / 9) == decode(q, encode(q, w.data()[at])));
        CHECK(layer.weights().gradient.data()[at] == expected[i]);
      }
    }
  }
}

TEST_CASE("nn::linear starts the same for one stream") {
  const nn::linear<nn::real, nn::real> a(30, 20, lowbit::random_stream(5, 1));
  const nn::linear<nn::real, nn::real> b(30, 20, lowbit::random_stream(5, 1));
  const nn::linear<nn::real, nn::real> c(30, 20, lowbit::random_stream(5, 2));
  CHECK(a.weights().value == b.weights().value);
  CHECK(a.weights().value != c.weights().value);
  CHECK(a.weights().value.cwiseAbs().maxCoeff() <= std::sqrt(6.0f / 50));
  CHECK(a.weights().value(0, 0) ==
        (2 * lowbit::random_stream(5, 1).uniform(0) - 1) * std::sqrt(6.0f / 50));
}

TEST_CASE("nn::pixel is the identity on bytes") {
  const nn::pixel q;
  for (int v = 0; v < 256; ++v) {
    CHECK(lowbit::encode(q, static_cast<float>(v)) == v);
    CHECK(lowbit::decode(q, static_cast<lowbit::code_t>(v)) == static_cast<float>(v));
  }
  CHECK(lowbit::encode(q, -3) == 0);
  CHECK(lowbit::encode(q, 300) == 255);
  CHECK(lowbit::encode(q, 2.5f) == 2);
  CHECK(lowbit::encode(q, std::nanf("")) == 0);
  CHECK(lowbit::gradient(q, 255, 2) == 2);
  CHECK(lowbit::gradient(q, 256, 2) == 0);
}

TEST_CASE("nn::linear reports shapes") {
  auto layer = layer_of<lowbit::sign<>, nn::real>(7, 3);
  CHECK_THROWS_WITH(layer.forward(float_matrix(2, 6)),
                    Catch::Contains("images of 1x1x6 for filters of 7 channels"));
  layer.forward(float_matrix(float_matrix::Zero(2, 7)));
  CHECK_THROWS_WITH(layer.backward(float_matrix(2, 4)),
                    Catch::Contains("upstream is 2x1x1x4, y is 2x1x1x3"));
}

TEST_CASE("weights share numbers as quantize() shares them") {
  INFO("seed " << seed);
  for (const lowbit::granularity grain :
       {lowbit::per::tensor, lowbit::per::row, lowbit::per::group<4>, lowbit::per::pixel<3>}) {
    auto layer = layer_of<lowbit::twn<>, nn::real>(9, 4, {.grain = grain});
    const float_matrix unit = float_matrix::Identity(9, 9);
    const float_matrix y = layer.forward(unit).pixels();  // the decoded weights, transposed
    const auto wanted = lowbit::quantize(lowbit::per_group(lowbit::twn<>{}, grain),
                                         lowbit::view(layer.weights().value));
    for (int n = 0; n < 4; ++n)
      for (int k = 0; k < 9; ++k) CHECK(y(k, n) == wanted.real(n, k));
  }
  CHECK_THROWS_WITH(
      (layer_of<lowbit::twn<>, nn::real>(9, 4, {.grain = {lowbit::granularity::map::group, 0}})),
      Catch::Contains("groups of 0 along depth"));
}

TEST_CASE("nn::linear takes empty batches and empty layers") {
  auto layer = layer_of<lowbit::sign<>, lowbit::sign<>>(7, 3);
  CHECK(layer.forward(float_matrix(0, 7)).pixels().rows() == 0);
  CHECK(layer.backward(float_matrix(0, 3)).pixels().cols() == 7);
  CHECK(layer.weights().gradient.isZero());
  auto empty = layer_of<lowbit::sign<>, lowbit::sign<>>(0, 3);
  CHECK(empty.forward(float_matrix(2, 0)).pixels().isZero());
}

}  // namespace test_linear
