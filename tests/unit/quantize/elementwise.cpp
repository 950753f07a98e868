// quantize/methods/<method>.hpp of methods that are not fitted. Tested are boundaries and ends of windows where papers
// and code disagree, and options that make no sense. Gradients of trained numbers are compared with difference
// quotients.
#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "lowbit/quantize/all.hpp"
#include "support/catch.hpp"
#include "support/groups.hpp"
#include "support/matchers.hpp"

namespace test_elementwise {

using namespace lowbit;

namespace {

const float above_one = std::nextafter(1.0f, 2.0f), below_one = std::nextafter(1.0f, 0.0f);
const float not_a_number = std::nanf("");

/// sum of g f(x) as a function of one option: (at + h) and (at - h), over 2h.
double quotient(float at, const std::function<double(float option)>& loss, float h = 1.0f / 512) {
  return (loss(at + h) - loss(at - h)) / static_cast<double>(2 * h);
}

template <class F>
double weighted(const std::vector<float>& x, const std::vector<float>& g, F f) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    sum += static_cast<double>(g[i]) * static_cast<double>(f(x[i]));
  return sum;
}

/// The text of what validate() reports.
template <class Q>
std::string complaint(const Q& q) {
  return test::error_of([&] { validate(q); });
}

}  // namespace

TEST_CASE("heaviside: zero is off", "[quantize]") {
  const heaviside<> q;
  CHECK((encode(q, 0) == 0 && encode(q, -0.0f) == 0 && encode(q, 1e-45f) == 1 &&
         encode(q, not_a_number) == 0));
  CHECK((gradient(q, 1, 2) == 2 && gradient(q, above_one, 2) == 0));
  CHECK_THAT(complaint(heaviside<>{{}, 0}), ContainsSubstring("heaviside: scale is 0"));
}

TEST_CASE("rsign: strict at its threshold, which learns", "[quantize]") {
  const rsign<> q{{}, 0.5f};
  CHECK((encode(q, 0.5f) == 0 && encode(q, std::nextafter(0.5f, 1.0f)) == 1 &&
         encode(q, not_a_number) == 0));
  const std::vector<float> x = test::normal_group(50, 70), g = test::normal_group(50, 71);
  const double slope = quotient(0.25f, [&](float alpha) {
    return weighted(x, g, [&](float v) { return ste::approx_sign{}.soft(v - alpha); });
  });
  CHECK(static_cast<double>(parameter_gradient(rsign<>{{}, 0.25f}, x, g).alpha) ==
        Approx(slope).margin(0.02));
  CHECK_THAT(complaint(rsign<>{{}, not_a_number}), ContainsSubstring("rsign: alpha is "));
}

TEST_CASE("ternary thresholds: strict, two-sided", "[quantize]") {
  const ternary_threshold<> q{{}, -0.25f, 1, 2};
  CHECK((encode(q, 1) == ternary::zero && encode(q, above_one) == ternary::plus));
  CHECK((encode(q, -0.25f) == ternary::zero && encode(q, -0.26f) == ternary::minus));
  CHECK((decode(q, ternary::minus) == -2 && encode(q, not_a_number) == ternary::zero));
  CHECK(complaint(ternary_threshold<>{{}, 1, -1, 1}) ==
        "ternary_threshold: the thresholds are 1 and -1: lower must not exceed upper");
}

TEST_CASE("stochastic_ternary: the chance is the magnitude", "[quantize]") {
  const stochastic_ternary<> q{{}, 2};
  CHECK((encode(q, 1, 0.49f) == ternary::plus && encode(q, 1, 0.5f) == ternary::zero));
  CHECK(
      (encode(q, -1, 0.49f) == ternary::minus && encode(q, -2, 0x1.fffffep-1f) == ternary::minus));
  CHECK((encode(q, 0, 0) == ternary::zero && encode(q, not_a_number, 0) == ternary::zero));
  double mean = 0;
  for (int i = 0; i < 1024; ++i)
    mean += static_cast<double>(decode(q, encode(q, -0.75f, static_cast<float>(i) / 1024))) / 1024;
  CHECK(mean == Approx(-0.75));
}

