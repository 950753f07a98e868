// Pools, residual blocks and sequences while training.
#include <limits>
#include <lowbit/nn/layers/conv2d.hpp>
#include <lowbit/nn/layers/pool.hpp>
#include <lowbit/nn/layers/residual.hpp>
#include <lowbit/nn/layers/sequential.hpp>

#include "numeric.hpp"

namespace test_image_layers {

namespace nn = lowbit::nn;
using lowbit::index_t;
using lowbit::square_window;
using lowbit::tensor_shape;
using lowbit::window;
using nn::float_matrix;

namespace {

constexpr std::uint64_t seed = 61;

nn::feature_map random_images(tensor_shape shape, std::uint64_t stream) {
  nn::feature_map x(shape);
  x.mutable_pixels() = random_matrix(shape.pixels(), shape.channels, seed + stream);
  return x;
}

/// The layer's dL/dx against central differences.
template <class Layer>
void check_derivative(Layer& layer, nn::feature_map& x, float step) {
  const tensor_shape out = layer.forward(x.read()).shape();
  const nn::feature_map upstream = random_images(out, 99);
  const float_matrix dx = layer.backward(upstream.read()).pixels();
  check_gradient(
      x.mutable_pixels(), dx,
      [&] { return dot(upstream.pixels(), layer.forward(x.read()).pixels()); }, step);
}

nn::conv2d<nn::real, nn::real> conv(index_t in, index_t out, const window& over) {
  return nn::conv2d<nn::real, nn::real>(in, out, over, lowbit::random_stream(seed));
}

}  // namespace

TEST_CASE("nn::max_pool takes the first of the largest, and sends the gradient there") {
  nn::feature_map x({1, 3, 3, 1});
  x.mutable_pixels() << 1, 5, 5, 2, 5, 0, -1, -2, -3;
  nn::max_pool pool(
      square_window(2, 2, 1));  // windows overlap nothing; the padding is never largest
  const nn::feature_view y = pool.forward(x.read());
  REQUIRE(y.shape() == tensor_shape{1, 2, 2, 1});
  CHECK(y.pixels()(0, 0) == 1);
  CHECK(y.pixels()(1, 0) == 5);
  CHECK(y.pixels()(2, 0) == 2);
  CHECK(y.pixels()(3, 0) == 5);
  nn::feature_map g({1, 2, 2, 1});
  g.mutable_pixels() << 10, 20, 30, 40;
  const float_matrix dx = pool.backward(g.read()).pixels();
  float_matrix expected = float_matrix::Zero(9, 1);
  expected(0, 0) = 10;
  expected(1, 0) = 20;
  expected(3, 0) = 30;
  expected(4, 0) = 40;
  CHECK(dx == expected);
}

TEST_CASE("nn::max_pool of windows without a number, or without a finite one") {
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              inf = std::numeric_limits<float>::infinity();
  // Two images of two windows each: from which pixel a window's largest number comes.
  nn::feature_map x({2, 1, 4, 2});
  x.mutable_pixels() << 1, nan, 2, nan, -inf, nan, -inf, -inf,  //
      nan, -inf, nan, nan, nan, 3, -inf, nan;
  const index_t from[4][2] = {{1, 0}, {2, 3}, {4, 4}, {7, 6}};
  nn::max_pool pool(window{{1}, {2, 2}});
  const float_matrix y = pool.forward(x.read()).pixels();
  nn::feature_map g({2, 1, 2, 2}), run(g);
  g.mutable_pixels() << 10, 20, 30, 40, 50, 60, 70, 80;
  const float_matrix dx = pool.backward(g.read()).pixels();
  lowbit::max_pool(x.read().view(), pool.over(), run.mutable_view());
  float_matrix expected = float_matrix::Zero(8, 2);
  for (index_t i = 0; i < 4; ++i)
    for (index_t c = 0; c < 2; ++c) {
      INFO("window " << i << ", channel " << c);
      CHECK(lowbit::bits_of(y(i, c)) == lowbit::bits_of(x.pixels()(from[i][c], c)));
      CHECK(lowbit::bits_of(run.pixels()(i, c)) == lowbit::bits_of(y(i, c)));
      expected(from[i][c], c) += g.pixels()(i, c);
    }
  CHECK(dx == expected);
}

TEST_CASE("pools have the derivatives of what they compute") {
  INFO("seed " << seed);
  nn::feature_map x = random_images({2, 5, 4, 3}, 1);
  for (index_t i = 0; i < x.pixels().size(); ++i)  // no two numbers closer than the step
    x.mutable_pixels().data()[i] = static_cast<float>(i * 37 % 120) / 60 - 1;
  const window over = GENERATE(square_window(2, 2), square_window(3, 1, 1),
                               window{{3, 2, 1, 0, 2}, {2, 1, 2, 1, 0}});
  nn::max_pool largest(over);
  check_derivative(largest, x, 4e-3f);
  nn::average_pool mean(over);
  check_derivative(mean, x, 1e-2f);
  nn::global_average_pool all;
  check_derivative(all, x, 1e-1f);
  CHECK(all.forward(x.read()).shape() == tensor_shape{2, 1, 1, 3});
}

TEST_CASE("nn::residual adds its shortcut, and both gradients") {
  INFO("seed " << seed);
  nn::feature_map x = random_images({2, 4, 4, 3}, 2);
  nn::residual same(conv(3, 3, square_window(3, 1, 1)));
  const float_matrix y = same.forward(x.read()).pixels();
  CHECK(y == same.body().forward(x.read()).pixels() + x.pixels());
  check_derivative(same, x, 1e-2f);
  CHECK(same.parameters().size() == 1);

  nn::residual half(
      conv(3, 5, square_window(3, 2, 1)),
      nn::sequential(nn::average_pool(square_window(2, 2)), conv(3, 5, square_window(1))));
  check_derivative(half, x, 1e-2f);
  CHECK(half.parameters().size() == 2);

  nn::residual wrong(conv(3, 5, square_window(3, 1, 1)));
  CHECK_THROWS_WITH(wrong.forward(x.read()),
                    Catch::Contains("the body's result is 2x4x4x5, the shortcut's is 2x4x4x3"));
}

TEST_CASE("nn::sequential runs its layers in order, and back") {
  INFO("seed " << seed);
  nn::feature_map x = random_images({2, 6, 6, 2}, 3);
  nn::sequential net(conv(2, 3, square_window(3, 1, 1)), nn::average_pool(square_window(2, 2)),
                     nn::residual(conv(3, 3, square_window(1))), nn::global_average_pool());
  check_derivative(net, x, 1e-2f);
  REQUIRE(net.parameters().size() == 2);
  CHECK(net.parameters()[0] == &std::get<0>(net.layers()).weights());
  // Without dL/dx the parameters get the same gradients; a pool in front has none to leave.
  const nn::feature_map upstream = random_images(net.forward(x.read()).shape(), 4);
  net.backward(upstream.read());
  const float_matrix expected = net.parameters()[0]->gradient;
  net.parameters()[0]->gradient.setZero();
  net.backward_parameters(upstream.read());
  CHECK(net.parameters()[0]->gradient == expected);
  nn::sequential pools(nn::max_pool(square_window(2, 2)), nn::average_pool(square_window(3)));
  pools.forward(x.read());
  pools.backward_parameters(random_images({2, 1, 1, 2}, 5).read());
  CHECK(pools.parameters().empty());
}

TEST_CASE("layers of images report shapes") {
  using Catch::Contains;
  const nn::feature_map x = random_images({2, 4, 4, 3}, 6);
  const auto wrong = random_images({2, 2, 2, 2}, 7);
  nn::max_pool largest(square_window(2, 2));
  nn::average_pool mean(square_window(2, 2));
  nn::global_average_pool all;
  largest.forward(x.read());
  mean.forward(x.read());
  all.forward(x.read());
  CHECK_THROWS_WITH(largest.backward(wrong.read()), Contains("upstream is 2x2x2x2, y is 2x2x2x3"));
  CHECK_THROWS_WITH(mean.backward(wrong.read()), Contains("upstream is 2x2x2x2, y is 2x2x2x3"));
  CHECK_THROWS_WITH(all.backward(wrong.read()), Contains("upstream is 2x2x2x2, y is 2x1x1x3"));
  CHECK_THROWS_AS(nn::max_pool(square_window(5)).forward(x.read()), lowbit::error);
  CHECK_THROWS_AS(nn::average_pool(square_window(0)), lowbit::error);
}

}  // namespace test_image_layers
