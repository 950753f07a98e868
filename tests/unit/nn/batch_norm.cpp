#include <lowbit/nn/layers/batch_norm.hpp>

#include "numeric.hpp"

namespace test_batch_norm {

using lowbit::nn::float_matrix;

namespace {

lowbit::nn::batch_norm example_norm() {
  lowbit::nn::batch_norm norm(3);
  norm.gamma().value << 1.5f, -0.7f, 0.0f;
  norm.beta().value << 0.1f, 0.0f, -2.0f;
  return norm;
}

}  // namespace

TEST_CASE("nn::batch_norm normalises by the batch's own statistics") {
  lowbit::nn::batch_norm norm(2, {.momentum = 0.75f, .epsilon = 1e-4f});
  float_matrix x(4, 2);
  x << 1, 10, 3, 10, 5, 10, 7, 10;
  const float_matrix y = norm.forward(x).pixels();
  // Column 0: mean 4, population variance 5. Column 1 is constant: variance 0.
  for (int r = 0; r < 4; ++r) {
    CHECK(y(r, 0) == Approx((x(r, 0) - 4) / std::sqrt(5.0001f)));
    CHECK(y(r, 1) == 0);
  }
  // running = 0.75 * (0, 1) + 0.25 * (mean, variance * 4 / 3)
  CHECK(norm.running_mean()(0, 0) == Approx(1));
  CHECK(norm.running_mean()(0, 1) == Approx(2.5));
  CHECK(norm.running_variance()(0, 0) == Approx(0.75 + 0.25 * 5 * 4 / 3));
  CHECK(norm.running_variance()(0, 1) == Approx(0.75));
}

TEST_CASE("nn::batch_norm's gradients are derivatives") {
  const std::uint64_t seed = 11;
  INFO("seed " << seed);
  lowbit::nn::batch_norm norm = example_norm();
  float_matrix x = random_matrix(6, 3, seed, 2);
  const float_matrix upstream = random_matrix(6, 3, seed + 1);
  const auto loss = [&] { return dot(upstream, norm.forward(x).pixels()); };
  norm.forward(x);
  const float_matrix dx = norm.backward(upstream).pixels();
  const float_matrix dgamma = norm.gamma().gradient, dbeta = norm.beta().gradient;
  check_gradient(x, dx, loss);
  check_gradient(norm.gamma().value, dgamma, loss);
  check_gradient(norm.beta().value, dbeta, loss);
}

TEST_CASE("nn::batch_norm evaluates through lowbit::batch_norm") {
  const std::uint64_t seed = 21;
  INFO("seed " << seed);
  lowbit::nn::batch_norm norm = example_norm();
  for (std::uint64_t i = 0; i < 5; ++i) norm.forward(random_matrix(8, 3, seed + i, 3));
  const lowbit::batch_norm frozen = norm.frozen();
  const lowbit::batch_norm expected(lowbit::nn::elements(norm.gamma().value),
                                    lowbit::nn::elements(norm.beta().value),
                                    lowbit::nn::elements(norm.running_mean()),
                                    lowbit::nn::elements(norm.running_variance()), 1e-4f);
  REQUIRE(frozen.size() == 3);
  for (lowbit::index_t c = 0; c < 3; ++c)
    for (float v = -3; v <= 3; v += 0.37f) CHECK(frozen(v, c) == expected(v, c));
}

TEST_CASE("nn::batch_norm at the edges") {
  lowbit::nn::batch_norm norm(2);
  float_matrix one(1, 2);
  one << 3, -4;
  CHECK(norm.forward(one).pixels().isZero());  // one image: it is its own mean
  CHECK_THROWS_WITH(norm.forward(float_matrix(0, 2)), Catch::Contains("x is 0x2"));
  CHECK_THROWS_WITH(norm.forward(float_matrix(4, 3)), Catch::Contains("x is 4x3"));
  CHECK_THROWS_WITH(norm.backward(float_matrix(2, 2)),
                    Catch::Contains("upstream is 2x1x1x2, y is 1x1x1x2"));
  CHECK_THROWS_AS(lowbit::nn::batch_norm(-1), lowbit::error);
  CHECK_THROWS_AS(lowbit::nn::batch_norm(1, {.momentum = 1}), lowbit::error);
  CHECK_THROWS_AS(lowbit::nn::batch_norm(1, {.epsilon = 0}), lowbit::error);
}

}  // namespace test_batch_norm
