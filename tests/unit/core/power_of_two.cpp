// core/power_of_two.hpp: logarithms from the bits against the C library's, at the boundaries and at every
// exponent, denormals among them.
#include "lowbit/core/power_of_two.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/settings.hpp"

namespace test_power_of_two {

using namespace lowbit;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// Positive floats: all exponents with fractions at both ends and around every boundary.
std::vector<float> samples() {
  std::vector<float> out;
  for (std::uint32_t exponent = 0; exponent < 255; ++exponent)
    for (const std::uint32_t fraction : {0u, 1u, 0x1837f0u, 0x1837f1u, 0x3504f3u, 0x3504f4u,
                                         0x400000u, 0x5744fcu, 0x5744fdu, 0x7fffffu})
      out.push_back(float_of(exponent << 23 | fraction));
  for (std::uint32_t bits = 1; bits < 0x800000u; bits = bits * 3 + 1) out.push_back(float_of(bits));
  return out;
}

}  // namespace

TEST_CASE("logarithms by bits are those of the C library", "[core]") {
  for (const float x : samples()) {
    if (x == 0) continue;
    INFO("x = " << x);
    int exponent = 0;
    const double fraction = 2 * std::frexp(static_cast<double>(x), &exponent);  // [1, 2)
    --exponent;
    CHECK(floor_log2(x) == exponent);
    CHECK(ceil_log2(x) == exponent + (fraction > 1 ? 1 : 0));
    // Squares of 24-bit numbers decide the roots exactly: m = 1.f 2^23, m^2 >= 2^47, 2^46.5, 2^47.5.
    const auto m = static_cast<std::uint64_t>(std::ldexp(fraction, 23));
    const int half = m * m >= std::uint64_t{1} << 47 ? 1 : 0;
    CHECK(round_log2(x) == exponent + half);
    CHECK(round_half_octaves(x) == 2 * exponent + (m * m > 99516432383215uLL ? 1 : 0) +
                                       (m * m > 199032864766430uLL ? 1 : 0));
    CHECK(floor_log2(-x) == exponent);
    if (exponent + half <= 127) CHECK(nearest_power_of_two(x) == std::ldexp(1.0f, exponent + half));
    CHECK(nearest_power_of_two(-x) == -nearest_power_of_two(x));
  }
}

TEST_CASE("powers of two are exact and saturate", "[core]") {
  for (int e = -149; e <= 127; ++e) {
    CHECK(power_of_two(e) == std::ldexp(1.0f, e));
    CHECK(wide_power_of_two(e) == std::ldexp(1.0, e));
  }
  CHECK(power_of_two(-150) == 0);
  CHECK(power_of_two(128) == infinity);
  CHECK(nearest_power_of_two(std::numeric_limits<float>::max()) == 0x1p127f);
  CHECK(nearest_power_of_two(infinity) == infinity);
  CHECK(std::isnan(nearest_power_of_two(std::nanf(""))));
  CHECK(nearest_power_of_two(0.0f) == 0);
  CHECK(std::signbit(nearest_power_of_two(-0.0f)));
}

}  // namespace test_power_of_two
