#include <lowbit/nn/cross_entropy.hpp>

#include "numeric.hpp"

using lowbit::code_t;
using lowbit::nn::real_matrix;
using lowbit::nn::softmax_cross_entropy;

TEST_CASE("softmax_cross_entropy of known logits") {
  real_matrix logits(2, 3);
  logits << 0, 0, 0, 0, std::log(2.0f), std::log(5.0f);
  const code_t labels[] = {1, 2};
  const auto [loss, gradient] = softmax_cross_entropy(logits, labels);
  CHECK(loss == Approx((std::log(3.0) + std::log(8.0 / 5)) / 2));
  CHECK(gradient(0, 0) == Approx(1.0 / 6));
  CHECK(gradient(0, 1) == Approx(-2.0 / 6));
  CHECK(gradient(1, 0) == Approx(1.0 / 16));
  CHECK(gradient(1, 1) == Approx(2.0 / 16));
  CHECK(gradient(1, 2) == Approx(-3.0 / 16));
}

TEST_CASE("softmax_cross_entropy's gradient is its derivative") {
  const std::uint64_t seed = 31;
  INFO("seed " << seed);
  real_matrix logits = random_matrix(5, 4, seed, 3);
  const code_t labels[] = {0, 3, 1, 1, 2};
  const real_matrix gradient = softmax_cross_entropy(logits, labels).gradient;
  check_gradient(logits, gradient, [&] { return softmax_cross_entropy(logits, labels).loss; });
}

TEST_CASE("softmax_cross_entropy at the edges") {
  real_matrix large(1, 2);
  large << 1e30f, -1e30f;
  const code_t first[] = {0};
  CHECK(softmax_cross_entropy(large, first).loss == 0);
  CHECK(softmax_cross_entropy(real_matrix(0, 3), {}).loss == 0);
  const code_t three[] = {3};
  CHECK_THROWS_WITH(softmax_cross_entropy(real_matrix::Zero(1, 3), three),
                    Catch::Contains("label 3 of row 0: there are 3 classes"));
  CHECK_THROWS_WITH(softmax_cross_entropy(real_matrix::Zero(2, 3), three),
                    Catch::Contains("2 rows of logits, 1 labels"));
}
