// Bitwise neural networks: the round in floats has exact gradients, the round in bits begins where it ended.
#include <cmath>
#include <lowbit/nn/deployment/deploy.hpp>
#include <lowbit/nn/deployment/packed_trace.hpp>
#include <lowbit/nn/layers/bitwise.hpp>
#include <lowbit/nn/layers/normalised.hpp>
#include <lowbit/nn/layers/sequential.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/policies/hyperbolic_tangent.hpp>
#include <lowbit/nn/train_step.hpp>

#include "numeric.hpp"
#include "support/settings.hpp"

namespace test_bitwise {

namespace nn = lowbit::nn;
using lowbit::index_t;
using lowbit::random_stream;
using nn::float_matrix;

namespace {

nn::conv_layer layer_of(index_t from, index_t to, std::uint64_t number) {
  return nn::conv_layer(from, to, {}, random_stream(61, number), {}, nn::hyperbolic_tangent{},
                        nn::hyperbolic_tangent{});
}

/// Vectors in three classes, each around a point of its own.
struct clouds {
  float_matrix x;
  std::vector<index_t> labels;

  clouds(index_t n, std::uint64_t seed) : x(random_matrix(n, 16, seed)) {
    const float_matrix centres = random_matrix(3, 16, 62);
    for (index_t i = 0; i < n; ++i) {
      labels.push_back(i % 3);
      x.row(i) += centres.row(i % 3);
    }
  }
};

double accuracy(nn::trainable& net, const clouds& data) {
  net.set_training(false);
  const float_matrix logits = net.forward(data.x).pixels();
  net.set_training(true);
  double right = 0;
  for (index_t i = 0; i < logits.rows(); ++i) {
    index_t answer = 0;
    logits.row(i).maxCoeff(&answer);
    right += answer == data.labels[static_cast<std::size_t>(i)] ? 1 : 0;
  }
  return right / static_cast<double>(logits.rows());
}

auto network() {
  return nn::sequential(nn::normalised(layer_of(16, 32, 0)), nn::normalised(layer_of(32, 32, 1)),
                        nn::normalised(layer_of(32, 3, 2)));
}
auto layers_of(decltype(network())& net) {
  return std::array{&std::get<0>(net.layers()).conv(), &std::get<1>(net.layers()).conv(),
                    &std::get<2>(net.layers()).conv()};
}
void train(nn::trainable& net, const clouds& data, int steps) {
  nn::adam optimizer(net.parameters());
  for (std::int64_t step = 0; step < steps; ++step)
    (void)nn::train_step(net, optimizer, data.x, data.labels, 1e-2f, {step, 0, 1});
}

}  // namespace

TEST_CASE("the first round is a network of tanh with its exact gradients") {
  nn::conv_layer layer = layer_of(5, 4, 9);
  float_matrix x = random_matrix(6, 5, 63, 2);
  const float_matrix g = random_matrix(6, 4, 64);
  float_matrix& w = layer.weights().value;
  const auto tanh_of = [](const float_matrix& m) {
    return m.cast<double>().array().tanh().matrix().eval();
  };
  CHECK((layer.forward(x).pixels().cast<double>() - tanh_of(x) * tanh_of(w).transpose())
            .cwiseAbs()
            .maxCoeff() < 1e-5);
  const float_matrix dx = layer.backward(g).pixels(), dw = layer.weights().gradient;
  const auto f = [&] { return dot(g, layer.forward(x).pixels()); };
  check_gradient(x, dx, f);
  check_gradient(w, dw, f);
}

TEST_CASE("weights of the second round are signs, or have a share of zeros") {
  const float_matrix w = random_matrix(25, 8, 65);
  for (const double zeros : {0.0, 0.004, 0.3, 0.75, 0.999}) {
    INFO("zeros " << zeros);
    const lowbit::any_quantizer q = nn::bitwise_weights(nn::elements(w), zeros);
    std::vector<float> y(200);
    q.forward(nn::elements(w), y);
    float largest_zero = 0, smallest_other = 2;
    int count = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      const float v = nn::elements(w)[i], size = std::abs(v);
      if (y[i] == 0) {
        ++count;
        largest_zero = std::max(largest_zero, size);
      } else {
        CHECK(y[i] == (v < 0 ? -1 : 1));
        smallest_other = std::min(smallest_other, size);
      }
    }
    CHECK(count == static_cast<int>(zeros * 200));
    CHECK(largest_zero < smallest_other);
  }
  CHECK(test::error_of([&] { (void)nn::bitwise_weights(nn::elements(w), 1); }) ==
        "nn::bitwise_weights: zeros is 1: it must be in [0, 1)");
  CHECK_FALSE(nn::bitwise_weights({}, 0.5).traits().fitted);
}

TEST_CASE("the second round multiplies bits and keeps the weights, with noisy gradients") {
  for (const double zeros : {0.0, 0.4}) {
    nn::conv_layer layer = layer_of(6, 5, 10);
    const float_matrix x = random_matrix(7, 6, 66, 2), g = random_matrix(7, 5, 67);
    const float_matrix w = layer.weights().value;
    nn::to_bitwise(layer, zeros);
    CHECK(layer.weights().value == w);
    CHECK(layer.weights().clip == 0);
    float_matrix bits(5, 6);
    nn::bitwise_weights(nn::elements(w), zeros).forward(nn::elements(w), nn::elements(bits));
    const float_matrix signs = x.unaryExpr([](float v) { return v < 0 ? -1.0f : 1.0f; });
    CHECK(layer.forward(x).pixels() == float_matrix(signs * bits.transpose()));
    const float_matrix dx = layer.backward(g).pixels();
    const auto slope = 1 - x.cast<double>().array().tanh().square();
    CHECK((dx.cast<double>().array() - (g * bits).cast<double>().array() * slope).abs().maxCoeff() <
          1e-5);
    CHECK((layer.weights().gradient - g.transpose() * signs).cwiseAbs().maxCoeff() < 1e-5f);
  }
}

TEST_CASE("two rounds: the bits begin from what the floats learned, and deploy") {
  const clouds data(150, 1), test(150, 2);
  for (const double zeros : {0.0, 0.3}) {
    INFO("zeros " << zeros);
    auto net = network(), untrained = network();
    train(net, data, 60);
    CHECK(accuracy(net, test) > 0.9);
    for (nn::conv_layer* const layer : layers_of(net)) nn::to_bitwise(*layer, zeros);
    for (nn::conv_layer* const layer : layers_of(untrained)) nn::to_bitwise(*layer, zeros);
    // No weight moves: the running averages of the batch norms move to sums of bits.
    for (int pass = 0; pass < 60; ++pass) {
      (void)net.forward(data.x);
      (void)untrained.forward(data.x);
    }
    const double begins = accuracy(net, test);
    CHECK(begins > accuracy(untrained, test) + 0.2);
    train(net, data, 60);
    CHECK(accuracy(net, test) >= begins);
    CHECK(accuracy(net, test) > 0.9);

    net.set_training(false);
    const nn::trace in_float = nn::freeze(net).traced(test.x);
    const nn::trace on_bits = nn::traced(nn::deploy(net), nn::feature_view(test.x).view());
    const nn::comparison both = nn::compare(in_float, on_bits);
    CHECK(both.different_codes == 0);
    CHECK(both.different_logits == 0);
  }
}

}  // namespace test_bitwise