TEST_CASE("gxnor_activation: equal steps beyond the dead zone", "[quantize]") {
  const gxnor_activation<3> q{{0.05f}, 0.2f, 1};  // jumps at 0.2, 0.4, 0.6, 0.8
  CHECK((decode(q, encode(q, 0.2f)) == 0 && decode(q, encode(q, 0.21f)) == 0.25f));
  CHECK((decode(q, encode(q, 0.5f)) == 0.5f && decode(q, encode(q, -0.7f)) == -0.75f));
  CHECK((decode(q, encode(q, 9)) == 1 && decode(q, encode(q, -9)) == -1));
  CHECK(gradient(q, 0.4f, 2) == Approx(2 * 0.25 / 0.1));
  CHECK(gradient(q, 0.5f, 2) == 0);
  CHECK_THAT(complaint(gxnor_activation<2>{{0.1f}, 1, 1}), ContainsSubstring("dead_zone is 1"));
}

TEST_CASE("lsq: ends belong to the clipped part, the step learns", "[quantize]") {
  const lsq<4> q{0.5f};
  CHECK((gradient(q, -4, 1) == 0 && gradient(q, -3.999f, 1) == 1));
  CHECK((gradient(q, 3.5f, 1) == 0 && gradient(q, 3.499f, 1) == 1 &&
         gradient(q, not_a_number, 1) == 0));
  CHECK((q.step_slope(-9) == -8 && q.step_slope(9) == 7 && q.step_slope(0.3f) == Approx(0.4)));
  CHECK((q.step_slope(not_a_number) == 0 && q.step_slope(3.5f) == 7));
  // Where the codes stay, y = step * code and the chain rule takes v / s as a constant's quotient.
  const std::vector<float> v{0.3f, -1.2f, 9, -9}, g{1, -2, 0.5f, 4};
  const double sum = weighted(v, g, [&](float x) { return static_cast<float>(q.step_slope(x)); });
  CHECK(static_cast<double>(parameter_gradient(q, v, g).step) == Approx(sum / std::sqrt(4 * 7.0)));
  CHECK(static_cast<double>(parameter_gradient(lsq<4>{0.5f, 100}, v, g).step) ==
        Approx(sum / std::sqrt(100 * 7.0)));
  CHECK(lsq<4>{}.initialized(v).step == Approx(2 * 4.875 / std::sqrt(7.0)));
  CHECK(complaint(lsq<4>{-1}) == "lsq: step is -1: it must be positive and finite");
  CHECK_THAT(complaint(lsq<4>{not_a_number}), ContainsSubstring("lsq: step is "));
  CHECK_THAT(test::error_of([] {
               (void)lsq<4>{}.initialized(std::vector<float>{0, 0});
             }),
             ContainsSubstring("lsq: step is 0"));
}

TEST_CASE("pact: half-open window, the clip learns", "[quantize]") {
  const pact<2> q{1.5f};
  CHECK((gradient(q, 0, 1) == 1 && gradient(q, 1.5f, 1) == 0 && gradient(q, 1.49f, 1) == 1));
  CHECK((gradient(q, -1e-45f, 1) == 0 && gradient(q, not_a_number, 1) == 0 &&
         encode(q, not_a_number) == 0));
  const std::vector<float> x{-1, 0.2f, 1.5f, 7}, g{1, 2, 3, 4};
  CHECK(parameter_gradient(q, x, g).alpha == 7);
  CHECK(complaint(pact<2>{0}) == "pact: alpha is 0: it must be positive and finite");
}

TEST_CASE("dsq: bounds start where a Gaussian loses least, but within the range", "[quantize]") {
  INFO(test::reproduce());
  std::vector<float> x = test::normal_group(20000, 74);
  for (float& v : x) v = 3 + 2 * v;
  const auto two = dsq<2>{}.initialized(x).learned();
  const auto eight = dsq<8>{}.initialized(x).learned();
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  CHECK(two.lower == Approx(3 - 2 * 1.494f).margin(0.1));
  CHECK(two.upper == Approx(3 + 2 * 1.494f).margin(0.1));
  CHECK(two.alpha == dsq<2>{}.alpha);
  CHECK((eight.lower >= *low && eight.upper <= *high));
  CHECK((eight.lower < two.lower && eight.upper > two.upper));
  const auto ends = dsq<4>{}.initialized(std::vector<float>{-1, 1}).learned();
  CHECK((ends.lower == -1 && ends.upper == 1));
  const auto same = dsq<2>{}.initialized(std::vector<float>{5, 5, 5}).learned();
  CHECK((same.lower == dsq<2>{}.lower && same.upper == dsq<2>{}.upper));
  const auto near = dsq<1>{}.initialized(std::vector<float>{1, above_one}).learned();
  CHECK(near.lower < near.upper);
}

