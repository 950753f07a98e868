// core/rounding.hpp: every named rounding, at ties, near ties, at the ends of its range, for NaN and infinities. All
// run in every rounding direction of the floating-point environment.
#include "lowbit/core/rounding.hpp"

#include <cfenv>
#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/settings.hpp"

namespace test_rounding {

using namespace lowbit;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t limit = std::int64_t{1} << 62;

struct rounding_case {
  double x;
  std::int64_t half_even, half_away, half_up, down, up;
};

constexpr rounding_case cases[] = {
    {0.0, 0, 0, 0, 0, 0},
    {-0.0, 0, 0, 0, 0, 0},
    {0.25, 0, 0, 0, 0, 1},
    {0.5, 0, 1, 1, 0, 1},
    {1.5, 2, 2, 2, 1, 2},
    {2.5, 2, 3, 3, 2, 3},
    {-0.5, 0, -1, 0, -1, 0},
    {-1.5, -2, -2, -1, -2, -1},
    {-2.5, -2, -3, -2, -3, -2},
    {3.0, 3, 3, 3, 3, 3},
    {-3.0, -3, -3, -3, -3, -3},
    {0.49999997f, 0, 0, 0, 0, 1},
    {0.49999999999999994, 0, 0, 0, 0, 1},
    {-0.49999999999999994, 0, 0, 0, -1, 0},
    {0.50000000000000011, 1, 1, 1, 0, 1},
    {-0.50000000000000011, -1, -1, -1, -1, 0},
    {1e-300, 0, 0, 0, 0, 1},
    {-1e-300, 0, 0, 0, -1, 0},
    {4.9e-324, 0, 0, 0, 0, 1},
    {8388607.5, 8388608, 8388608, 8388608, 8388607, 8388608},  // 2^23 - 1/2
    {8388607, 8388607, 8388607, 8388607, 8388607, 8388607},    // 2^23 - 1
    {8388609, 8388609, 8388609, 8388609, 8388609,
     8388609},  // 2^23 + 1: floor(x + 0.5f) is wrong here
    {-8388609, -8388609, -8388609, -8388609, -8388609, -8388609},
    {4503599627370495.5, 4503599627370496, 4503599627370496, 4503599627370496, 4503599627370495,
     4503599627370496},
    {9007199254740993.0, 9007199254740992, 9007199254740992, 9007199254740992, 9007199254740992,
     9007199254740992},
    {2147483647.5, 2147483648, 2147483648, 2147483648, 2147483647, 2147483648},
    {-2147483648.5, -2147483648, -2147483649, -2147483648, -2147483649, -2147483648},
    {1e300, limit, limit, limit, limit, limit},
    {-1e300, -limit, -limit, -limit, -limit, -limit},
    {infinity, limit, limit, limit, limit, limit},
    {-infinity, -limit, -limit, -limit, -limit, -limit},
    {std::numeric_limits<double>::quiet_NaN(), 0, 0, 0, 0, 0},
};

struct direction {
  int mode;
  const char* name;
};
constexpr direction directions[] = {{FE_TONEAREST, "FE_TONEAREST"},
                                    {FE_UPWARD, "FE_UPWARD"},
                                    {FE_DOWNWARD, "FE_DOWNWARD"},
                                    {FE_TOWARDZERO, "FE_TOWARDZERO"}};

/// f(x) in a rounding direction; volatile keeps the compiler from doing it in another one.
template <class F>
std::int64_t in_direction(const direction& d, double x, F f) {
  std::fesetround(d.mode);
  volatile double input = x;
  volatile std::int64_t result = f(input);
  std::fesetround(FE_TONEAREST);
  return result;
}

}  // namespace

TEST_CASE("named roundings give the table in every rounding direction", "[core]") {
  for (const direction& d : directions)
    for (const rounding_case& c : cases) {
      INFO("x = " << c.x << " under " << d.name);
      CHECK(in_direction(d, c.x, [](double x) { return round_half_even(x); }) == c.half_even);
      CHECK(in_direction(d, c.x, [](double x) { return round_half_away(x); }) == c.half_away);
      CHECK(in_direction(d, c.x, [](double x) { return round_half_up(x); }) == c.half_up);
      CHECK(in_direction(d, c.x, [](double x) { return round_down(x); }) == c.down);
      CHECK(in_direction(d, c.x, [](double x) { return round_up(x); }) == c.up);
      if (c.x >= 0 && c.x < 2147483646)
        CHECK(in_direction(d, c.x, [](double x) {
                return std::int64_t{round_half_even_small(x)};
              }) == c.half_even);
    }
}

