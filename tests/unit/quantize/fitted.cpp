// Fitted thresholds, scales and powers of two: bitnet_ternary.hpp, bitnet_binary.hpp, irnet_weight.hpp,
// syq.hpp, vnq.hpp, inq.hpp, shiftcnn.hpp; ranges, levels for normal numbers and bit widths.
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "lowbit/quantize/fit/gaussian_levels.hpp"
#include "lowbit/quantize/methods/bit_allocation.hpp"
#include "lowbit/quantize/methods/bitnet_binary.hpp"
#include "lowbit/quantize/methods/bitnet_ternary.hpp"
#include "lowbit/quantize/methods/inq.hpp"
#include "lowbit/quantize/methods/irnet_weight.hpp"
#include "lowbit/quantize/methods/shiftcnn.hpp"
#include "lowbit/quantize/methods/sqnr_midrise.hpp"
#include "lowbit/quantize/methods/syq.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "lowbit/quantize/methods/vnq.hpp"
#include "lowbit/quantize/number/moving_range.hpp"
#include "support/catch.hpp"
#include "support/groups.hpp"
#include "support/matchers.hpp"

namespace test_fitted {

using namespace lowbit;

TEST_CASE("floats around a double: smallest_from, smallest_above, largest_to", "[quantize]") {
  using namespace detail::quantizers;
  const double third = 1.0 / 3;
  CHECK(static_cast<double>(smallest_from(third)) >= third);
  CHECK(static_cast<double>(largest_to(third)) <= third);
  CHECK(next_up(largest_to(third)) == smallest_from(third));
  CHECK((smallest_from(0.5) == 0.5f && smallest_above(0.5) == next_up(0.5f)));
  CHECK(largest_to(0.5) == 0.5f);
  CHECK((smallest_from(0) == 0 && smallest_above(0) > 0 && smallest_above(-0.0) > 0));
  CHECK(smallest_from(1e300) == std::numeric_limits<float>::infinity());
  CHECK(smallest_from(-1e300) == std::numeric_limits<float>::lowest());
  CHECK(smallest_from(1e-60) == float_of(1));
  CHECK(smallest_from(-1e-60) == 0);
}

TEST_CASE("BitNet b1.58: rounding the quotient, ties to 0", "[quantize]") {
  const std::vector<float> w{1, -0.5f, 0.5f, 0, 0.25f, -1.75f, 0, 0};  // mean |w| is 0.5
  bitnet_ternary<> q;
  q.epsilon = 0.5f;  // (mean + eps) / 2 = 0.5
  const auto fit = q.fit(w);
  CHECK((fit.gamma == 0.5f && fit.delta == 0.5f));
  CHECK((encode(fit, 0.5f) == 0 && encode(fit, next_up(0.5f)) == ternary::plus));
  CHECK((encode(fit, -0.5f) == 0 && encode(fit, -0.6f) == ternary::minus));
  INFO(test::reproduce());
  const auto x = test::random_group(500, 570);
  const auto usual = bitnet_ternary<>{}.fit(x);
  double mean = 0;
  for (const float v : x) mean += std::abs(static_cast<double>(v)) / 500;
  for (const float v : x) {
    const double t = std::nearbyint(static_cast<double>(v) / (mean + 1e-5));
    CHECK(value<ternary>(encode(usual, v)) == (t > 1 ? 1 : t < -1 ? -1 : t));
  }
  CHECK(encode(bitnet_ternary<>{}.fit(std::vector<float>(3)), 0) == 0);
  q.epsilon = 0;
  CHECK(test::error_of([&] { (void)q.fit(w); }) ==
        "bitnet_ternary: epsilon is 0: it must be positive and finite");
}

TEST_CASE("BitNet b1: signs around the mean", "[quantize]") {
  const auto q = bitnet_binary<>{}.fit(std::vector<float>{1, 2, -1, 2});
  CHECK((q.threshold == 1 && q.beta == 1.5f));
  CHECK((encode(q, 1) == 1 && encode(q, 0.999f) == 0));
  for (const float c : {0.1f, -0.1f, 0.0f})
    CHECK(encode(bitnet_binary<>{}.fit(std::vector<float>(7, c)), c) == 1);
}

TEST_CASE("IR-Net: a power of two, and the gradient of the standardized weights", "[quantize]") {
  INFO(test::reproduce());
  const auto w = test::random_group(40, 571);
  irnet_weight<ste::identity> q;
  const auto fit = q.fit(w);
  double distance = 0;
  for (const float v : w) distance += std::abs(fit.standardized(v)) / 40;
  CHECK(fit.shift == static_cast<int>(std::lround(std::log2(distance))));
  CHECK(fit.levels().scale == std::ldexp(1.0f, fit.shift));
  // With the identity as surrogate, backward is the derivative of 2^s sum g (w - mean) / std.
  const auto g = test::random_group(40, 572);
  std::vector<float> dw(40);
  backward(fit, w, g, dw);
  const auto loss = [&](const std::vector<float>& x) {
    const auto moved = q.fit(x);
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      sum += std::ldexp(static_cast<double>(g[i]), fit.shift) * moved.standardized(x[i]);
    return sum;
  };
  for (std::size_t i = 0; i < w.size(); i += 7) {
    std::vector<float> up = w, down = w;
    up[i] += 1.0f / 64;
    down[i] -= 1.0f / 64;
    const double step = static_cast<double>(up[i]) - static_cast<double>(down[i]);
    CHECK(dw[i] == Approx((loss(up) - loss(down)) / step).margin(2e-3));
  }
  for (const auto& constant : {std::vector<float>(5, 0.3f), std::vector<float>{-2}}) {
    const auto flat = irnet_weight<>{}.fit(constant);
    CHECK((flat.shift == 0 && encode(flat, constant[0]) == 1));
    std::vector<float> zero(constant.size(), 9);
    backward(flat, constant, constant, zero);
    for (const float d : zero) CHECK(d == 0);
  }
}

TEST_CASE("SYQ: the layer's threshold, the group's scale", "[quantize]") {
  const std::vector<float> layer{20, -1, 0.5f, 1.5f}, group{-1, 0.5f, 1.5f};
  const auto q = syq<>{}.fit_layer(layer).fit(group);
  CHECK((q.eta == 1 && q.alpha == 1));
  CHECK((value<ternary>(encode(q, 1)) == 0 && value<ternary>(encode(q, 1.5f)) == 1));
  CHECK(syq<>{}.fit(group).eta == Approx(0.075f));
  CHECK((syq<>{}.fit_layer(layer).fit_layer(group).fit(group).eta == Approx(0.075f)));
  CHECK(
      (encode(syq<binary>{}.fit(group), 0) == 1 && encode(syq<binary>{}.fit(group), -0.001f) == 0));
  CHECK((gradient(q, 1, 3) == 3 && gradient(q, 2, 3) == 3 * q.alpha));
  const std::vector<float> g{1, 2, 4};
  CHECK(parameter_gradient(syq<>{}.fit(group), group, g).alpha == -1 + 2 + 4);
}

TEST_CASE("VNQ: pruned by noise, else nearest with ties to 0", "[quantize]") {
  vnq q;
  q.a = 0.5f;
  CHECK((encode(q, 0.25f) == 0 && encode(q, 0.26f) == ternary::plus));
  CHECK((encode(q, -0.25f) == 0 && encode(q, -9) == ternary::minus));
  CHECK(q.map_code(0.5f, 0.5f) == ternary::plus);
  CHECK(q.map_code(0.5f, 0.5f * 4.5f) == 0);  // log alpha = 2 log 4.5 = 3.008
  CHECK(q.map_code(0.5f, 0.5f * 4.4f) == ternary::plus);
  CHECK((q.pruned(0, 0.1f) && !q.pruned(0.1f, 0)));
}

TEST_CASE("INQ: nearest level with ties up, for every width", "[quantize]") {
  INFO(test::reproduce());
  const auto check = [](auto q, const std::vector<float>& w) {
    const auto fit = q.fit(w);
    using E = typename decltype(q)::encoding;
    for (const float v : w) {
      const double x = std::abs(static_cast<double>(v));
      double best = 0;
      for (int e = fit.n2(); e <= fit.n1; ++e)
        if (x >= std::ldexp(e == fit.n2() ? 0.5 : 0.75, e)) best = std::ldexp(1.0, e);
      CHECK(static_cast<double>(decode(fit, encode(fit, v))) == (v < 0 ? -best : best));
      CHECK(encode(fit, decode(fit, encode(fit, v))) == encode(fit, v));
      CHECK(is_code<E>(encode(fit, v)));
    }
    CHECK((encode(fit, 0) == 0 && decode(fit, 0) == 0));
  };
  for (const float scale : {1.0f, 0.001f, 1e20f, 1e-38f}) {
    auto w = test::random_group(200, 573);
    for (float& v : w) v *= scale;
    check(inq<2>{}, w);
    check(inq<3>{}, w);
    check(inq<5>{}, w);
    check(inq<8>{}, w);
  }
  CHECK(inq<4>{}.fit(std::vector<float>{1.5f}).n1 == 1);
  CHECK(inq<4>{}.fit(std::vector<float>{1.4999f}).n1 == 0);
  CHECK(inq<4>{}.fit(std::vector<float>{3e38f}).n1 == 127);
  CHECK(encode(inq<4>{}.fit(std::vector<float>(4)), 1) == 0);
  auto kept = inq<4>{}.fit(std::vector<float>{1});
  kept.keep_exponent = true;
  CHECK(kept.fit(std::vector<float>{5}).n1 == 0);
}

TEST_CASE("freezing: the largest first, in rounds, and what is frozen stays", "[quantize]") {
  std::vector<float> w{0.1f, -4, 0.5f, 3, -0.5f, 0.2f, 1, 0.05f};
  std::vector<std::uint8_t> frozen(8);
  const auto q = inq<5>{}.fit(w);
  freeze_largest(q, 0.5, w, frozen);
  CHECK(frozen == std::vector<std::uint8_t>{0, 1, 1, 1, 0, 0, 1, 0});
  CHECK((w[1] == -4 && w[3] == 4 && w[4] == -0.5f && w[6] == 1));
  w[0] = 100;
  w[1] = -0.01f;  // whatever happens to a frozen weight, it is not frozen again
  freeze_largest(q, 0.625, w, frozen);
  CHECK(frozen == std::vector<std::uint8_t>{1, 1, 1, 1, 0, 0, 1, 0});
  CHECK(w[1] == -0.01f);
  freeze_largest(q, 1, w, frozen);
  CHECK(frozen == std::vector<std::uint8_t>(8, 1));
  CHECK_THAT(test::error_of([&] { freeze_largest(q, 1.5, w, frozen); }),
             ContainsSubstring("a portion of 1.5"));
}

TEST_CASE("ShiftCNN: terms, codes and what they stand for agree", "[quantize]") {
  INFO(test::reproduce());
  const auto w = test::random_group(300, 574);
  const auto q = shiftcnn<2, 4>{}.fit(w);
  double before = 0, after = 0;
  for (const float v : w) {
    const auto terms = shift_terms<2, 4>::of(v, q.largest);
    CHECK(decode(q, encode(q, v)) == terms.real(q.largest));
    const auto one = shift_terms<1, 4>::of(v, q.largest).real(q.largest);
    before += std::pow(static_cast<double>(v - one), 2);
    after += std::pow(static_cast<double>(v - terms.real(q.largest)), 2);
  }
  CHECK(after < before / 4);
  CHECK(shift_terms<1, 4>::of(0.75f, 1).index[0] == 2);           // a tie stays low: 1/2
  CHECK(shift_terms<1, 4>::of(next_up(0.75f), 1).index[0] == 1);  // 1
  CHECK(shift_terms<1, 2>::of(0.75f, 1).index[0] ==
        0);                                          // 1/2 is no level: rounded first, then tested
  CHECK(shift_terms<1, 4>::of(5, 1).index[0] == 1);  // cut off
  CHECK(shift_terms<2, 4>::of(std::numeric_limits<float>::quiet_NaN(), 1).real(1) == 0);
  CHECK(encode(shiftcnn<2, 4>{}.fit(std::vector<float>(3)), 0) == 0);
}

TEST_CASE("levels for normal numbers: the papers' constants", "[quantize]") {
  double two[2];
  half_wave_levels(two);
  CHECK(two[0] == Approx(0.4528).epsilon(1e-3));
  CHECK(two[1] == Approx(1.5104).epsilon(1e-3));
  CHECK(half_wave_step(3) == Approx(0.5388).epsilon(1e-3));
  const double steps[] = {1.596, 0.996, 0.586, 0.335, 0.188, 0.104, 0.0569, 0.0308};
  const double ratios[] = {4.40, 9.25, 14.27, 19.38, 24.57, 29.83, 35.17, 40.57};
  for (int bits = 1; bits <= 8; ++bits) {
    CHECK(midrise_step(bits) == Approx(steps[bits - 1]).epsilon(2e-3));
    CHECK(midrise_sqnr(bits) == Approx(ratios[bits - 1]).epsilon(1e-3));
    const auto tabled = static_cast<double>(detail::quantizers::normal_steps[bits - 1]);
    CHECK(tabled == Approx(midrise_step(bits)).epsilon(1e-6));
  }
  double many[15];
  half_wave_levels(many, 0.5);
  for (int i = 0; i < 15; ++i) CHECK(many[i] > (i == 0 ? 0.5 : many[i - 1]));
  CHECK_THAT(test::error_of([&] { half_wave_levels(many, -1); }), ContainsSubstring("eps is -1"));
  CHECK_THAT(test::error_of([] { (void)midrise_step(0); }), ContainsSubstring("0 bits"));
}

TEST_CASE("midrise steps follow the deviation", "[quantize]") {
  const std::vector<float> x{-3, -1, 1, 3};  // deviation sqrt 5
  const auto q = sqnr_midrise<2>{}.fit(x);
  CHECK(q.grid.step == Approx(0.995687 * std::sqrt(5.0)));
  CHECK(q.fractional_length() == -2);  // 2^1 < 2.226 <= 2^2
  CHECK(decode(q, encode(q, 0.1f)) == Approx(q.grid.step / 2));
  CHECK(decode(q, encode(q, 9)) == Approx(1.5f * q.grid.step));
  const auto flat = sqnr_midrise<2>{}.fit(std::vector<float>(4, 2.0f));
  CHECK(
      (flat.grid.step == 0 && decode(flat, encode(flat, 2)) == 0 && flat.fractional_length() == 0));
  INFO(test::reproduce());
  // The tabled step is better than steps a tenth off, for numbers that are normal.
  auto random = test::generator(575);
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> sample(20000);
  for (float& v : sample) v = normal(random);
  const auto error = [&](float factor) {
    sqnr_midrise<3> of;
    of.factor = factor;
    const auto fit = of.fit(sample);
    double sum = 0;
    for (const float v : sample)
      sum += std::pow(static_cast<double>(v) - static_cast<double>(decode(fit, encode(fit, v))), 2);
    return sum;
  };
  CHECK(error(1) < error(0.85f));
  CHECK(error(1) < error(1.15f));
  sqnr_midrise<3> wrong;
  wrong.factor = -1;
  CHECK(test::error_of([&] { (void)wrong.fit(x); }) ==
        "sqnr_midrise: factor is -1: it must be positive and finite");
}

TEST_CASE("options of fits that make no sense are errors", "[quantize]") {
  const std::vector<float> group{1, -2};
  inq<4> kept;
  kept.keep_exponent = true;
  kept.n1 = 128;
  CHECK_THAT(test::error_of([&] { (void)kept.fit(group); }), ContainsSubstring("to keep is 128"));
  vnq limit;
  limit.log_alpha_limit = NAN;
  CHECK_THAT(test::error_of([&] { limit.validate(); }), ContainsSubstring("limit is nan"));
  twn factor;
  factor.factor = -1;
  CHECK_THAT(test::error_of([&] { (void)factor.fit(group); }), ContainsSubstring("factor is -1"));
}

TEST_CASE("bit widths: a bit fewer for 5 dB more parameters", "[quantize]") {
  const double rho[] = {100, 1000, 100, 1};
  double beta[4];
  allocate_bits(rho, 8, beta);
  CHECK((beta[0] == 8 && beta[1] == Approx(6) && beta[2] == 8 && beta[3] == Approx(12)));
  const double bad[] = {1, 0};
  double two[2];
  CHECK(test::error_of([&] { allocate_bits(bad, 8, two); }) ==
        "allocate_bits: layer 1 has size 0: it must be positive and finite");
  CHECK_THAT(test::error_of([&] { allocate_bits(rho, NAN, beta); }),
             ContainsSubstring("first layer has nan bits"));
  CHECK_THAT(test::error_of([&] { allocate_bits(rho, 8, beta, HUGE_VAL); }),
             ContainsSubstring("inf dB per bit"));
}

TEST_CASE("moving ranges: the first batch counts in full", "[quantize]") {
  moving_range range;
  range.decay = 0.75;
  range.update(std::vector<float>{});
  CHECK(range.batches == 0);
  range.update(std::vector<float>{1, -2, 3});
  CHECK((range.lower == -2 && range.upper == 3));
  range.update(std::vector<float>{2, 7});
  CHECK((range.lower == -1 && range.upper == 4 && range.batches == 2));
  CHECK_THAT(test::error_of([&] { range.update(std::vector<float>{HUGE_VALF}); }),
             ContainsSubstring("moving_range: cannot fit: element 0 of 1 is inf"));
  range.decay = 1;
  CHECK_THAT(test::error_of([&] { range.update(std::vector<float>{1}); }),
             ContainsSubstring("decay is 1"));
}

}  // namespace test_fitted