TEST_CASE("dsq: gradients are those of the soft function, inside and outside", "[quantize]") {
  INFO(test::reproduce());
  const dsq<2> q{-0.8f, 1.1f, 0.3f};
  // The tanh is kinked where intervals meet: keep away from there.
  std::vector<float> x{-2, -0.9f, 1.2f, 5}, g = test::normal_group(40, 72);
  for (std::size_t i = 0; x.size() < 40; ++i) {
    const float v = test::normal_group(400, 73)[i] * 0.6f;
    const float r = (v + 0.8f) / 1.9f * 3;
    if (std::abs(r - std::round(r)) > 0.05f && r > 0.05f && r < 2.95f) x.push_back(v);
  }
  const auto soft = [&](const dsq<2>& at) {
    return weighted(x, g, [&](float v) { return at.soft(v); });
  };
  const auto trained = parameter_gradient(q, x, g);
  CHECK(static_cast<double>(trained.lower) == Approx(quotient(q.lower, [&](float l) {
                                                return soft({l, q.upper, q.alpha});
                                              })).margin(0.02));
  CHECK(static_cast<double>(trained.upper) == Approx(quotient(q.upper, [&](float u) {
                                                return soft({q.lower, u, q.alpha});
                                              })).margin(0.02));
  CHECK(static_cast<double>(trained.alpha) == Approx(quotient(q.alpha, [&](float a) {
                                                return soft({q.lower, q.upper, a});
                                              })).margin(0.02));
  std::vector<float> dx(x.size());
  backward(q, x, g, dx);
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(dx[i] == gradient(q, x[i], g[i]));
  for (const float v : x) {
    INFO("x = " << v);
    CHECK(static_cast<double>(gradient(q, v, 1)) == Approx(quotient(v, [&](float w) {
                                                      return static_cast<double>(q.soft(w));
                                                    })).margin(5e-3));
    CHECK(std::abs(decode(q, encode(q, v)) - q.soft(v)) <= 0.5f * 1.9f / 3 + 1e-5f);
  }
  CHECK(encode(q, not_a_number) == 0);
  CHECK(gradient(q, not_a_number, 1) == 0);
  CHECK(complaint(dsq<2>{1, 1, 0.2f}) ==
        "dsq: the range is [1, 1]: lower must be less than upper, and both finite");
  CHECK(complaint(dsq<2>{0, 1, 1}) == "dsq: alpha is 1: it must be between 0 and 1");
}

TEST_CASE("half waves: positive numbers are at least the first level", "[quantize]") {
  const half_wave<2> uniform;
  const half_wave_table<3> table{{0.538f, 1.076f, 1.614f}};
  for (const float x :
       {-1.0f, 0.0f, 1e-45f, 0.1f, 0.807f, 0.8071f, 1.3f, 1.4f, 9.0f, not_a_number}) {
    INFO("x = " << x);
    CHECK(encode(uniform, x) == encode(table, x));
  }
  CHECK((encode(uniform, 0) == 0 && encode(uniform, 1e-45f) == 1 &&
         encode(uniform, not_a_number) == 0));
  CHECK((gradient(uniform, 1.614f, 1) == 1 && gradient(uniform, 1.62f, 1) == 0));
  CHECK(gradient(half_wave<2, half_wave_gradient::vanilla>{}, 9, 1) == 1);
  CHECK(gradient(half_wave<2, half_wave_gradient::log_tailed>{}, 2.614f, 1) == Approx(0.5));
  CHECK_THAT(complaint(half_wave_table<2>{{1, 0.5f}}), ContainsSubstring("level 1 is 0.5"));
}

TEST_CASE("bcgd_activation: ceil, and a level is its own code", "[quantize]") {
  for (const float alpha : {0.1f, 0.3f, 1.2221f, 7e-3f}) {
    const bcgd_activation<8> q{alpha};
    for (int j = 0; j < 256; ++j) REQUIRE(int{encode(q, decode(q, static_cast<code_t>(j)))} == j);
    CHECK((encode(q, 1e-45f) == 1 && encode(q, 0) == 0 && encode(q, not_a_number) == 0));
  }
  const bcgd_activation<2> q{0.5f};
  CHECK((gradient(q, 1.5f, 1) == 1 && gradient(q, 1.51f, 1) == 0 && gradient(q, 0, 1) == 0));
  const std::vector<float> x{-1, 0.1f, 1.5f, 2}, g{1, 1, 1, 10};
  CHECK(parameter_gradient(q, x, g).alpha == 2 + 2 + 30);
}

