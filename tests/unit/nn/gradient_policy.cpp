// Gradients of few bits: eq. 12 of DoReFa-Net in plain arithmetic, its noise, and layers that train with them.
#include <cmath>
#include <lowbit/nn/fit.hpp>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/nn/layers/normalised.hpp>
#include <lowbit/nn/layers/sequential.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/policies/gradient_policy.hpp>
#include <lowbit/quantize/methods/dorefa_activation.hpp>
#include <lowbit/quantize/methods/dorefa_gradient.hpp>
#include <lowbit/quantize/methods/dorefa_weight.hpp>
#include <lowbit/quantize/methods/lsq.hpp>
#include <lowbit/quantize/methods/wage.hpp>

#include "numeric.hpp"
#include "support/settings.hpp"

namespace test_gradient_policy {

namespace nn = lowbit::nn;
using lowbit::index_t;
using lowbit::random_stream;
using nn::float_matrix;

namespace {

nn::feature_map random_images(lowbit::tensor_shape shape, std::uint64_t seed, float bound = 1) {
  nn::feature_map x(shape);
  x.mutable_pixels() = random_matrix(shape.pixels(), shape.channels, seed, bound);
  return x;
}

/// 4x4 images in two classes, with a bright half on top or at the bottom.
struct halves {
  std::vector<std::uint8_t> bytes, labels;

