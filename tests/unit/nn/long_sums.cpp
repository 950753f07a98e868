// Sums over millions of rows are those of double arithmetic; a constant channel normalises to 0.
#include <cmath>
#include <lowbit/nn/layers/batch_norm.hpp>
#include <lowbit/nn/layers/conv2d.hpp>
#include <lowbit/nn/layers/linear.hpp>

#include "numeric.hpp"

namespace test_long_sums {

using lowbit::index_t;
using lowbit::nn::float_matrix;

namespace {

constexpr index_t million = 1 << 20;

/// What n equal terms add up to: exact in double, as n has few bits.
float times(index_t n, float term) {
  return static_cast<float>(static_cast<double>(n) * static_cast<double>(term));
}

}  // namespace

TEST_CASE("a constant channel normalises to beta, in training and frozen") {
  for (const float v : {0.1f, 100.1f, 1000.1f, 12345.67f, -3e30f})
    for (const index_t rows : {1, 3, 7, 9, 64, 1000}) {
      INFO(rows << " rows of " << v);
      lowbit::nn::batch_norm norm(10);  // eight columns together, and two alone
      norm.beta().value.setConstant(0.25f);
      const float_matrix x = float_matrix::Constant(rows, 10, v);
      CHECK((norm.forward(x).pixels().array() == 0.25f).all());
      // 0.9^200 of the first running mean is less than half a last bit of v.
      for (int batch = 1; batch < 200; ++batch) norm.forward(x);
      CHECK((norm.running_mean().array() == v).all());
      CHECK(norm.frozen()(v, 0) == 0.25f);
      CHECK(norm.frozen()(v, 9) == 0.25f);
    }
}

TEST_CASE("a batch norm over a million rows is that of double arithmetic") {
  lowbit::nn::batch_norm norm(2, {.momentum = 0, .epsilon = 1e-4f});
  float_matrix x(million, 2);
  for (index_t r = 0; r < million; ++r) {
    x(r, 0) = static_cast<float>(1000 + r % 2);  // mean 1000.5, variance 1/4
    x(r, 1) = 0.1f;
  }
  const float_matrix y = norm.forward(x).pixels();
  CHECK(norm.running_mean()(0, 0) == 1000.5f);
  CHECK(norm.running_mean()(0, 1) == 0.1f);
  CHECK(norm.running_variance()(0, 0) == static_cast<float>(0.25 * million / (million - 1)));
  CHECK(norm.running_variance()(0, 1) == 0);
  for (const index_t r : {index_t{0}, index_t{1}, million - 1}) {
    CHECK(y(r, 0) == Approx((r % 2 == 0 ? -0.5 : 0.5) / std::sqrt(0.2501)).epsilon(1e-6));
    CHECK(y(r, 1) == 0);
  }

  // g = 0.1 everywhere: dL/dbeta = sum g, dL/dgamma = sum g xhat = 0, and nothing is left for x.
  const float_matrix dx =
      norm.backward(float_matrix(float_matrix::Constant(million, 2, 0.1f))).pixels();
  CHECK(norm.beta().gradient(0, 0) == times(million, 0.1f));
  CHECK(norm.beta().gradient(0, 1) == times(million, 0.1f));
  CHECK(norm.gamma().gradient.isZero());
  CHECK(dx.isZero());
  // g = xhat: dL/dgamma = sum xhat^2.
  norm.backward(y);
  CHECK(norm.gamma().gradient(0, 0) == Approx(million * 0.25 / 0.2501).epsilon(1e-6));
}

TEST_CASE("the gradient of a bias over a million rows is that of double arithmetic") {
  const lowbit::random_stream stream(1);
  lowbit::nn::linear<lowbit::nn::real, lowbit::nn::real> dense(1, 9, stream, {.bias = true});
  dense.forward(float_matrix(float_matrix::Zero(million, 1)));
  dense.backward_parameters(float_matrix(float_matrix::Constant(million, 9, 0.1f)));
  CHECK((dense.bias().gradient.array() == times(million, 0.1f)).all());

  lowbit::nn::conv2d<lowbit::nn::real, lowbit::nn::real> conv(1, 3, lowbit::square_window(1),
                                                              stream, {.bias = true});
  const lowbit::tensor_shape in{1, 1024, 1024, 1}, out{1, 1024, 1024, 3};
  const float_matrix x = float_matrix::Zero(million, 1),
                     g = float_matrix::Constant(million, 3, 0.1f);
  conv.forward({in, x});
  conv.backward_parameters({out, g});
  CHECK((conv.bias().gradient.array() == times(million, 0.1f)).all());
}

}  // namespace test_long_sums