TEST_CASE("qnn_linear: the range is made of steps", "[quantize]") {
  const qnn_linear<4> q{0.25f, -1, 1};
  CHECK((decode(q, encode(q, -9)) == -1 && decode(q, encode(q, 9)) == 1));
  CHECK(
      (decode(q, encode(q, 0.125f)) == 0 && decode(q, encode(q, 0.375f)) == 0.5f));  // ties to even
  CHECK((gradient(q, 1, 1) == 1 && gradient(q, above_one, 1) == 0));
  CHECK_THAT(complaint(qnn_linear<2>{0.25f, -1, 1}), ContainsSubstring("at most 3 of it apart"));
  CHECK_THAT(complaint(qnn_linear<8>{0.25f, -1, 1.1f}),
             ContainsSubstring("[-1, 1.1], step is 0.25"));
  const auto lognet = lognet_linear<3>(2);
  CHECK((lognet.step == 0.5f && lognet.upper == 3.5f && complaint(lognet) == "no error"));
}

TEST_CASE("fixed point: range, rounding, saturation", "[quantize]") {
  CHECK(fixed_point_integer_bits(1, fixed_point_role::activations) == 0);
  CHECK(fixed_point_integer_bits(above_one, fixed_point_role::activations) == 1);
  CHECK(fixed_point_integer_bits(1, fixed_point_role::parameters) == 1);
  const auto q = dynamic_fixed_point<8>{}.fit(std::vector<float>{0.3f, -5, 2});
  CHECK((q.fraction_bits == 4 && decode(q, encode(q, -5)) == -5));
  CHECK(decode(q, encode(q, 0.03125f)) == 0.0625f);  // half away from zero
  CHECK(decode(q, encode(q, 100)) == 7.9375f);
  CHECK(decode(stochastic_fixed_point<4>{0}, encode(stochastic_fixed_point<4>{0}, 9, 0.9f)) == 7);
  CHECK(complaint(fixed_point<8>{200}) ==
        "fixed_point: fraction_bits is 200: it must be in -120 ... 126");
}

TEST_CASE("jacob_affine: zero is exact for every range", "[quantize]") {
  INFO(test::reproduce());
  auto random = test::generator(74);
  std::uniform_real_distribution<float> any(0, 8);
  for (int i = 0; i < 2000; ++i) {
    const jacob_affine<8> q{-any(random), any(random)};
    INFO("[" << q.lower << ", " << q.upper << "]");
    REQUIRE(int{encode(q, 0)} == q.zero_point());
    REQUIRE(decode(q, encode(q, 0)) == 0);
    const double s = q.scale();
    REQUIRE(std::abs(static_cast<double>(q.levels().scale) - s) <= s * 0x1p-16);
    REQUIRE(static_cast<double>(q.nudged_upper() - q.nudged_lower()) == Approx(255 * s));
  }
  CHECK(jacob_affine<8>{3, 5}.zero_point() == 0);  // widened to [0, 5]
  CHECK(jacob_affine<8>{-5, -3}.zero_point() == 255);
  CHECK((jacob_affine<8>{0, 0}.scale() == 1 && encode(jacob_affine<8>{0, 0}, 0) == 0));
  const jacob_affine<8> q{-1, 2};
  const std::vector<float> x{-3, -1, 0, 2, 4}, g{1, 2, 3, 4, 5};
  const auto trained = parameter_gradient(q, x, g);
  CHECK((trained.lower == 1 && trained.upper == 5));
  CHECK((gradient(q, -1, 1) == 1 && gradient(q, 2, 1) == 1 && gradient(q, 2.01f, 1) == 0));
  CHECK_THAT(complaint(jacob_affine<8>{1, -1}), ContainsSubstring("the range is [1, -1]"));
}

TEST_CASE("log_quantizer: half octaves, signs, the window", "[quantize]") {
  const log_quantizer<4, 2> q{1};
  for (int c = 1; c < 16; ++c) {
    const float level = decode(q, static_cast<code_t>(c));
    CHECK(level == Approx(std::exp2(1 - (16 - c) / 2.0)));
    CHECK(int{encode(q, level)} == c);
  }
  CHECK((encode(q, 0) == 0 && encode(q, -1) == 0 && encode(q, not_a_number) == 0 &&
         encode(q, 1e-9f) == 0));
  CHECK(encode(q, 1e9f) == 15);
  const log_quantizer<4, 1, log_sign::top_bit> weights;
  CHECK((decode(weights, encode(weights, -0.3f)) == -0.25f && encode(weights, -0.0f) == 0));
  CHECK((encode(weights, -1e-9f) == 0 && decode(weights, encode(weights, -9)) == -0.5f));
  CHECK_THAT(complaint(log_quantizer<4>{500}), ContainsSubstring("range is 500"));
}