  explicit halves(index_t n, std::uint64_t seed) {
    const random_stream random(seed);
    for (index_t i = 0; i < 16 * n; ++i) {
      const bool bright = (i / 16 % 2 == 0) == (i % 16 < 8);
      bytes.push_back(
          static_cast<std::uint8_t>((bright ? 60.0f : 20.0f) + 120 * random.uniform(i)));
    }
    for (index_t i = 0; i < n; ++i) labels.push_back(static_cast<std::uint8_t>(i % 2));
  }
  nn::image_set set() const {
    return {lowbit::nhwc(bytes.data(), {static_cast<index_t>(labels.size()), 4, 4, 1}), labels};
  }
};

}  // namespace

TEST_CASE("gradients of K bits are those of DoReFa-Net's formula, image by image") {
  const nn::feature_map g = random_images({3, 2, 2, 5}, 11);
  const random_stream stream(5);
  index_t position = 1000;
  nn::gradient_policy policy(lowbit::dorefa_gradient<3>{});
  const float_matrix y = policy(g.read(), stream, position).pixels();
  CHECK(position == 1060);
  const double n = 7;
  for (index_t image = 0; image < 3; ++image) {
    const auto rows = g.pixels().middleRows(4 * image, 4);
    const auto largest = static_cast<double>(rows.cwiseAbs().maxCoeff());
    for (index_t i = 20 * image; i < 20 * image + 20; ++i) {
      const double noise = (double{stream.uniform(1000 + i)} - 0.5) / n;
      const double inside = double{g.pixels().data()[i]} / (2 * largest) + 0.5 + noise;
      const double clipped = inside < 0 ? 0 : inside > 1 ? 1 : inside;
      INFO("element " << i);
      CHECK(double{y.data()[i]} ==
            Approx(2 * largest * (std::nearbyint(n * clipped) / n - 0.5)).epsilon(1e-6));
    }
  }
  // The next call draws other noise; the mean of many is the gradient.
  CHECK(policy(g.read(), stream, position).pixels() != y);
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(12, 5);
  for (int i = 0; i < 4000; ++i) sum += policy(g.read(), stream, position).pixels().cast<double>();
  // One draw has a deviation of half a step, 1/7, at most.
  CHECK((sum / 4000 - g.pixels().cast<double>()).cwiseAbs().maxCoeff() <
        5 * (1.0 / 7) / std::sqrt(4000.0));
}

TEST_CASE("without a quantizer gradients pass, and with one per batch there is one scale") {
  const nn::feature_map g = random_images({2, 1, 1, 4}, 12);
  const random_stream stream(5);
  index_t position = 7;
  nn::gradient_policy none;
  CHECK(&none(g.read(), stream, position).pixels() == &g.pixels());
  nn::gradient_policy error(lowbit::wage_error<8>{}, lowbit::per::tensor);
  const float_matrix y = error(g.read(), stream, position).pixels();
  CHECK(position == 7);
  const auto q = lowbit::wage_error<8>{}.fit(nn::elements(g.pixels()));
  for (index_t i = 0; i < y.size(); ++i)
    CHECK(y.data()[i] == lowbit::decode(q, lowbit::encode(q, g.pixels().data()[i])));
  const nn::feature_map nothing(lowbit::tensor_shape{0, 1, 1, 4});
  CHECK(error(nothing.read(), stream, position).pixels().size() == 0);
  CHECK(test::error_of([] { nn::gradient_policy(lowbit::lsq<4>{}); }) ==
        "nn::gradient_policy: the numbers of this quantizer are trained: nothing trains them on "
        "the way back");
  CHECK(test::error_of([] {
          nn::gradient_policy(lowbit::dorefa_gradient<4>{}, lowbit::per::group<8>);
        }) == "nn::gradient_policy: groups of depth: use per::row or per::tensor");
}

TEST_CASE("a layer's gradients are products with the quantized gradient, in training alone") {
  const auto make = [] {
    return nn::conv_layer(3, 4, lowbit::square_window(3, 1, 1), random_stream(8), {.bias = true},
                          nn::real{}, lowbit::dorefa_activation<2>{});
  };
  nn::conv_layer layer = make(), twin = make();
  layer.set_gradient_policy(lowbit::dorefa_gradient<4>{});
  const nn::feature_map x = random_images({2, 5, 4, 3}, 13), g = random_images({2, 5, 4, 4}, 14);
  (void)layer.forward(x.read());
  (void)twin.forward(x.read());
  index_t position = twin.weights().value.size();  // behind the numbers of the initial weights
  nn::gradient_policy policy(lowbit::dorefa_gradient<4>{});
  const float_matrix dx = layer.backward(g.read()).pixels();
  CHECK(dx == twin.backward(policy(g.read(), random_stream(8), position)).pixels());
  CHECK(layer.weights().gradient == twin.weights().gradient);
  CHECK(layer.bias().gradient == twin.bias().gradient);
  CHECK(layer.weights().gradient != float_matrix::Zero(4, 27));

  // A checkpoint keeps the position in the stream.
  std::vector<double> state;
  layer.write_state(state);
  const float_matrix second = layer.backward(g.read()).pixels();
  CHECK(second != dx);
  std::span<const double> from(state);
  layer.read_state(from);
  CHECK(layer.backward(g.read()).pixels() == second);

  layer.set_training(false);
  twin.set_training(false);
  (void)layer.forward(x.read());
  (void)twin.forward(x.read());
  CHECK(layer.backward(g.read()).pixels() == twin.backward(g.read()).pixels());
}

TEST_CASE("a network of few bits learns from gradients of few bits, and the same every time") {
  const halves train(120, 1), test(60, 2);
  const auto run = [&](int bits) {
    using namespace lowbit;
    auto net = nn::sequential(
        nn::normalised(nn::linear<dorefa_weight<2>, nn::pixel>(16, 12, random_stream(1, 0))),
        nn::normalised(
            nn::linear<dorefa_weight<2>, dorefa_activation<2>>(12, 12, random_stream(1, 1))),
        nn::linear<dorefa_weight<2>, dorefa_activation<2>>(12, 2, random_stream(1, 2),
                                                           {.bias = true}));
    std::get<0>(net.layers())
        .conv()
        .set_gradient_policy(bits == 4 ? any_quantizer(dorefa_gradient<4>{})
                                       : dorefa_gradient<6>{});
    std::get<1>(net.layers()).conv().set_gradient_policy(dorefa_gradient<6>{});
    nn::adam optimizer(net.parameters());
    (void)nn::fit(
        net, optimizer, train.set(),
        {.epochs = 8, .batch = 20, .rate = nn::cosine_lr{1e-2f, 8}, .seed = 2, .vectors = true});
    return nn::evaluate(net, test.set(), true);
  };
  const nn::evaluation four = run(4), again = run(4), six = run(6);
  CHECK(four.accuracy > 0.9);
  CHECK(six.accuracy > 0.9);
  CHECK(four.loss == again.loss);
  CHECK(four.loss != six.loss);
}

}  // namespace test_gradient_policy
