// quantize/<method>.hpp: what is particular to each method: ties, thresholds, scales, and gradients
// against difference quotients of the functions that they belong to.
#include <cmath>
#include <functional>
#include <vector>

#include "lowbit/gradient/approx_sign.hpp"
#include "lowbit/quantize/granularity.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/dorefa_weight.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/quantize/methods/stochastic_sign.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "lowbit/quantize/methods/xnor_weight.hpp"
#include "support/catch.hpp"
#include "support/groups.hpp"
#include "support/matchers.hpp"

namespace test_methods {

using namespace lowbit;

namespace {

/// dL/dx_i of L(x) by central differences, in double.
double quotient(const std::function<double(const std::vector<double>&)>& loss,
                const std::vector<float>& x, std::size_t i) {
  constexpr double h = 1e-6;
  std::vector<double> up(x.begin(), x.end()), down(x.begin(), x.end());
  up[i] += h;
  down[i] -= h;
  return (loss(up) - loss(down)) / (2 * h);
}

double sign_of(double x) { return x < 0 ? -1 : 1; }

double mean_abs_of(const std::vector<double>& x) {
  double sum = 0;
  for (const double v : x) sum += std::abs(v);
  return sum / static_cast<double>(x.size());
}

}  // namespace

TEST_CASE("xnor_weight: alpha is mean |w|, the group size is kept", "[quantize]") {
  const auto q = xnor_weight<>{}.fit(std::vector<float>{1, -2, 3, -0.0f});
  CHECK(q.alpha == 1.5f);
  CHECK(q.group_size == 4);
  CHECK(encode(q, -0.0f) == 1);
  const auto zero = xnor_weight<>{}.fit(std::vector<float>{0, 0});
  CHECK((zero.alpha == 0 && encode(zero, 0) == 1));
}

TEST_CASE("xnor_weight: three gradients", "[quantize]") {
  INFO(test::reproduce());
  const std::vector<float> w = test::normal_group(12, 3), g = test::normal_group(12, 4);
  std::vector<float> paper(12), exact(12), detached(12);
  const auto q = xnor_weight<weight_gradient::exact>{}.fit(w);
  backward(q, w, g, exact);
  backward(xnor_weight<weight_gradient::paper>{}.fit(w), w, g, paper);
  backward(xnor_weight<weight_gradient::detached>{}.fit(w), w, g, detached);
  const auto alpha = static_cast<double>(q.alpha);
  for (std::size_t i = 0; i < w.size(); ++i) {
    INFO("element " << i << ": w = " << w[i]);
    const double inside = std::abs(w[i]) <= 1 ? alpha : 0, upstream = static_cast<double>(g[i]);
    CHECK(static_cast<double>(detached[i]) == Approx(inside * upstream).margin(1e-6));
    CHECK(static_cast<double>(paper[i]) == Approx((inside + 1.0 / 12) * upstream).margin(1e-6));
    // The loss of y = alpha(w) sign(w), plus the window that stands for the derivative of the sign.
    const double through_alpha = quotient(
        [&](const std::vector<double>& x) {
          double loss = 0;
          for (std::size_t j = 0; j < x.size(); ++j)
            loss += static_cast<double>(g[j]) * mean_abs_of(x) * sign_of(x[j]);
          return loss;
        },
        w, i);
    CHECK(static_cast<double>(exact[i]) == Approx(through_alpha + inside * upstream).margin(1e-5));
  }
}

TEST_CASE("twn: strict threshold, scale of the kept weights, constants", "[quantize]") {
  // mean |w| = 1, so delta = factor
  twn<> half;
  half.factor = 0.5f;
  const auto q = half.fit(std::vector<float>{0.5f, -0.5f, 2, -1, 1});
  CHECK(q.delta == 0.5f);
  CHECK(q.alpha == Approx(4.0 / 3));
  CHECK(q.factor == 0.5f);
  CHECK(encode(q, 0.5f) == ternary::zero);
  CHECK(encode(q, -0.5f) == ternary::zero);
  CHECK(encode(q, std::nextafter(0.5f, 1.0f)) == ternary::plus);
  CHECK(encode(q, -std::nextafter(0.5f, 1.0f)) == ternary::minus);
  const auto constant = twn<>{}.fit(std::vector<float>(5, -0.125f));
  CHECK((constant.alpha == 0.125f && encode(constant, -0.125f) == ternary::minus));
  const auto zero = twn<>{}.fit(std::vector<float>(5, 0.0f));
  CHECK((zero.alpha == 0 && zero.delta == 0 && encode(zero, 0) == ternary::zero));
  twn<> negative;
  negative.factor = -1;
  CHECK_THAT(test::error_of([&] { (void)negative.fit(std::vector<float>{1}); }),
             ContainsSubstring("twn: factor is -1: it must be finite and not negative"));
}

TEST_CASE("twn: the scale is the least-squares one for its support", "[quantize]") {
  INFO(test::reproduce());
  for (std::uint64_t salt = 10; salt < 20; ++salt) {
    const std::vector<float> w = test::normal_group(97, salt);
    const auto q = twn<>{}.fit(w);
    double dot = 0, kept = 0, mean = 0;
    for (const float x : w) {
      const int t = value<ternary>(encode(q, x));
      dot += t * static_cast<double>(x);
      kept += t * t;
      mean += std::abs(static_cast<double>(x)) / 97;
    }
    CHECK(static_cast<double>(q.delta) == Approx(0.7 * mean));
    CHECK(static_cast<double>(q.alpha) == Approx(dot / kept));
  }
}

TEST_CASE("twn: identity gradient by default, windowed on request", "[quantize]") {
  CHECK(gradient(twn<>{}, 5, 0.5f) == 0.5f);
  CHECK(gradient(twn<ste::hard_tanh>{}, 5, 0.5f) == 0);
  CHECK(gradient(twn<ste::hard_tanh>{}, -1, 0.5f) == 0.5f);
}

TEMPLATE_TEST_CASE_SIG("dorefa_activation: half to even on the exact product", "[quantize]",
                       ((int K), K), 1, 2, 3, 4, 5, 6, 7, 8) {
  INFO(test::reproduce());
  const dorefa_activation<K> q;
  constexpr int steps = (1 << K) - 1;
  auto random = test::generator(30 + K);
  std::uniform_real_distribution<float> uniform(-0.25f, 1.25f);
  for (int i = 0; i < 20000; ++i) {
    // Every fourth number is close to a tie.
    const float x = i % 4 != 0 ? uniform(random) : static_cast<float>((i % steps + 0.5) / steps);
    const double clipped = x < 0 ? 0 : x > 1 ? 1 : static_cast<double>(x);
    INFO("x = " << x);
    REQUIRE(int{encode(q, x)} == static_cast<int>(std::nearbyint(clipped * steps)));
  }
  CHECK(int{encode(q, 0.5f)} == (steps / 2) + (steps / 2) % 2);  // steps / 2 + 1/2 is a tie
  CHECK(decode(q, steps) == 1);
  CHECK(decode(q, 0) == 0);
  CHECK(encode(q, std::nanf("")) == 0);
  CHECK(gradient(q, 0, 2) == 2);
  CHECK(gradient(q, 1, 2) == 2);
  CHECK(gradient(q, -0.0f, 2) == 2);
  CHECK(gradient(q, std::nextafter(1.0f, 2.0f), 2) == 0);
  CHECK(gradient(q, -1e-45f, 2) == 0);
  CHECK(gradient(q, std::nanf(""), 2) == 0);
}

TEMPLATE_TEST_CASE_SIG("dorefa_weight: boundaries are the paper's formula", "[quantize]",
                       ((int K), K), 2, 3, 4, 8) {
  INFO(test::reproduce());
  const std::vector<float> w = test::normal_group(500, 40 + K);
  const auto q = dorefa_weight<K>{}.fit(w);
  constexpr int steps = (1 << K) - 1;
  for (std::size_t c = 1; c < q.boundaries.size(); ++c)
    CHECK(q.boundaries[c - 1] <= q.boundaries[c]);
  for (const float x : w) {
    const double r =
        steps * (std::tanh(static_cast<double>(x)) / (2 * static_cast<double>(q.max_tanh)) + 0.5);
    const double inside = r < 0 ? 0 : r > steps ? steps : r;
    if (std::abs(inside - std::floor(inside) - 0.5) < 1e-6)
      continue;  // the libraries' last bits decide ties
    INFO("w = " << x);
    REQUIRE(int{encode(q, x)} == static_cast<int>(std::nearbyint(inside)));
  }
  CHECK(decode(q, steps) == 1);
  CHECK(decode(q, 0) == -1);
}

TEST_CASE("dorefa_weight: zero weights, one bit", "[quantize]") {
  const auto zero = dorefa_weight<2>{}.fit(std::vector<float>(4, 0.0f));
  CHECK(encode(zero, 0) == 2);  // 3 (0 + 1/2) = 1.5 is a tie
  CHECK(gradient(zero, 0, 1) == 0);
  const auto one = dorefa_weight<1>{}.fit(std::vector<float>{1, -2, 3, -4});
  CHECK((decode(one, encode(one, -9)) == -2.5f && decode(one, encode(one, 0)) == 2.5f));
  CHECK(gradient(one, 7, 0.5f) == 0.5f);
}

TEST_CASE("dorefa_weight: both gradients against difference quotients", "[quantize]") {
  INFO(test::reproduce());
  const std::vector<float> w = test::normal_group(11, 50), g = test::normal_group(11, 51);
  std::vector<float> detached(11), through(11);
  backward(dorefa_weight<3>{}.fit(w), w, g, detached);
  backward(dorefa_weight<3, max_gradient::through>{}.fit(w), w, g, through);
  const auto loss = [&](const std::vector<double>& x, double fixed_max) {
    double top = 0, sum = 0;
    for (const double v : x) top = std::max(top, std::abs(std::tanh(v)));
    for (std::size_t j = 0; j < x.size(); ++j)
      sum += static_cast<double>(g[j]) * std::tanh(x[j]) / (fixed_max > 0 ? fixed_max : top);
    return sum;
  };
  const auto top = static_cast<double>(dorefa_weight<3>{}.fit(w).max_tanh);
  for (std::size_t i = 0; i < w.size(); ++i) {
    INFO("element " << i);
    CHECK(static_cast<double>(detached[i]) ==
          Approx(quotient([&](const std::vector<double>& x) { return loss(x, top); }, w, i))
              .margin(1e-5));
    CHECK(static_cast<double>(through[i]) ==
          Approx(quotient([&](const std::vector<double>& x) { return loss(x, 0); }, w, i))
              .margin(1e-5));
  }
}

TEST_CASE("stochastic_sign: the probability decides, ends are certain", "[quantize]") {
  const stochastic_sign<> q;
  CHECK(q.probability(0) == 0.5f);
  CHECK(q.probability(0.5f) == 0.75f);
  CHECK(q.probability(-7) == 0);
  CHECK(q.probability(std::nanf("")) == 1);  // as sign: NaN is not negative
  CHECK(encode(q, 0, 0.5f) == 0);
  CHECK(encode(q, 0, std::nextafter(0.5f, 0.0f)) == 1);
  CHECK(encode(q, 1, 0x1.fffffep-1f) == 1);
  CHECK(encode(q, -1, 0) == 0);
  stochastic_sign<> wide;
  wide.scale = 4;
  CHECK(wide.probability(2) == 0.75f);
  CHECK(decode(wide, 1) == 4);
  CHECK(decode(wide, 0) == -4);
}

TEST_CASE("sign: scale and surrogate are the user's", "[quantize]") {
  sign<> q;
  q.scale = 0.125f;
  q.surrogate_gradient.clip = 0.5f;
  CHECK(decode(q, encode(q, -1)) == -0.125f);
  CHECK(gradient(q, 0.5f, 3) == 3);
  CHECK(gradient(q, 0.75f, 3) == 0);
  CHECK(gradient(sign<ste::identity>{}, 9, 3) == 3);
  CHECK(gradient(sign<ste::approx_sign>{}, 0.5f, 3) == 3);
}

TEST_CASE("reductions have one order, whatever the length", "[quantize]") {
  INFO(test::reproduce());
  for (std::size_t n = 0; n < 40; ++n) {
    const std::vector<float> x = test::normal_group(n, 60 + n);
    double partial[8] = {}, expected = 0;
    for (std::size_t i = 0; i < n; ++i) partial[i % 8] += std::abs(static_cast<double>(x[i]));
    expected = ((partial[0] + partial[4]) + (partial[2] + partial[6])) +
               ((partial[1] + partial[5]) + (partial[3] + partial[7]));
    CHECK(detail::quantizers::mean_abs(x, "test") ==
          (n == 0 ? 0 : expected / static_cast<double>(n)));
  }
}

TEST_CASE("per_group: a group has at least one element", "[quantize]") {
  CHECK(test::error_of([] {
          (void)per_group(twn<>{}, granularity{granularity::map::group, 0});
        }) == "per_group: a group of 0 elements: it must have at least 1");
  CHECK(per_group(twn<>{}, per::group<48>).grain.group_size == 48);
  CHECK(per::row == granularity{granularity::map::row, 0});
  CHECK_FALSE(per::row == per::token);
}

}  // namespace test_methods