TEST_CASE("low_precision_batch_norm: quantized between norm and affine part", "[quantize]") {
  low_precision_batch_norm<2> q;
  q.mean = 1, q.deviation = 2, q.gamma = -3, q.beta = 0.5f;
  for (const float x : {-4.0f, 0.0f, 0.9f, 1.1f, 8.0f}) {
    const float level = decode(q.inner, encode(q.inner, (x - 1) / 2));
    const float y = -3 * level + 0.5f;
    INFO("x = " << x);
    CHECK(decode(q, encode(q, x)) == Approx(y > 0 ? y : 0));
    CHECK(gradient(q, x, 2) == (y > 0 ? -3.0f : 0.0f));
  }
  q.deviation = 0;
  CHECK_THAT(complaint(q), ContainsSubstring("deviation is 0"));
}

TEST_CASE("wage: grids, gradients, starts", "[quantize]") {
  const wage_activation<3> a{2};
  CHECK((decode(a, encode(a, 1)) == 0.5f && gradient(a, 1.5f, 1) == 0.5f &&
         gradient(a, 1.6f, 1) == 0));
  const auto e = wage_error<8>{}.fit(std::vector<float>{0, 0});
  CHECK((e.shift == 1 && decode(e, encode(e, 0)) == 0));
  const wage_gradient step{8, 2};
  CHECK(step(0.75f, 1, 0.49f) == 2 * 0x1p-7f);  // 1.5 steps: 1 and a half chance of one more
  CHECK(step(0.75f, 1, 0.5f) == 1 * 0x1p-7f);
  CHECK((step(-0.75f, 1, 0.5f) == -0x1p-7f && step(1, 0, 0) == 0));
  CHECK_THAT(test::error_of([] { (void)wage_initial<2>(0); }), ContainsSubstring("fan_in is 0"));
}

TEST_CASE("rprelu, powers and floors: functions with gradients", "[quantize]") {
  const std::vector<float> x = test::normal_group(60, 75), g = test::normal_group(60, 76);
  const rprelu f{0.3f, 0.2f, -0.1f};
  const auto d = parameter_gradient(f, x, g);
  const auto at = [&](rprelu r) { return weighted(x, g, r); };
  CHECK(static_cast<double>(d.gamma) == Approx(quotient(0.3f, [&](float v) {
                                          return at({v, 0.2f, -0.1f});
                                        })).margin(0.02));
  CHECK(static_cast<double>(d.beta) == Approx(quotient(0.2f, [&](float v) {
                                         return at({0.3f, v, -0.1f});
                                       })).margin(0.02));
  CHECK(static_cast<double>(d.zeta) == Approx(quotient(-0.1f, [&](float v) {
                                         return at({0.3f, 0.2f, v});
                                       })).margin(0.02));
  const signed_power power{0.5f};
  CHECK((power(4) == 2 && power(-4) == -2 && power(0) == 0));
  CHECK((is_finite(power.gradient(0, 1)) && power.gradient(4, 1) == Approx(0.25)));
  CHECK(static_cast<double>(parameter_gradient(power, x, g).exponent) ==
        Approx(quotient(0.5f, [&](float p) {
          return weighted(x, g, signed_power{p});
        })).margin(0.02));
  const scaled_floor floor{4};
  CHECK((floor(0.6f) == 0.5f && floor(-0.1f) == -0.25f && floor.gradient(7, 2) == 2));
  CHECK_THAT(complaint(scaled_floor{0}), ContainsSubstring("scaled_floor: scale is 0"));
  const qnn_log log;
  CHECK((log(0.3f) == 0.25f && log(-9) == -1 && log.gradient(above_one, 1) == 0 &&
         log.gradient(below_one, 1) == 1));
}

TEST_CASE("bit widths that are too narrow have a sentence", "[quantize]") {
  STATIC_REQUIRE(quantizer<wrpn_weight<2>>);
  STATIC_REQUIRE(std::same_as<wrpn_weight<2>::encoding, ternary>);
  const wrpn_weight<2> q;
  CHECK((encode(q, 0.5f) == ternary::zero && encode(q, 0.51f) == ternary::plus));
  CHECK((gradient(q, 1, 1) == 1 && gradient(q, above_one, 1) == 0));
}

}  // namespace test_elementwise
