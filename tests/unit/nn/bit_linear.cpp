// BitNet's linear layer against plain loops: its value, its straight-through gradients, its packed product, training.
#include <cmath>
#include <lowbit/eigen/interop.hpp>
#include <lowbit/encode/quantize.hpp>
#include <lowbit/io/network.hpp>
#include <lowbit/nn/deployment/deploy.hpp>
#include <lowbit/nn/deployment/packed_trace.hpp>
#include <lowbit/nn/layers/bit_linear.hpp>
#include <lowbit/nn/layers/layer_norm.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/train_step.hpp>
#include <lowbit/product/matmul.hpp>
#include <lowbit/quantize/methods/bitnet_binary.hpp>

#include "numeric.hpp"
#include "support/isas.hpp"
#include "support/settings.hpp"

namespace test_bit_linear {

namespace nn = lowbit::nn;
using lowbit::index_t;
using lowbit::random_stream;
using nn::float_matrix;

namespace {

using doubles = Eigen::MatrixXd;

/// Rows as the activations of BitNet: 8 bits, a scale per row.
doubles activations(const float_matrix& x) {
  doubles a(x.rows(), x.cols());
  for (index_t r = 0; r < x.rows(); ++r) {
    const double largest = double{x.row(r).cwiseAbs().maxCoeff()};
    for (index_t c = 0; c < x.cols(); ++c)
      a(r, c) = std::nearbyint(double{x(r, c)} * 127 / largest) * largest / 127;
  }
  return a;
}
doubles ternary(const float_matrix& w) {
  const doubles d = w.cast<double>();
  const double gamma = d.cwiseAbs().mean();
  return d.unaryExpr([&](double v) {
    const double t = std::nearbyint(v / (gamma + 1e-5));
    return gamma * (t > 1 ? 1 : t < -1 ? -1 : t);
  });
}
void check_near(const float_matrix& found, const doubles& wanted) {
  REQUIRE(found.rows() == wanted.rows());
  CHECK((found.cast<double>() - wanted).cwiseAbs().maxCoeff() <=
        1e-5 * (1 + wanted.cwiseAbs().maxCoeff()));
}

}  // namespace

TEST_CASE("bit_linear: norm, 8 bits per token, ternary weights, gradients straight through") {
  auto layer = nn::bit_linear(24, 7, random_stream(31), {.bias = true});
  auto& [norm, linear] = layer.layers();
  norm.gamma().value = random_matrix(1, 24, 32, 2);
  linear.bias().value = random_matrix(1, 7, 33);
  const float_matrix x = random_matrix(5, 24, 34, 3), g = random_matrix(5, 7, 35);
  nn::rms_norm twin(24);
  twin.gamma().value = norm.gamma().value;
  const float_matrix normed = twin.forward(x).pixels();
  const doubles a = activations(normed), w = ternary(linear.weights().value);
  const float_matrix y = layer.forward(x).pixels();
  check_near(y, (a * w.transpose()).rowwise() + linear.bias().value.row(0).cast<double>());
  const float_matrix dx = layer.backward(g).pixels();
  check_near(linear.weights().gradient, g.cast<double>().transpose() * a);
  check_near(linear.bias().gradient, g.cast<double>().colwise().sum());
  check_near(
      dx,
      twin.backward(float_matrix((g.cast<double>() * w).cast<float>())).pixels().cast<double>());
  check_near(norm.gamma().gradient, twin.gamma().gradient.cast<double>());
  CHECK(layer.parameters().size() == 3);
  CHECK(linear.weights().clip == 0);

  // The packed product with a scale per token.
  const auto codes = lowbit::quantize(
      lowbit::per_group(lowbit::bitnet_activation<8>{}, lowbit::per::token), normed);
  const auto weights = lowbit::quantize(lowbit::bitnet_ternary<>{}, linear.weights().value);
  const lowbit::matrix<float> packed = lowbit::matmul(codes, weights);
  for (index_t r = 0; r < 5; ++r)
    for (index_t o = 0; o < 7; ++o)
      CHECK(packed(r, o) + linear.bias().value(0, o) == Approx(y(r, o)).epsilon(1e-5).margin(1e-5));

  // A token does not depend on the others, in evaluation neither.
  layer.set_training(false);
  CHECK(layer.forward(x).pixels() == y);
  const float_matrix one = x.row(2);
  CHECK((layer.forward(one).pixels() - y.row(2)).cwiseAbs().maxCoeff() < 1e-5f);
}

TEST_CASE("the 1-bit BitNet has signs around the mean, and a layer norm") {
  auto layer = nn::bit_linear<lowbit::bitnet_binary<>, nn::layer_norm>(9, 4, random_stream(36));
  auto& linear = std::get<1>(layer.layers());
  linear.weights().value.array() += 0.1f;
  const float_matrix x = random_matrix(3, 9, 37, 2);
  nn::layer_norm twin(9);
  const doubles a = activations(twin.forward(x).pixels()),
                w = linear.weights().value.cast<double>();
  const double mean = w.mean(), beta = w.cwiseAbs().mean();
  check_near(layer.forward(x).pixels(),
             a * w.unaryExpr([&](double v) { return v >= mean ? beta : -beta; }).transpose());
}

TEST_CASE("layer norm: rows of mean 0 and deviation 1, and its derivatives") {
  nn::layer_norm layer(6, 1e-6f);
  float_matrix x = random_matrix(4, 6, 38, 3);
  x.array() += 5;
  const float_matrix plain = layer.forward(x).pixels();
  for (index_t r = 0; r < 4; ++r) {
    CHECK(std::abs(plain.row(r).mean()) < 1e-5f);
    CHECK(plain.row(r).squaredNorm() == Approx(6).epsilon(1e-4));
  }
  layer.gamma().value = random_matrix(1, 6, 39, 2);
  layer.beta().value = random_matrix(1, 6, 40);
  const float_matrix g = random_matrix(4, 6, 41);
  const auto f = [&] { return dot(g, layer.forward(x).pixels()); };
  f();
  const float_matrix dx = layer.backward(g).pixels(), dgamma = layer.gamma().gradient,
                     dbeta = layer.beta().gradient;
  check_gradient(x, dx, f);
  check_gradient(layer.gamma().value, dgamma, f);
  check_gradient(layer.beta().value, dbeta, f);
  CHECK(test::error_of([&] { (void)layer.forward(float_matrix(2, 4)); }) ==
        "nn::layer_norm: images of 4 channels for 6");
  CHECK(test::error_of([] { nn::layer_norm(3, 0); }) ==
        "nn::layer_norm: 3 channels, epsilon 0: both must be above 0");
}

TEST_CASE("a network of bit_linear layers learns") {
  float_matrix x = random_matrix(150, 16, 42, 1.2f);
  const float_matrix centres = random_matrix(3, 16, 43);
  std::vector<index_t> labels;
  for (index_t i = 0; i < 150; ++i) {
    labels.push_back(i % 3);
    x.row(i) += centres.row(i % 3);
  }
  nn::sequential net(nn::bit_linear(16, 24, random_stream(44, 0)),
                     nn::bit_linear(24, 3, random_stream(44, 1)));
  nn::adam optimizer(net.parameters());
  double loss = 0, first = 0;
  for (std::int64_t step = 0; step < 120; ++step) {
    loss = nn::train_step(net, optimizer, x, labels, 5e-3f, {step, 0, 1});
    if (step == 0) first = loss;
  }
  CHECK(first > 0.7);
  CHECK(loss < 0.15);

  // What was trained is what runs: every code of every token, every logit.
  net.set_training(false);
  const auto frozen = nn::freeze(net);
  const auto packed = nn::deploy(net);
  const nn::trace expected = frozen.traced(x);
  test::on_every_isa([&](lowbit::any_isa isa) {
    const nn::comparison same =
        nn::compare(expected, nn::traced(packed, nn::feature_view(x).view(), lowbit::on(isa)));
    CHECK(same.identical());
    CHECK(same.hidden_codes == 150 * (16 + 24));
    CHECK(same.logits == 150 * 3);
  });
  CHECK(expected.logits(7, 2) ==
        Approx(net.forward(x).pixels()(7, 2)));  // sums of floats, in training
  const std::vector<std::byte> file = lowbit::save(packed);
  const auto again = lowbit::load<std::remove_const_t<decltype(packed)>>(file);
  REQUIRE(again);
  CHECK(nn::compare(expected, nn::traced(*again, nn::feature_view(x).view())).identical());
  CHECK(lowbit::save(*again) == file);
}

}  // namespace test_bit_linear
