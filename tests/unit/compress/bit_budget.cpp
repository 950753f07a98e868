// Whole bits within a budget, and quantizers by their widths.
#include <lowbit/compress/bit_budget.hpp>
#include <lowbit/compress/width_families.hpp>
#include <lowbit/core/matrix.hpp>
#include <lowbit/quantize/fit/gaussian_levels.hpp>
#include <lowbit/quantize/methods/bit_allocation.hpp>
#include <lowbit/quantize/methods/twn.hpp>

#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_bit_budget {

using namespace lowbit;
using compress::bit_budget;

namespace {

using widths = std::vector<int>;

/// The sum of errors of these widths.
double sum_of(const matrix<double>& errors, const widths& bits, int least) {
  double sum = 0;
  for (std::size_t i = 0; i < bits.size(); ++i)
    sum += errors(static_cast<index_t>(i), bits[i] - least);
  return sum;
}
/// The smallest sum of errors within the budget, of all widths that there are.
double least_sum(const std::vector<double>& sizes, const matrix<double>& errors,
                 const bit_budget& budget) {
  widths bits(sizes.size(), budget.least);
  double least = 1e300;
  for (;;) {
    if (compress::mean_bits(sizes, bits) <= budget.mean * (1 + 1e-12))
      least = std::min(least, sum_of(errors, bits, budget.least));
    std::size_t i = 0;
    while (i < bits.size() && bits[i] == budget.most) bits[i++] = budget.least;
    if (i == bits.size()) return least;
    ++bits[i];
  }
}

}  // namespace

TEST_CASE("widths by SQNR are the closed form where it is whole") {
  // A factor of 10 in size is 2 bits at 5 dB a bit. 8, 6, 4 bits cost 8e4 + 6e5 + 4e6.
  const std::vector<double> sizes{1e4, 1e5, 1e6};
  const double mean = (8e4 + 6e5 + 4e6) / 1.11e6;
  CHECK(compress::widths_by_sqnr(sizes, {.mean = mean}) == widths{8, 6, 4});
  std::vector<double> beta(3);
  allocate_bits(sizes, 8, beta);
  for (std::size_t i = 0; i < 3; ++i) CHECK(beta[i] == Approx(8 - 2 * static_cast<int>(i)));
  CHECK(compress::widths_by_sqnr(sizes, {.mean = 8}) == widths{8, 8, 8});
  CHECK(compress::widths_by_sqnr(sizes, {.mean = 1}) == widths{1, 1, 1});
  CHECK(compress::widths_by_sqnr(sizes, {.mean = 3, .least = 3, .most = 3}) == widths{3, 3, 3});
  CHECK(compress::widths_by_sqnr({}, {}).empty());
  const std::vector<double> equal(4, 100);
  widths shared = compress::widths_by_sqnr(equal, {.mean = 3.5});
  CHECK(compress::mean_bits(equal, shared) == 3.5);
  std::sort(shared.begin(), shared.end());
  CHECK(shared == widths{3, 3, 4, 4});
  // Rounded widths that grow one by one would end at 7, 6, 2, 5, with the large layer at 2 bits.
  CHECK(compress::widths_by_sqnr(std::vector<double>{576, 4608, 18432, 5760}, {.mean = 3.4}) ==
        widths{5, 4, 3, 4});
}

TEST_CASE("a budget is kept, and no widths within it have a smaller error") {
  auto random = test::generator(310);
  INFO(test::reproduce());
  std::uniform_real_distribution<double> exponent(0, 5), mean(1, 5), number(-0.1, 1);
  for (int round = 0; round < 100; ++round) {
    std::vector<double> sizes(1 + static_cast<std::size_t>(round % 5));
    for (double& s : sizes) s = std::floor(std::pow(10, exponent(random))) + 1;
    const bit_budget budget{.mean = mean(random), .least = 1, .most = 5};
    const auto layers = static_cast<index_t>(sizes.size());
    const double kappa = 3 + round % 4;
    matrix<double> noise(layers, 5), any(layers, 5);
    for (index_t i = 0; i < layers; ++i)
      for (index_t k = 0; k < 5; ++k) {
        noise(i, k) = std::pow(10, -kappa * static_cast<double>(1 + k) / 10);
        any(i, k) = number(random);
      }
    const widths by_sqnr = compress::widths_by_sqnr(sizes, budget, kappa);
    const widths by_error = compress::widths_by_error(sizes, any.view(), budget);
    CHECK(compress::mean_bits(sizes, by_sqnr) <= budget.mean * (1 + 1e-11));
    CHECK(compress::mean_bits(sizes, by_error) <= budget.mean * (1 + 1e-11));
    CHECK(sum_of(noise, by_sqnr, 1) == Approx(least_sum(sizes, noise, budget)).epsilon(1e-9));
    CHECK(sum_of(any, by_error, 1) == Approx(least_sum(sizes, any, budget)).margin(1e-9));
    CHECK(compress::widths_by_error(sizes, noise.view(), budget) == by_sqnr);
  }
}

TEST_CASE("many layers keep the budget and come close to the closed form") {
  auto random = test::generator(313);
  INFO(test::reproduce());
  std::uniform_real_distribution<double> exponent(2, 5);
  std::vector<double> sizes(60);
  double all = 0, best = 0;
  for (double& s : sizes) all += s = std::pow(10, exponent(random));
  const double mean = 4;
  const widths bits = compress::widths_by_sqnr(sizes, {.mean = mean, .least = 1, .most = 12});
  CHECK(compress::mean_bits(sizes, bits) <= mean * (1 + 1e-11));
  CHECK(compress::mean_bits(sizes, bits) > mean * 0.999);
  // Real bits of the same budget: beta_i = beta_0 + 2 log10(s_0 / s_i), with beta_0 from the budget.
  std::vector<double> beta(60);
  allocate_bits(sizes, 0, beta);
  double spent = 0, noise = 0;
  for (std::size_t i = 0; i < 60; ++i) spent += sizes[i] * beta[i];
  for (std::size_t i = 0; i < 60; ++i) {
    best += std::pow(10, -(beta[i] + mean - spent / all) / 2);
    noise += std::pow(10, -static_cast<double>(bits[i]) / 2);
  }
  CHECK(noise >= best * (1 - 1e-9));
  CHECK(noise < 1.1 * best);
}

