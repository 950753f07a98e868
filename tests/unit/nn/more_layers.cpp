// Dropout, RMS norm, shift-based batch norm, local binary convolutions.
#include <cmath>
#include <lowbit/nn/layers/batch_norm.hpp>
#include <lowbit/nn/layers/dropout.hpp>
#include <lowbit/nn/layers/lbc_block.hpp>
#include <lowbit/nn/layers/rms_norm.hpp>
#include <lowbit/nn/optimizers/adam.hpp>

#include "numeric.hpp"
#include "support/settings.hpp"

namespace test_more_layers {

namespace nn = lowbit::nn;
using lowbit::index_t;
using nn::float_matrix;

TEST_CASE("dropout leaves out a share while training, and nothing afterwards") {
  nn::dropout layer(0.25f, lowbit::random_stream(3));
  const float_matrix x = float_matrix::Ones(200, 200);
  const float_matrix y = layer.forward(x).pixels();
  const auto left_out = static_cast<double>((y.array() == 0).count());
  CHECK(left_out / 40000 == Approx(0.25).margin(0.01));
  CHECK(((y.array() == 0) || (y.array() == 1 / 0.75f)).all());
  const float_matrix g = random_matrix(200, 200, 71);
  CHECK(layer.backward(g).pixels() == float_matrix(g.cwiseProduct(y)));

  // A checkpoint keeps how many numbers were drawn.
  std::vector<double> state;
  layer.write_state(state);
  const float_matrix second = layer.forward(x).pixels();
  CHECK(second != y);
  nn::dropout again(0.25f, lowbit::random_stream(3));
  std::span<const double> from(state);
  again.read_state(from);
  CHECK(again.forward(x).pixels() == second);

  layer.set_training(false);
  CHECK(layer.forward(x).pixels() == x);
  CHECK(layer.backward(g).pixels() == g);
  CHECK(test::error_of([] { nn::dropout(1, lowbit::random_stream(3)); }) ==
        "nn::dropout: p is 1: it must be in [0, 1)");
}

TEST_CASE("rms norm: rows of root mean square 1, and its derivatives") {
  nn::rms_norm layer(5, 1e-6f);
  float_matrix x = random_matrix(4, 5, 72, 3);
  const float_matrix plain = layer.forward(x).pixels();
  for (index_t r = 0; r < 4; ++r) CHECK(plain.row(r).squaredNorm() == Approx(5).epsilon(1e-5));
  layer.gamma().value = random_matrix(1, 5, 73, 2);
  const float_matrix g = random_matrix(4, 5, 74);
  const auto f = [&] { return dot(g, layer.forward(x).pixels()); };
  f();
  const float_matrix dx = layer.backward(g).pixels(), dgamma = layer.gamma().gradient;
  check_gradient(x, dx, f);
  check_gradient(layer.gamma().value, dgamma, f);
  CHECK(test::error_of([&] { (void)layer.forward(float_matrix(2, 4)); }) ==
        "nn::rms_norm: images of 4 channels for 5");
}

TEST_CASE("shift-based batch norm multiplies by powers of two, evaluation as well") {
  nn::batch_norm layer(3, {.momentum = 0.875f, .epsilon = 1e-5f, .shifts = true});
  layer.gamma().value << 1.5f, -0.7f, 3;
  layer.beta().value << 0.25f, 0, -1;
  const float_matrix x = random_matrix(64, 3, 75, 5);
  const auto is_power = [](double factor) {
    return std::exp2(std::round(std::log2(factor))) == factor;
  };
  // The ratio of two differences is the factor, but for the roundings of x - mean.
  const float_matrix y = layer.forward(x).pixels();
  for (index_t c = 0; c < 3; ++c) {
    const double factor =
        std::abs((double{y(0, c)} - double{y(1, c)}) / (double{x(0, c)} - double{x(1, c)}));
    CHECK(std::exp2(std::round(std::log2(factor))) == Approx(factor).epsilon(1e-4));
  }
  for (int i = 0; i < 100; ++i) (void)layer.forward(x);
  layer.set_training(false);
  const float_matrix evaluated = layer.forward(x).pixels();
  CHECK((evaluated - y).cwiseAbs().maxCoeff() < 1e-3f);
  const auto frozen = layer.frozen();
  const lowbit::batch_norm_view view = frozen;
  for (index_t c = 0; c < 3; ++c) CHECK(is_power(std::abs(view.scale[c])));

  std::vector<double> state;
  layer.write_state(state);
  nn::batch_norm other(3, {.momentum = 0.875f, .epsilon = 1e-5f, .shifts = true});
  other.gamma().value = layer.gamma().value;
  other.beta().value = layer.beta().value;
  std::span<const double> from(state);
  other.read_state(from);
  other.set_training(false);
  CHECK(other.forward(x).pixels() == evaluated);
}

TEST_CASE("a local binary convolution trains its mixture alone") {
  auto block =
      nn::lbc_block(2, 3, lowbit::square_window(3, 1, 1), 9, 0, {.maps = 12, .share = 0.4});
  const auto parameters = block.parameters();
  REQUIRE(parameters.size() == 2);
  const float_matrix fixed = parameters[0]->value, mixture = parameters[1]->value;
  CHECK(((fixed.array() == 0) || (fixed.array().abs() == 1)).all());
  const auto filled = static_cast<double>((fixed.array() != 0).count());
  CHECK(filled / static_cast<double>(fixed.size()) == Approx(0.33).margin(0.06));
  nn::feature_map x(lowbit::tensor_shape{2, 5, 5, 2});
  x.mutable_pixels() = random_matrix(50, 2, 76);
  nn::adam optimizer(parameters, {.decay = 0.1f});
  const float_matrix before = block.forward(x.read()).pixels();
  block.backward_parameters({{2, 5, 5, 3}, before});
  optimizer.step();
  CHECK(parameters[0]->value == fixed);
  CHECK(parameters[1]->value != mixture);
  CHECK(block.forward(x.read()).pixels().squaredNorm() < before.squaredNorm());
}

}  // namespace test_more_layers
