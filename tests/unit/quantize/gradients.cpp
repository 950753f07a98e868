// The gradient of every quantizer of the catalogue, with its default options. It is that of its soft function where
// there is one, otherwise the window that its header documents, ends included. An entry that is in no list fails.
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "lowbit/quantize/methods/sqnr_midrise.hpp"
#include "support/any_quantizer.hpp"
#include "support/catch.hpp"
#include "support/groups.hpp"

namespace test_gradients {

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

float gradient(const test::any_quantizer& q, float x) {
  const float one = 1;
  float dx = 0;
  q.backward({&x, 1}, {&one, 1}, {&dx, 1});
  return dx;
}

/// dL/dx = g whatever x is.
const std::set<std::string> identities{"sign<ste::identity>",
                                       "dorefa_weight<1>",
                                       "bitnet_binary<>",
                                       "syq<binary>",
                                       "syq<>",
                                       "ternary_threshold<>",
                                       "stochastic_ternary<>",
                                       "twn<>",
                                       "twn_exact<>",
                                       "fgq<>",
                                       "bitnet_ternary<>",
                                       "vnq",
                                       "ttq",
                                       "dorefa_gradient<4>",
                                       "wage_weight<2>",
                                       "wage_error<8>",
                                       "bitnet_activation<8>",
                                       "jacob_weight<8>",
                                       "fixed_point<8>",
                                       "stochastic_fixed_point<8>",
                                       "dynamic_fixed_point<8>",
                                       "l2_step<2>",
                                       "l2_step<4>",
                                       "inq<2>",
                                       "inq<5>",
                                       "shiftcnn<1, 4>",
                                       "shiftcnn<2, 4>",
                                       "kmeans<2>",
                                       "kmeans<5>",
                                       "log_quantizer<4>",
                                       "log_quantizer<4, 2>",
                                       "log_quantizer<5, 1, log_sign::top_bit>",
                                       "network_sketch<3, residual_fit::greedy>",
                                       "network_sketch<3>",
                                       "lq_weight<2>"};

/// Constant within an interval and constant without; whether its ends belong to it.
struct window {
  float lower, upper;
  bool lower_in, upper_in;
  float inside = 1, outside = 0;
};
constexpr bool in = true, out = false;

const std::map<std::string, window> windows{
    {"sign<>", {-1, 1, in, in}},
    {"sign<ste::open_hard_tanh>", {-1, 1, out, out}},
    {"sign<ste::saturated_hinge>", {-1, 1, in, out}},  // where the target is -1
    {"stochastic_sign<>", {-1, 1, in, in}},
    {"heaviside<>", {-1, 1, in, in}},
    {"xnor_weight<>", {-1, 1, in, in, 2, 1}},  // alpha = n = 1: 1/n + alpha [|w| <= 1]
    {"magnitude_aware_sign<>", {-1, 1, in, in}},
    {"gxnor_activation<1>", {-1, 1, in, in}},  // jumps at -1/2 and 1/2, pulses of half-width 1/2
    {"dorefa_activation<2>", {0, 1, in, in}},
    {"dorefa_activation<8>", {0, 1, in, in}},
    {"wrpn_weight<4>", {-1, 1, in, in}},
    {"pact<4>", {0, 10, in, out}},
    {"lsq<4>", {-8, 7, out, out}},
    {"lsq<2, unsigned_bits<2>>", {0, 3, out, out}},
    {"half_wave<2>", {0, 3 * 0.538f, out, in}},
    {"half_wave_table<2>", {0, 1.51f, out, in}},
    {"bcgd_activation<4>", {0, 15, out, in}},
    {"qnn_linear<4>", {0, 15, in, in}},
    {"wage_activation<8>", {-127.0f / 128, 127.0f / 128, in, in}},
    {"jacob_affine<8>", {0, 1, in, in}},
    {"midrise<2>", {-2, 2, in, in}},
    {"sqnr_midrise<3>",
     {-4 * lowbit::normal_midrise<3>().step, 4 * lowbit::normal_midrise<3>().step, in, in}},
    {"low_precision_batch_norm<2>", {0, infinity, in, in}},
    {"horq<2>", {-1, 1, in, in}}};

/// The gradient is the derivative of this function, but for its kinks.
struct soft_function {
  double (*value)(double x);
  std::vector<double> kinks;
};

double approx_sign(double x) {
  return x < -1 ? -1 : x < 0 ? 2 * x + x * x : x < 1 ? 2 * x - x * x : 1;
}
double sign_swish(double x) {
  const double s = 1 / (1 + std::exp(-5 * x));
  return 2 * s * (1 + 5 * x * (1 - s)) - 1;
}
/// Two bits on [-1, 1], alpha = 0.2: three tanh steps of width 2/3.
double dsq(double x) {
  if (x < -1 || x > 1) return x < 0 ? -1 : 1;
  const double width = 2.0 / 3, k = std::log(2 / 0.2 - 1) / width, s = 1 / (1 - 0.2);
  const double i = std::fmin(std::floor((x + 1) / width), 2);
  return -1 + width * (i + (s * std::tanh(k * (x + 1 - (i + 0.5) * width)) + 1) / 2);
}
/// Jumps at 1/2 and 3/4 of height 1/2, each a triangle of half-width 1/2, mirrored at 0.
double triangle_integral(double far) {
  const double a = 0.5, d = std::fmin(std::fmax(far, -a), a);
  return d < 0 ? (d + a) * (d + a) / (2 * a * a) : 1 - (a - d) * (a - d) / (2 * a * a);
}
double triangles(double x) {
  const double y = std::abs(x);
  const double sum = (triangle_integral(y - 0.5) + triangle_integral(y - 0.75)) / 2;
  return x < 0 ? -sum : sum;
}

const std::map<std::string, soft_function> soft_functions{
    {"sign<ste::approx_sign>", {approx_sign, {-1, 0, 1}}},
    {"rsign<>", {approx_sign, {-1, 0, 1}}},
    {"sign<ste::sign_swish>", {sign_swish, {}}},
    {"sign<ste::error_decay>", {[](double x) { return std::tanh(x); }, {}}},
    {"sign<ste::soft_hinge>", {[](double x) { return std::tanh(x); }, {}}},
    {"dorefa_weight<3>",
     {[](double x) { return std::tanh(x); }, {}}},  // max |tanh| is 1 before a fit
    {"dsq<2>", {dsq, {-1, -1.0 / 3, 1.0 / 3, 1}}},
    {"gxnor_activation<2, ste::triangle>", {triangles, {-1.25, -1, 0, 1, 1.25}}}};

/// What depends on fitted numbers: unit/quantize/fitted.cpp and multi_plane.cpp, and the tests below.
const std::set<std::string> others{"irnet_weight<>", "abc_weight<3>", "abc_activation<3>",
                                   "tsq_activation<2>", "lq_activation<3>"};

}  // namespace

