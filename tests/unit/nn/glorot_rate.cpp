// Rates per layer: BinaryConnect's formula, and what it is for.
#include <cmath>
#include <lowbit/nn/layers/glorot_rate.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/optimizers/sgd.hpp>
#include <lowbit/quantize/methods/sign.hpp>

#include "numeric.hpp"

namespace test_glorot_rate {

namespace nn = lowbit::nn;
using lowbit::index_t;
using lowbit::random_stream;
using nn::float_matrix;

namespace {

nn::conv_layer binary_layer(index_t inputs, index_t outputs, const lowbit::window& over,
                            index_t groups = 1) {
  return nn::conv_layer(inputs, outputs, over, random_stream(71), {.bias = true, .groups = groups},
                        lowbit::sign<lowbit::ste::identity>{}, nn::real{});
}

}  // namespace

TEST_CASE("Glorot's coefficient is that of BinaryConnect's program") {
  CHECK(nn::glorot_coefficient(784, 2048) == Approx(std::sqrt(1.5 / 2832)));
  CHECK(nn::glorot_coefficient(0, 0) == 1);
  // A filter of 3x3 taps: 9 x 128 numbers come in, 9 x 256 go out.
  CHECK(nn::glorot_coefficient(binary_layer(128, 256, lowbit::square_window(3, 1, 1))) ==
        Approx(std::sqrt(1.5 / (9 * 384))));
  CHECK(nn::glorot_coefficient(binary_layer(128, 256, lowbit::square_window(3, 1, 1), 32)) ==
        Approx(std::sqrt(1.5 / (9 * 12))));
  nn::conv_layer layer = binary_layer(40, 24, {});
  const float c = nn::glorot_coefficient(layer);
  // Initial weights reach 2 c, so weights / 2 c reach 1.
  const float_matrix spread = layer.weights().value / (2 * c);
  CHECK(spread.cwiseAbs().maxCoeff() <= 1);
  CHECK(spread.cwiseAbs().maxCoeff() > 0.98f);
  nn::set_glorot_rate(layer, nn::steps::normalised);
  CHECK(layer.weights().rate == Approx(std::sqrt(64 / 1.5)));
  nn::set_glorot_rate(layer, nn::steps::proportional);
  CHECK(layer.weights().rate == Approx(64 / 1.5));
  CHECK(layer.bias().rate == 1);
}

TEST_CASE("weights in units of c move as weights of floats do, and stay in their clip") {
  const auto compare = [](const auto& make, nn::steps kind) {
    nn::conv_layer layer = binary_layer(6, 5, {});
    const float c = nn::glorot_coefficient(layer);
    nn::set_glorot_rate(layer, kind);
    nn::parameter &v = layer.weights(), w(5, 6);
    v.clip = 0;
    w.value = c * v.value;
    auto of_v = make(std::vector<nn::parameter*>{&v}), of_w = make(std::vector<nn::parameter*>{&w});
    for (std::uint64_t step = 0; step < 20; ++step) {
      w.gradient = random_matrix(5, 6, 72 + step);
      v.gradient = c * w.gradient;
      of_v.step();
      of_w.step();
    }
    CHECK((c * v.value - w.value).cwiseAbs().maxCoeff() < 1e-5f);
  };
  compare([](std::vector<nn::parameter*> p) { return nn::sgd(std::move(p), {.rate = 0.05f}); },
          nn::steps::proportional);
  compare([](std::vector<nn::parameter*> p) { return nn::adam(std::move(p), {.rate = 0.02f}); },
          nn::steps::normalised);

  nn::conv_layer layer = binary_layer(6, 5, {});
  nn::set_glorot_rate(layer, nn::steps::normalised);
  nn::adam optimizer(layer.parameters(), {.rate = 1});
  layer.weights().gradient = random_matrix(5, 6, 99);
  optimizer.step();
  CHECK(layer.weights().clip == 1);
  CHECK(layer.weights().value.cwiseAbs() == float_matrix::Ones(5, 6));
}

}  // namespace test_glorot_rate