TEST_CASE("widths by error buy what a bit is worth, and may skip a width") {
  const std::vector<double> sizes{10, 10};
  // The second layer gains nothing by its second bit, and much by its third.
  matrix<double> errors(2, 4);
  const double rows[2][4] = {{0.5, 0.4, 0.35, 0.34}, {0.9, 0.9, 0.1, 0.1}};
  for (index_t i = 0; i < 2; ++i) std::copy(rows[i], rows[i] + 4, &errors(i, 0));
  const bit_budget two{.mean = 2, .least = 1, .most = 4};
  CHECK(compress::widths_by_error(sizes, errors.view(), two) == widths{1, 3});
  CHECK(compress::widths_by_error(sizes, errors.view(), {.mean = 2.5, .least = 1, .most = 4}) ==
        widths{2, 3});
  // The fourth bit of the second layer is worth nothing, so it is not paid for.
  CHECK(compress::widths_by_error(sizes, errors.view(), {.mean = 4, .least = 1, .most = 4}) ==
        widths{4, 3});
}

TEST_CASE("budgets that cannot be met are refused") {
  const std::vector<double> sizes{1, 2}, none{1, 0};
  CHECK_THROWS_WITH(compress::widths_by_sqnr(sizes, {.mean = 1.5, .least = 2}),
                    ContainsSubstring("1.5 bits per weight, where a layer has at least 2"));
  CHECK_THROWS_WITH(compress::widths_by_sqnr(sizes, {.mean = 4, .least = 5, .most = 4}),
                    ContainsSubstring("widths of 5 to 4 bits"));
  CHECK_THROWS_WITH(compress::widths_by_sqnr(none, {}), ContainsSubstring("layer 1 has size 0"));
  matrix<double> errors(2, 4);
  for (index_t i = 0; i < 8; ++i) errors.data()[i] = 1;
  CHECK_THROWS_WITH(compress::widths_by_error(sizes, errors.view(), {.mean = 4}),
                    ContainsSubstring("2x4 errors for 2 layers at 1 to 8 bits"));
  errors(1, 3) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(
      compress::widths_by_error(sizes, errors.view(), {.mean = 4, .least = 1, .most = 4}),
      ContainsSubstring("the error of layer 1 at 4 bits is"));
  CHECK_THROWS_WITH(compress::widths_by_sqnr(sizes, {}, 0), ContainsSubstring("0 dB per bit"));
  CHECK_THROWS_WITH(compress::mean_bits(sizes, widths{1}), ContainsSubstring("2 sizes, 1 widths"));
}

TEST_CASE("quantizers by their widths") {
  const compress::quantizer_by_width sqnr = compress::sqnr_widths(),
                                     l2 = compress::l2_step_widths();
  CHECK(sqnr.varies());
  CHECK(sqnr.narrowest() == 1);
  CHECK(sqnr.widest() == 8);
  CHECK(l2.narrowest() == 2);
  for (int bits = 2; bits <= 8; ++bits) {
    CHECK(sqnr.at(bits).format().plane_count == bits);
    CHECK(l2.at(bits).format().plane_count == bits);
    CHECK(compress::fixed_point_widths().at(bits).format().plane_count == bits);
  }
  CHECK(compress::sqnr_widths(1.5f).at(3).get_if<sqnr_midrise<3>>()->factor == 1.5f);
  const compress::quantizer_by_width same = twn<>{};
  CHECK_FALSE(same.varies());
  CHECK(same.at(0).get_if<twn<>>() != nullptr);
  CHECK(same.at(5).get_if<twn<>>() != nullptr);
  CHECK_THROWS_WITH(l2.at(1), ContainsSubstring("a width of 1 bits: there are 2 to 8"));
  CHECK_THROWS_WITH(sqnr.at(9), ContainsSubstring("a width of 9 bits: there are 1 to 8"));
}

TEST_CASE("the SQNR of normal samples is that of the Gaussian table within 0.3 dB") {
  auto random = test::generator(311);
  INFO(test::reproduce());
  const double table[] = {4.40, 9.25, 14.27, 19.38, 24.57, 29.83, 35.17, 40.57};
  const compress::quantizer_by_width sqnr = compress::sqnr_widths();
  for (const float deviation : {1.0f, 0.02f, 300.0f}) {
    std::normal_distribution<float> normal(0, deviation);
    std::vector<float> w(200000), levels(w.size());
    for (float& x : w) x = normal(random);
    for (int bits = 1; bits <= 8; ++bits) {
      sqnr.at(bits).fit(w).forward(w, levels);
      double signal = 0, noise = 0;
      for (std::size_t i = 0; i < w.size(); ++i) {
        const double x = static_cast<double>(w[i]), e = static_cast<double>(levels[i]) - x;
        signal += x * x;
        noise += e * e;
      }
      const double decibels = 10 * std::log10(signal / noise);
      INFO("deviation " << deviation << ", " << bits << " bits: " << decibels << " dB");
      CHECK(decibels == Approx(table[bits - 1]).margin(0.3));
      CHECK(midrise_sqnr(bits) == Approx(table[bits - 1]).margin(0.01));
    }
  }
}

}  // namespace test_bit_budget