TEST_CASE("every entry's gradient is specified", "[quantize][gradient]") {
  for (const test::catalogued& entry : test::every_quantizer()) {
    INFO(entry.name);
    CHECK(identities.count(entry.name) + windows.count(entry.name) +
              soft_functions.count(entry.name) + others.count(entry.name) ==
          1);
  }
}

TEST_CASE("gradients pass through, or are those of the window, ends included",
          "[quantize][gradient]") {
  const auto floats = test::normal_group(100, 580);
  for (const test::catalogued& entry : test::every_quantizer()) {
    const auto found = windows.find(entry.name);
    if (found == windows.end() && identities.count(entry.name) == 0) continue;
    const window w = found != windows.end() ? found->second : window{-infinity, infinity, in, in};
    INFO(entry.name << ", from " << w.lower << " to " << w.upper);
    const auto check = [&](float x) {
      INFO("x = " << x);
      const bool inside = (x > w.lower || (w.lower_in && x == w.lower)) &&
                          (x < w.upper || (w.upper_in && x == w.upper));
      CHECK(gradient(*entry.prototype, x) == (inside ? w.inside : w.outside));
    };
    for (const float x : floats) check(x);
    for (const float end : {w.lower, w.upper, -30.0f, 30.0f}) {
      check(end);
      check(std::nextafter(end, -infinity));
      check(std::nextafter(end, infinity));
    }
  }
}

TEST_CASE("gradients are the derivatives of the soft functions", "[quantize][gradient]") {
  constexpr double h = 1e-5;
  for (const test::catalogued& entry : test::every_quantizer()) {
    const auto found = soft_functions.find(entry.name);
    if (found == soft_functions.end()) continue;
    const auto& [value, kinks] = found->second;
    for (double x = -2.5; x < 2.5; x += 0.013) {
      bool near = false;
      for (const double kink : kinks) near = near || std::abs(x - kink) < 1e-3;
      if (near) continue;
      INFO(entry.name << ", x = " << x);
      CHECK(static_cast<double>(gradient(*entry.prototype, static_cast<float>(x))) ==
            Approx((value(x + h) - value(x - h)) / (2 * h)).margin(1e-4));
    }
  }
}

TEST_CASE("windows that end at a fitted level", "[quantize][gradient]") {
  const auto floats = test::normal_group(200, 581);
  for (const test::catalogued& entry : test::every_quantizer()) {
    if (entry.name != "tsq_activation<2>" && entry.name != "lq_activation<3>") continue;
    INFO(entry.name);
    const auto q = entry.prototype->fit(floats);
    const float largest = q->real(infinity);
    CHECK((gradient(*q, largest) == 1 && gradient(*q, std::nextafter(largest, infinity)) == 0));
    CHECK(gradient(*q, -1.0f) == 0);
    for (const float x : floats)
      if (x > 0 && q->encode(x) != q->encode(0)) CHECK(gradient(*q, x) == (x <= largest ? 1 : 0));
  }
}

}  // namespace test_gradients
