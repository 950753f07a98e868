// core/half.hpp: every number of binary16 and back, and floats against the definition of rounding.
#include "lowbit/core/half.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/random_codes.hpp"

namespace test_half {

using namespace lowbit;

namespace {

/// What 16 bits stand for, by the definition.
double value_of(unsigned half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  const double size = exponent == 0 ? std::ldexp(fraction, -24)
                      : exponent == 31
                          ? (fraction == 0 ? std::numeric_limits<double>::infinity() : std::nan(""))
                          : std::ldexp(1024 + fraction, exponent - 25);
  return (half & 0x8000) != 0 ? -size : size;
}

/// The bits of the number next to x >= 0, of two the even one, by trying all.
unsigned nearest(float x) {
  unsigned best = 0;
  for (unsigned h = 1; h < 0x7c00; ++h) {
    const double now = std::fabs(value_of(h) - static_cast<double>(x)),
                 then = std::fabs(value_of(best) - static_cast<double>(x));
    if (now < then || (now == then && h % 2 == 0)) best = h;
  }
  return static_cast<double>(x) >= 65520 ? 0x7c00 : best;
}

}  // namespace

TEST_CASE("half: every number of binary16 is that of the definition, and comes back", "[core]") {
  for (unsigned h = 0; h < 0x10000; ++h) {
    const auto half = static_cast<std::uint16_t>(h);
    const float x = float_of_half(half);
    if ((h & 0x7fff) > 0x7c00) {
      REQUIRE(is_nan(x));
      REQUIRE((half_of(x) & 0x7fff) > 0x7c00);
      continue;
    }
    REQUIRE(static_cast<double>(x) == value_of(h));
    REQUIRE((bits_of(x) >> 31) == h >> 15);
    REQUIRE(half_of(x) == half);
    const unsigned exponent = h >> 10 & 31;
    REQUIRE(is_normal_half(x) == ((h & 0x7fff) == 0 || (exponent > 0 && exponent < 31)));
    if (is_normal_half(x))
      REQUIRE((bits_of(widen_half(half)) & 0x7fffffffu) == (bits_of(x) & 0x7fffffffu));
    if (is_normal_half(x) && x != 0) REQUIRE(widen_half(half) == x);
  }
}

TEST_CASE("half: floats round to the next number, ties to even", "[core]") {
  auto random = test::generator(3);
  INFO(test::reproduce());
  const auto check = [](float x) {
    INFO(x);
    CHECK(half_of(x) == nearest(x));
    CHECK(half_of(-x) == (nearest(x) | 0x8000));
    CHECK(!is_normal_half(std::nextafter(x, 1e9f)));
  };
  for (const unsigned h : {0u, 1u, 2u, 3u, 1022u, 1023u, 1024u, 1025u, 2047u, 2048u, 0x3bffu,
                           0x3c00u, 0x7bfeu, 0x7bffu}) {
    const auto x = static_cast<float>(value_of(h));
    const auto middle =
        static_cast<float>((value_of(h) + (h == 0x7bff ? 65536 : value_of(h + 1))) / 2);
    check(x);
    check(middle);
    CHECK(half_of(std::nextafter(middle, 0.0f)) == h);
    CHECK(half_of(std::nextafter(middle, 1e9f)) == h + 1);
  }
  for (int i = 0; i < 40; ++i)
    check(std::ldexp(static_cast<float>(random() % (1u << 24)),
                     static_cast<int>(random() % 40) - 48));
  CHECK(half_of(std::numeric_limits<float>::max()) == 0x7c00);
  CHECK(half_of(-std::numeric_limits<float>::infinity()) == 0xfc00);
  CHECK(half_of(std::numeric_limits<float>::denorm_min()) == 0);
}

}  // namespace test_half
