// epilogue/threshold.hpp: thresholds equal sign(batch norm) for every sum, by brute force.
#include "lowbit/epilogue/threshold.hpp"

#include <cmath>
#include <limits>

#include "batch_norm.hpp"
#include "support/catch.hpp"
#include "support/matchers.hpp"

namespace test_threshold {

using namespace lowbit;

namespace {

/// The first sum in [-largest, largest] where a threshold and its function disagree, as text; empty
/// if none.
template <class F>
std::string first_disagreement(const thresholds& t, const F& f, index_t channels,
                               std::int32_t largest) {
  for (index_t c = 0; c < channels; ++c)
    for (std::int32_t sum = -largest; sum <= largest; ++sum)
      if (t(sum, c) != !is_negative(f(sum, c)))
        return "channel " + std::to_string(c) + ", sum " + std::to_string(sum);
  return {};
}

std::string first_disagreement(const batch_norm& bn, std::int32_t largest) {
  return first_disagreement(
      threshold(bn, largest),
      [&](std::int32_t sum, index_t c) { return bn(static_cast<float>(sum), c); }, bn.size(),
      largest);
}

}  // namespace

TEST_CASE("thresholds agree with batch norm and sign for every sum", "[epilogue]") {
  INFO(test::reproduce());
  for (const std::int32_t largest : {0, 1, 2, 3, 9, 784, 3000}) {
    INFO("largest sum " << largest);
    CHECK(first_disagreement(test::adversarial_norms().norm(), largest) == "");
    CHECK(first_disagreement(test::random_norms(200, static_cast<float>(largest) / 3, 200).norm(),
                             largest) == "");
  }
}

TEST_CASE("a threshold that hits an integer belongs to +1, whatever the sign of gamma",
          "[epilogue]") {
  test::norm_parameters p;
  p.epsilon = 0;
  p.add(1, 0, 3, 1);
  p.add(-1, 0, 3, 1);
  p.add(0, 0, 3, 1);
  p.add(0, -1, 3, 1);
  const thresholds t = threshold(p.norm(), 9);
  CHECK((t(3, 0) && t(4, 0) && !t(2, 0)));
  CHECK((t(3, 1) && !t(4, 1) && t(2, 1)));
  for (const std::int32_t sum : {-9, 0, 9}) CHECK((t(sum, 2) && !t(sum, 3)));
  CHECK((t.bound(0) == 3 && !t.flip(0)));
  CHECK((t.bound(1) == 4 && t.flip(1)));
  CHECK((t.size() == 4 && t.bytes() == 4 * 4 + 8));
}

TEST_CASE("thresholds of a user's function", "[epilogue]") {
  const auto cubic = [](std::int32_t sum, index_t c) {
    const auto x = static_cast<float>(sum - 10 * c);
    return c % 2 == 0 ? x * x * x : -x * x * x;
  };
  CHECK(first_disagreement(threshold(cubic, 7, 100), cubic, 7, 100) == "");
  CHECK(threshold(cubic, 0, 100).size() == 0);
}

TEST_CASE("largest sums at the ends of the range", "[epilogue]") {
  constexpr std::int32_t limit = 2147483645;
  const auto at = [](std::int32_t sum, index_t c) {
    constexpr std::int32_t bounds[] = {-limit - 1, -limit, 0, limit, limit + 1};
    return sum >= bounds[c] ? 1.0f : -1.0f;
  };
  const thresholds t = threshold(at, 5, limit);
  for (index_t c = 0; c < 5; ++c)
    for (const std::int32_t sum : {-limit, -limit + 1, -1, 0, 1, limit - 1, limit}) {
      INFO("channel " << c << ", sum " << sum);
      CHECK(t(sum, c) == !is_negative(at(sum, c)));
    }
  CHECK(test::error_of([&] { (void)threshold(at, 5, limit + 1); }) ==
        "threshold: largest sum is 2147483646: it must be in [0, 2147483645]");
  CHECK_THAT(test::error_of([&] { (void)threshold(at, 5, -1); }),
             ContainsSubstring("largest sum is -1"));
}

TEST_CASE("store_threshold writes bits of its columns and no others", "[epilogue]") {
  thresholds t(130);
  for (index_t n = 0; n < 130; ++n) t.set(n, static_cast<std::int32_t>(n % 3), n % 5 == 0);
  word words[2 * 3] = {~word{0}, ~word{0}, ~word{0}, 0, 0, 0};
  const std::int32_t sums[2][2] = {{0, 1}, {2, 1}};
  store_threshold{t, words, 3}(accumulator_tile{&sums[0][0], 2}, {0, 127, 2, 2});
  for (index_t r = 0; r < 2; ++r)
    for (index_t n = 0; n < 192; ++n) {
      const bool bit = (words[r * 3 + n / 64] >> n % 64 & 1) != 0;
      const bool inside = n == 127 || n == 128;
      REQUIRE(bit == (inside ? t(sums[r][n - 127 < 0   ? 0
                                         : n - 127 > 1 ? 1
                                                       : n - 127],
                                 n)
                             : r == 0));
    }
}

TEST_CASE("batch norm rounds its scale to float once, and then computes in double", "[epilogue]") {
  INFO(test::reproduce());
  const test::norm_parameters p = test::random_norms(300, 3, 201);
  const batch_norm bn = p.norm();
  int changed = 0;  // by the rounding of the scale
  for (std::size_t c = 0; c < p.mean.size(); ++c) {
    const double exact = double{p.gamma[c]} / std::sqrt(double{p.variance[c]} + double{p.epsilon});
    const auto scale = static_cast<float>(exact);
    const auto channel = static_cast<index_t>(c);
    REQUIRE(bn.scale(channel) == scale);
    for (int sum = -9; sum <= 9; sum += 3) {
      const auto x = static_cast<float>(sum);
      const double centred = static_cast<float>(double{x} - double{p.mean[c]});
      const auto by = [&](double s) { return static_cast<float>(centred * s + double{p.beta[c]}); };
      REQUIRE(bn(x, channel) == by(double{scale}));
      changed += by(exact) != by(double{scale}) ? 1 : 0;
    }
  }
  CHECK(changed > 100);
}

TEST_CASE("batch norm refuses what is no batch norm", "[epilogue]") {
  const std::vector<float> one{1}, two{1, 1}, zero{0}, bad{std::numeric_limits<float>::infinity()};
  CHECK(
      test::error_of([&] { batch_norm bn(one, two, one, one, 0); }) ==
      "batch_norm: 1 gammas, 2 betas, 1 means, 1 variances: there must be one of each per channel");
  CHECK(test::error_of([&] { batch_norm bn(bad, one, one, one, 0); }) ==
        "batch_norm: gamma of channel 0 is inf: it must be finite");
  CHECK_THAT(test::error_of([&] { batch_norm bn(one, bad, one, one, 0); }),
             ContainsSubstring("beta of channel 0"));
  CHECK_THAT(test::error_of([&] { batch_norm bn(one, one, bad, one, 0); }),
             ContainsSubstring("mean of channel 0"));
  CHECK(test::error_of([&] { batch_norm bn(one, one, one, zero, 0); }) ==
        "batch_norm: channel 0: variance 0 + epsilon 0 must be > 0");
  CHECK_THAT(test::error_of([&] {
               batch_norm bn(one, one, one,
                             std::vector<float>{std::numeric_limits<float>::quiet_NaN()}, 1);
             }),
             ContainsSubstring("variance of channel 0 is nan: it must be finite"));
  CHECK(batch_norm({}, {}, {}, {}, 0).size() == 0);
}

}  // namespace test_threshold
