// Sums of binary planes: residual_sign.hpp, abc_weight.hpp, abc_activation.hpp, lq_nets.hpp, ttq.hpp and
// the normal equations under them.
#include <cmath>
#include <vector>

#include "lowbit/quantize/methods/abc_activation.hpp"
#include "lowbit/quantize/methods/abc_weight.hpp"
#include "lowbit/quantize/methods/lq_nets.hpp"
#include "lowbit/quantize/methods/residual_sign.hpp"
#include "lowbit/quantize/methods/ttq.hpp"
#include "support/catch.hpp"
#include "support/groups.hpp"
#include "support/matchers.hpp"

namespace test_multi_plane {

using namespace lowbit;

namespace {

double square(const std::vector<float>& x) {
  double sum = 0;
  for (const float v : x) sum += static_cast<double>(v) * static_cast<double>(v);
  return sum;
}

/// No coefficient can be moved, alone or with another, so that the error falls.
template <class E, class Q>
void check_coefficients_are_best(const Q& q, const std::vector<float>& x,
                                 plane_levels<E::plane_count> levels) {
  const auto error = [&](const plane_levels<E::plane_count>& l) {
    double sum = 0;
    for (const float v : x) {
      const double d = static_cast<double>(v) - static_cast<double>(float_of<E>(l, encode(q, v)));
      sum += d * d;
    }
    return sum;
  };
  const double min_of = error(levels);
  for (std::size_t i = 0; i < levels.coefficient.size(); ++i)
    for (std::size_t j = 0; j < levels.coefficient.size(); ++j)
      for (const float a : {-1e-2f, 1e-2f})
        for (const float b : {-1e-2f, 0.0f, 1e-2f}) {
          auto moved = levels;
          moved.coefficient[i] += a;
          moved.coefficient[j] += i == j ? 0 : b;
          CHECK(error(moved) >= min_of - 1e-4);
        }
}

}  // namespace

TEST_CASE("normal equations: a solution, and the one of least norm", "[quantize]") {
  using detail::quantizers::solve_normal_equations;
  const auto a = solve_normal_equations<2>({{{4, 1}, {1, 3}}}, {1, 2});
  CHECK(a[0] == Approx(1.0 / 11));
  CHECK(a[1] == Approx(7.0 / 11));
  const auto shared = solve_normal_equations<2>({{{5, 5}, {5, 5}}}, {10, 10});
  CHECK(shared[0] == Approx(1));
  CHECK(shared[1] == Approx(1));
  const auto opposite =
      solve_normal_equations<3>({{{5, -5, 0}, {-5, 5, 0}, {0, 0, 0}}}, {10, -10, 0});
  CHECK(opposite[0] == Approx(1));
  CHECK(opposite[1] == Approx(-1));
  CHECK(opposite[2] == 0);
}

TEST_CASE("greedy residuals: the error falls by n a^2 with each plane", "[quantize]") {
  INFO(test::reproduce());
  const auto x = test::random_group(400, 500);
  const auto q = horq<5>{}.fit(x);
  double left = square(x);
  for (const double a : q.history[4]) left -= 400 * a * a;
  CHECK(test::squared_error(q, x) == Approx(left).epsilon(1e-4));
  CHECK(test::squared_error(horq<1>{}.fit(x), x) > test::squared_error(horq<2>{}.fit(x), x));
  CHECK(gradient(q, 1, 3) == 3);
  CHECK(gradient(q, 1.5f, 3) == 0);
}

TEST_CASE("refined residuals: never worse with a plane more, nor than greedy ones for two",
          "[quantize]") {
  INFO(test::reproduce());
  for (const unsigned seed : {501u, 502u, 503u, 504u}) {
    const auto w = test::random_group(97, seed);
    double before = square(w);
    const auto check = [&](const auto& fit) {
      const double error = test::squared_error(fit, w);
      CHECK(error <= before * (1 + 1e-6));
      before = error;
    };
    check(network_sketch<1>{}.fit(w));
    check(network_sketch<2>{}.fit(w));
    CHECK(before <= test::squared_error(horq<2>{}.fit(w), w) * (1 + 1e-6));
    check(network_sketch<3>{}.fit(w));
    check(network_sketch<5>{}.fit(w));
    check(network_sketch<8>{}.fit(w));
    const auto q = network_sketch<3>{}.fit(w);
    check_coefficients_are_best<planes<3>>(q, w, q.levels());
  }
}

TEST_CASE("residuals that reach 0 have coefficient 0 and sign +1", "[quantize]") {
  const std::vector<float> x{2, -2, 2, -2};
  for (const auto& levels : {horq<3>{}.fit(x).levels(), network_sketch<3>{}.fit(x).levels()})
    CHECK(levels.coefficient == std::array<float, 3>{2, 0, 0});
  CHECK(encode(horq<3>{}.fit(x), 2) == 7);
  CHECK(encode(horq<3>{}.fit(x), -2) == 6);
}

TEST_CASE("ABC-Net weights: best coefficients for planes at shifts of the mean", "[quantize]") {
  INFO(test::reproduce());
  const auto w = test::random_group(300, 505);
  const auto q = abc_weight<3>{}.fit(w);
  check_coefficients_are_best<planes<3>>(q, w, q.levels());
  CHECK(test::squared_error(q, w) < test::squared_error(abc_weight<1>{}.fit(w), w));
  CHECK(q.threshold[0] > q.threshold[1]);
  CHECK(q.threshold[1] > q.threshold[2]);
  CHECK(gradient(q, 0.3f, 2) == Approx(2 * (q.alpha[0] + q.alpha[1] + q.alpha[2])));
}

TEST_CASE("groups without a spread share their constant among the planes", "[quantize]") {
  for (const float c : {0.75f, -0.75f, 0.1f}) {
    const std::vector<float> w(7, c);
    const auto q = abc_weight<3>{}.fit(w);
    CHECK(encode(q, c) == 7);
    for (const float a : q.alpha) CHECK(a == Approx(c / 3));
    CHECK(decode(q, encode(q, c)) == Approx(c));
  }
  const std::vector<float> zeros(5), none;
  for (const auto& group : {zeros, none}) {
    CHECK(abc_weight<2>{}.fit(group).levels().coefficient == std::array<float, 2>{});
    CHECK(horq<2>{}.fit(group).levels().coefficient == std::array<float, 2>{});
    CHECK(network_sketch<2>{}.fit(group).levels().coefficient == std::array<float, 2>{});
    CHECK(lq_weight<2>{}.fit(group).levels().coefficient == std::array<float, 2>{});
  }
}

TEST_CASE("ABC-Net activations: window ends and trained numbers", "[quantize]") {
  abc_activation<2> q;
  q.shift = {0.25f, -0.5f};
  q.beta = {2, 3};
  CHECK(encode(q, 0.25f) == 1);  // 0.25 + 0.25 is 1/2: up
  CHECK(encode(q, 0.24999f) == 0);
  CHECK(encode(q, 1.0f) == 3);
  CHECK(gradient(q, -0.25f, 1) == 2);  // x + v = 0: inside
  CHECK(gradient(q, 0.75f, 1) == 5);   // x + v = 1 and 0.25: both inside
  CHECK(gradient(q, 1.5f, 1) == 3);
  CHECK(gradient(q, 1.51f, 1) == 0);
  const std::vector<float> x{-0.25f, 0.75f, 1.5f}, g{1, 10, 100};
  const auto d = parameter_gradient(q, x, g);
  CHECK(d.shift == std::array<float, 2>{22, 330});
  CHECK(d.beta == std::array<float, 2>{-1 + 10 + 100, -1 - 10 + 100});
}

TEST_CASE("QEM: the error never rises, and codes are those of the nearest level", "[quantize]") {
  INFO(test::reproduce());
  const auto check = [](auto q, const std::vector<float>& x) {
    double before = HUGE_VAL;
    for (q.rounds = 0; q.rounds < 12; ++q.rounds) {
      const auto fit = q.fit(x);
      const double error = test::squared_error(fit, x);
      CHECK(error <= before * (1 + 1e-6));
      before = error;
      for (const float v : x)
        for (const code_t other : fit.stairs.codes)
          REQUIRE(std::abs(v - decode(fit, encode(fit, v))) <=
                  std::abs(v - decode(fit, other)) + 1e-5f);
    }
  };
  const auto w = test::random_group(333, 506);
  check(lq_weight<1>{}, w);
  check(lq_weight<2>{}, w);
  check(lq_weight<4>{}, w);
  std::vector<float> a = w;
  for (float& v : a) v = v > 0 ? v : 0;
  check(lq_activation<2>{}, a);
  check(lq_activation<3>{}, a);
  check(lq_weight<3>{}, std::vector<float>(9, 1.5f));
  check(lq_activation<3>{}, std::vector<float>{0, 0, 0, 5});
}

TEST_CASE("one plane of LQ-Nets is BWN", "[quantize]") {
  INFO(test::reproduce());
  const auto w = test::random_group(200, 507);
  CHECK(lq_weight<1>{}.fit(w).basis[0] ==
        Approx(detail::quantizers::mean_abs(w, "test")).epsilon(1e-5));
}

TEST_CASE("LQ-Nets: ties go down, bases may be in any order and sign", "[quantize]") {
  const auto q = lq_weight<2>{}.with_basis({-1, 0.5f});
  CHECK(encode(q, -9) == 1);  // -1.5
  CHECK(encode(q, -1.0f) == 1);
  CHECK(encode(q, -0.99f) == 3);  // -0.5
  CHECK(encode(q, 0.0f) == 3);
  CHECK(encode(q, 0.01f) == 0);  // 0.5
  CHECK(encode(q, 9) == 2);
  CHECK(q.largest_level() == 1.5f);
  CHECK(gradient(lq_activation<2>{}.with_basis({1, 2}), 3, 7) == 7);
  CHECK(gradient(lq_activation<2>{}.with_basis({1, 2}), 3.5f, 7) == 0);
  CHECK(gradient(lq_activation<2>{}.with_basis({1, 2}), 0.0f, 7) == 0);
  CHECK(gradient(lq_activation<2>{}.with_basis({1, 2}), 0.01f, 7) == 7);
  const auto moved = q.moved_towards(lq_weight<2>{}.with_basis({1, 1.5f}), 0.25f);
  CHECK(moved.basis == std::array<float, 2>{-0.5f, 0.75f});
  lq_weight<2> wrong;
  wrong.rounds = -1;
  CHECK(test::error_of([&] { (void)wrong.fit(std::vector<float>{1}); }) ==
        "lq_nets: -1 rounds: there cannot be fewer than 0");
  CHECK(test::error_of([&] {
          (void)lq_weight<2>{}.with_basis({1, NAN});
        }) == "lq_nets: a number of the basis is nan: it must be finite");
  CHECK(test::error_of([&] { (void)q.moved_towards(q, 2); }) ==
        "lq_nets: rate is 2: it must be in [0, 1]");
}

TEST_CASE("multi_thresholds: all comparisons, or a walk down the tree, give one code",
          "[quantize]") {
  const auto q = lq_weight<3>{}.fit(test::random_group(100, 508));
  auto floats = test::random_group(300, 509);
  floats.insert(floats.end(), q.stairs.nodes.begin(), q.stairs.nodes.end());
  floats.insert(floats.end(), {HUGE_VALF, -HUGE_VALF, NAN});
  for (const float x : floats)
    CHECK(code_of(q.stairs.compare_all(one_float{x})) == q.stairs.encode(x));
  detail::quantizers::staircase<2> stairs;
  CHECK((stairs.encode(HUGE_VALF) == 0 && stairs.encode(NAN) == 0));
  stairs.set(0, 0, 2);
  stairs.set(1, -1, 0);
  stairs.set(2, -1, 3);  // an empty step
  CHECK((stairs.encode(-2) == 2 && stairs.encode(-1) == 3 && stairs.encode(HUGE_VALF) == 3));
  CHECK(stairs.encode(NAN) == 2);
}

TEST_CASE("TTQ: two scales, their starts and their gradients", "[quantize]") {
  const std::vector<float> w{1, 0.5f, 0.05f, -0.05f, -2, 0.125f}, g{1, 2, 4, 8, 16, 32};
  ttq q;
  q.factor = 0.0625f;  // delta = 0.125
  const ttq fit = q.fit(w);
  CHECK(fit.delta == 0.125f);
  CHECK(fit.positive == 0.75f);
  CHECK(fit.negative == 2);
  CHECK((decode(fit, encode(fit, 0.5f)) == 0.75f && decode(fit, encode(fit, -3)) == -2));
  CHECK(decode(fit, encode(fit, 0.125f)) == 0);
  CHECK((gradient(fit, 1, 2) == 1.5f && gradient(fit, 0, 2) == 2 && gradient(fit, -1, 2) == 4));
  const auto d = parameter_gradient(fit, w, g);
  CHECK((d.positive == 3 && d.negative == -16));
  // Training starts with the scales that are given, and never finds them again.
  const ttq start = q.initialized(w);
  CHECK((start.delta == 0.125f && start.positive == 1 && start.negative == 1));
  q.negative = 0;
  CHECK(test::error_of([&] { (void)q.initialized(w); }) ==
        "ttq: the negative scale is 0: it must be positive and finite");
  q.negative = 3;
  CHECK((q.initialized(w).positive == 1 && q.initialized(w).negative == 3));
  q.trained = true;
  q.positive = 5;
  CHECK(q.fit(w).positive == 5);
  q.factor = 1;
  CHECK(test::error_of([&] { (void)q.fit(w); }) == "ttq: factor is 1: it must be in [0, 1)");
}

}  // namespace test_multi_plane
