#include <array>
#include <cmath>
#include <cstdint>
#include <lowbit/nn/losses/cross_entropy.hpp>
#include <string>
#include <vector>

#include "numeric.hpp"

namespace test_cross_entropy {

using lowbit::code_t;
using lowbit::nn::float_matrix;
using lowbit::nn::softmax_cross_entropy;

TEST_CASE("softmax_cross_entropy of known logits") {
  float_matrix logits(2, 3);
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
  float_matrix logits = random_matrix(5, 4, seed, 3);
  const code_t labels[] = {0, 3, 1, 1, 2};
  const float_matrix gradient = softmax_cross_entropy(logits, labels).gradient;
  check_gradient(logits, gradient, [&] { return softmax_cross_entropy(logits, labels).loss; });
}

TEST_CASE("softmax_cross_entropy takes labels of any integer type") {
  const std::uint64_t seed = 32;
  INFO("seed " << seed);
  const float_matrix logits = random_matrix(2, 1000, seed, 3);
  // The definition, by the 1000 logits of each row.
  double expected = 0;
  for (const lowbit::index_t r : {0, 1}) {
    double sum = 0;
    for (lowbit::index_t c = 0; c < 1000; ++c) sum += std::exp(double{logits(r, c)});
    expected += (std::log(sum) - double{logits(r, r == 0 ? 999 : 256)}) / 2;
  }
  const auto check = [&](const auto& labels) {
    const auto [loss, gradient] = softmax_cross_entropy(logits, labels);
    CHECK(loss == Approx(expected));
    CHECK(gradient(0, 999) < 0);
    CHECK(gradient(1, 256) < 0);
    CHECK((gradient.array() < 0).count() == 2);
  };
  check(std::vector<int>{999, 256});
  check(std::vector<std::uint16_t>{999, 256});
  check(std::vector<std::int64_t>{999, 256});
  check(std::array<std::uint64_t, 2>{999, 256});
  std::vector<short> shorts{7, 999, 256};
  check(std::span(shorts).subspan(1));
  const long longs[] = {999, 256};
  check(longs);
  CHECK(softmax_cross_entropy(float_matrix::Zero(2, 2), std::vector<signed char>{1, 0}).loss ==
        Approx(std::log(2)));
}

TEST_CASE("softmax_cross_entropy names a label that no class has") {
  const auto refused = [](const auto& labels, const char* text) {
    CHECK_THROWS_WITH(
        softmax_cross_entropy(float_matrix::Zero(2, 1000), labels),
        std::string("softmax_cross_entropy: label ") + text + " of row 1: there are 1000 classes");
  };
  refused(std::vector<int>{999, 1000}, "1000");
  refused(std::vector<int>{0, -1}, "-1");
  refused(std::vector<signed char>{0, -128}, "-128");
  refused(std::vector<std::uint16_t>{0, 65535}, "65535");
  refused(std::vector<std::int64_t>{0, std::int64_t{1} << 32}, "4294967296");
  refused(std::vector<std::int64_t>{0, INT64_MIN}, "-9223372036854775808");
  refused(std::vector<std::uint64_t>{0, UINT64_MAX}, "18446744073709551615");
}

TEST_CASE("softmax_cross_entropy at the edges") {
  float_matrix large(1, 2);
  large << 1e30f, -1e30f;
  const code_t first[] = {0};
  CHECK(softmax_cross_entropy(large, first).loss == 0);
  CHECK(softmax_cross_entropy(float_matrix(0, 3), {}).loss == 0);
  const code_t three[] = {3};
  CHECK_THROWS_WITH(softmax_cross_entropy(float_matrix::Zero(1, 3), three),
                    Catch::Contains("label 3 of row 0: there are 3 classes"));
  CHECK_THROWS_WITH(softmax_cross_entropy(float_matrix::Zero(2, 3), three),
                    Catch::Contains("2 rows, 1 labels"));
}

}  // namespace test_cross_entropy
