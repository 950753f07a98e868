// core/fixed_multiplier.hpp: both roundings against exact integers, and the multiplier against its real value.
#include "lowbit/core/fixed_multiplier.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_fixed_multiplier {

using namespace lowbit;

namespace {

constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();

}  // namespace

TEST_CASE("multiply_high rounds halves up, and saturates once", "[core]") {
  CHECK(multiply_high(1, 1 << 30) == 1);    // +1/2
  CHECK(multiply_high(-1, 1 << 30) == 0);   // -1/2
  CHECK(multiply_high(3, 1 << 30) == 2);    // +3/2
  CHECK(multiply_high(-3, 1 << 30) == -1);  // -3/2
  CHECK(multiply_high(lowest, lowest) == highest);
  CHECK(multiply_high(lowest, highest) == -highest);
  INFO(test::reproduce());
  auto random = test::generator(400);
  std::uniform_int_distribution<std::int32_t> any(lowest, highest);
  for (int i = 0; i < 10000; ++i) {
    const std::int32_t a = any(random), b = any(random);
    const double exact = static_cast<double>(std::int64_t{a} * b) / 2147483648.0;
    INFO(a << " * " << b);
    CHECK(std::abs(multiply_high(a, b) - exact) <= 0.5 + 1e-6);
  }
}

TEST_CASE("divide_by_power_of_two rounds halves away from zero", "[core]") {
  for (int exponent = 0; exponent <= 31; ++exponent)
    for (const std::int32_t x : {0, 1, -1, 2, -2, 3, -3, 5, -5, 6, -6, 7, 1 << 30, -(1 << 30),
                                 highest, lowest, 12345, -12345}) {
      INFO(x << " / 2^" << exponent);
      CHECK(divide_by_power_of_two(x, exponent) == std::round(std::ldexp(x, -exponent)));
    }
}

TEST_CASE("a multiplier is its real number to 31 bits", "[core]") {
  for (const double m : {0.5, 0.75, 1.0 / 3, 1e-4, 0.007, 0.999999, 3e-9}) {
    const auto multiplier = fixed_multiplier::nearest(m);
    INFO("M = " << m);
    CHECK(multiplier.mantissa >= 1 << 30);
    CHECK(std::ldexp(multiplier.mantissa, -31 - multiplier.shift) == Approx(m).epsilon(1e-9));
    for (const std::int32_t x : {0, 1, -1, 1000, -1000, 123456, -123456, highest, lowest}) {
      INFO("x = " << x);
      CHECK(std::abs(multiplier(x) - x * m) <= 1);
      CHECK(std::abs(multiplier.multiplied_once(x) - x * m) <= 0.5 + 1e-3);
    }
  }
  const auto almost_one = fixed_multiplier::nearest(1 - 1e-12);
  CHECK(almost_one.shift == -1);
  CHECK(almost_one(1000) == 1000);
  CHECK(almost_one(highest) >= highest - 1);
  for (const double m : {0.0, 1.0, -0.5, 2.0, std::nan("")})
    CHECK_THAT(test::error_of([&] { (void)fixed_multiplier::nearest(m); }),
               ContainsSubstring("it must be between 0 and 1"));
  CHECK_THAT(test::error_of([] { (void)fixed_multiplier::nearest(1e-12); }),
             ContainsSubstring("it must be at most 31"));
}

}  // namespace test_fixed_multiplier