TEST_CASE("named roundings agree with the C library where it has them", "[core]") {
  INFO(test::reproduce());
  auto random = test::generator(1);
  std::uniform_real_distribution<double> wide(-1e6, 1e6);
  std::uniform_int_distribution<int> halves(-4000, 4000);
  for (int i = 0; i < 100000; ++i) {
    const double x = i % 2 == 0 ? wide(random) : halves(random) / 2.0 + (i % 3 - 1) * 1e-13;
    INFO("x = " << x);
    REQUIRE(round_half_even(x) == static_cast<std::int64_t>(std::nearbyint(x)));
    REQUIRE(round_half_away(x) == std::llround(x));
    REQUIRE(round_down(x) == static_cast<std::int64_t>(std::floor(x)));
    REQUIRE(round_up(x) == static_cast<std::int64_t>(std::ceil(x)));
  }
}

TEST_CASE("round_stochastic is floor(x + u), decided exactly", "[core]") {
  struct stochastic_case {
    double x, u;
    std::int64_t expected;
  };
  static constexpr stochastic_case table[] = {
      {0.25, 0, 0},
      {0.25, 0.75, 1},
      {0.25, 0.7499999999999999, 0},
      {-0.25, 0, -1},
      {-0.25, 0.25, 0},
      {-0.25, 0.24999999999999997, -1},
      {3, 0.999, 3},
      {-3, 0, -3},
      {-3, 0.999, -3},
      {1e-300, 0.5, 0},
      {-1e-300, 0.5, 0},
      {-1e-300, 0, -1},
      {0.9999999999999999, 0, 0},
      {0.9999999999999999, 1e-300, 0},
      {0.9999999999999999, 0x1.8p-54, 0},
      {0.9999999999999999, 0x1p-53, 1},
      {0x1p-60, 0.9999999999999999, 0},
      {0x1.8p-53, 0.9999999999999999, 1},
  };
  for (const direction& d : directions)
    for (const stochastic_case& c : table) {
      INFO("x = " << c.x << ", u = " << c.u << " under " << d.name);
      CHECK(in_direction(d, c.x, [&](double x) { return round_stochastic(x, c.u); }) == c.expected);
      if (std::fabs(c.x) < 1e9)
        CHECK(in_direction(d, c.x, [&](double x) { return rounding::stochastic_to(x, c.u); }) ==
              c.expected);
    }
}

TEST_CASE("rounding types are the functions of their names", "[core]") {
  INFO(test::reproduce());
  auto random = test::generator(401);
  std::uniform_real_distribution<double> any(-300, 300);
  for (int i = 0; i < 20000; ++i) {
    const double x = i % 2 == 0 ? any(random) : std::floor(any(random)) + 0.5;
    INFO("x = " << x);
    CHECK(rounding::half_even::to(x) == round_half_even(x));
    CHECK(rounding::half_away::to(x) == round_half_away(x));
    CHECK(rounding::half_up::to(x) == round_half_up(x));
    CHECK(rounding::half_down::to(x) == -round_half_up(-x));
    CHECK(rounding::down::to(x) == round_down(x));
    CHECK(rounding::up::to(x) == round_up(x));
  }
}

TEST_CASE("rounded quotients are those of integers, in every direction", "[core]") {
  // dividend / divisor = n / d for integers, so the right answer needs no real number.
  const auto floored = [](int n, int d) { return n / d - (n % d < 0 ? 1 : 0); };
  for (const direction& mode : directions)
    for (const double unit : {1.0, 0x1p-149, 0.1, 3e38})
      for (int d = 1; d <= 16; ++d)
        for (int n = -40; n <= 40; ++n) {
          INFO(n << " / " << d << " of " << unit << " under " << mode.name);
          const double dividend = static_cast<float>(unit) * double(n);
          const double divisor = static_cast<float>(unit) * double(d);
          const auto clipped = [](std::int64_t x) { return x < -9 ? -9 : x > 9 ? 9 : x; };
          const auto rounded = [&](auto by) {
            const std::int64_t near = in_direction(
                mode, dividend, [&](double x) { return decltype(by)::quotient(x, divisor); });
            const std::int64_t any = in_direction(mode, dividend, [&](double x) {
              return round_quotient<decltype(by)>(x, divisor, -9, 9);
            });
            CHECK(clipped(near) == any);
            return any;
          };
          const int down = floored(n, d), half = floored(2 * n + d, 2 * d);
          const bool tie = (2 * n + d) % (2 * d) == 0;
          CHECK(rounded(rounding::down{}) == clipped(down));
          CHECK(rounded(rounding::up{}) == clipped(down + (n % d != 0 ? 1 : 0)));
          CHECK(rounded(rounding::half_up{}) == clipped(half));
          CHECK(rounded(rounding::half_down{}) == clipped(tie ? half - 1 : half));
          CHECK(rounded(rounding::half_even{}) == clipped(tie && half % 2 != 0 ? half - 1 : half));
          CHECK(rounded(rounding::half_away{}) == clipped(tie && n < 0 ? half - 1 : half));
        }
}

}  // namespace test_rounding
