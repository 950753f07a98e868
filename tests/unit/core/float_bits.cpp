// core/float_bits.hpp: the sign rule over all floats, and the fields of a number.
#include "lowbit/core/float_bits.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/settings.hpp"

namespace test_float_bits {

using namespace lowbit;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// How many of the patterns first, first + step, ... < 2^32 break a rule.
template <class Rule>
std::uint64_t violations(std::uint64_t first, std::uint64_t step, Rule holds) {
  std::uint64_t count = 0;
  for (std::uint64_t bits = first; bits < std::uint64_t{1} << 32; bits += step)
    count += holds(static_cast<std::uint32_t>(bits)) ? 0u : 1u;
  return count;
}

}  // namespace

TEST_CASE("is_negative(x) is x < 0 for every float", "[core]") {
  // Release builds look at all 2^32 patterns, others at a stride of a prime.
  constexpr std::uint64_t step = test::thorough ? 1 : 1009;
  CHECK(violations(0, step, [](std::uint32_t bits) {
          const auto x = std::bit_cast<float>(bits);
          return is_negative(x) == (x < 0.0f);
        }) == 0);
}

TEST_CASE("is_nan, is_finite, magnitude and fields agree with the C library", "[core]") {
  constexpr std::uint64_t step = test::thorough ? 61 : 50021;
  CHECK(violations(0, step, [](std::uint32_t bits) {
          const auto x = std::bit_cast<float>(bits);
          return is_nan(x) == std::isnan(x) && is_finite(x) == std::isfinite(x) &&
                 std::bit_cast<std::uint32_t>(magnitude(x)) == (bits & 0x7fffffffu) &&
                 std::bit_cast<std::uint32_t>(from_fields(fields(x))) == bits;
        }) == 0);
}

TEST_CASE("next_up is the next float towards +inf", "[core]") {
  constexpr std::uint64_t step = test::thorough ? 257 : 50021;
  CHECK(violations(0, step, [](std::uint32_t bits) {
          const auto x = std::bit_cast<float>(bits);
          if (is_nan(x)) return std::bit_cast<std::uint32_t>(next_up(x)) == bits;
          return next_up(x) == std::nextafter(x, infinity);
        }) == 0);
  for (const float x : {-infinity, -0.0f, 0.0f, infinity, std::numeric_limits<float>::max()})
    CHECK(next_up(x) == std::nextafter(x, infinity));
}

TEST_CASE("select takes whole floats, clip keeps them in an interval", "[core]") {
  const float payload = std::bit_cast<float>(0xffc12345u);
  CHECK(std::bit_cast<std::uint32_t>(detail::core::select(true, payload, 1)) == 0xffc12345u);
  CHECK(std::bit_cast<std::uint32_t>(detail::core::select(false, 1, payload)) == 0xffc12345u);
  CHECK(std::bit_cast<std::uint32_t>(detail::core::select(false, 1, -0.0f)) == 0x80000000u);
  constexpr std::uint64_t step = test::thorough ? 61 : 50021;
  CHECK(violations(0, step, [](std::uint32_t bits) {
          const auto x = std::bit_cast<float>(bits);
          const float expected = std::isnan(x) ? -1.5f : std::fmin(std::fmax(x, -1.5f), 255.0f);
          return clip(x, -1.5f, 255) == expected;
        }) == 0);
  STATIC_REQUIRE(clip(0.5f, 0, 1) == 0.5f);
  STATIC_REQUIRE(clip(infinity, 0, 1) == 1);
  STATIC_REQUIRE(clip(-infinity, 0, 1) == 0);
  STATIC_REQUIRE(clip(1.0f, 0, 1) == 1);
  CHECK(clip(std::nanf(""), 0, 1) == 0);
}

TEST_CASE("comparisons by place are those of IEEE, for every float", "[core]") {
  constexpr std::uint64_t step = test::thorough ? 61 : 50021;
  for (const float bound : {-infinity, -1.5f, -1e-40f, -1e-45f, -0.0f, 0.0f, 1e-45f, 0.3f,
                            std::numeric_limits<float>::max(), infinity})
    CHECK(violations(0, step, [=](std::uint32_t bits) {
            const auto x = std::bit_cast<float>(bits);
            return is_below(x, bound) == (x < bound) && is_above(x, bound) == (x > bound) &&
                   is_at_least(x, bound) == (x >= bound);
          }) == 0);
  STATIC_REQUIRE(place_of(-0.0f) == 0);
  STATIC_REQUIRE(place_of(1e-45f) == 1);
  STATIC_REQUIRE(place_of(-infinity) == -0x7f800000);
}

TEST_CASE("wide is the value of every float, denormals too", "[core]") {
  constexpr std::uint64_t step = test::thorough ? 61 : 50021;
  CHECK(violations(0, step, [](std::uint32_t bits) {
          const auto x = std::bit_cast<float>(bits);
          if (std::isnan(x)) return exact_double(x) == -0x1p640;
          return exact_double(x) == (std::isinf(x) ? std::copysign(0x1p640, double{x}) : double{x});
        }) == 0);
}

TEST_CASE("the sign rule at its corners", "[core]") {
  STATIC_REQUIRE_FALSE(is_negative(-0.0f));
  STATIC_REQUIRE_FALSE(is_negative(0.0f));
  STATIC_REQUIRE(is_negative(-1e-45f));
  STATIC_REQUIRE(is_negative(-infinity));
  STATIC_REQUIRE_FALSE(is_negative(std::bit_cast<float>(0xffc00000u)));  // NaNs with the sign bit
  STATIC_REQUIRE_FALSE(is_negative(std::bit_cast<float>(0xff800001u)));
  STATIC_REQUIRE_FALSE(is_negative(std::bit_cast<float>(0xffffffffu)));
}

}  // namespace test_float_bits
