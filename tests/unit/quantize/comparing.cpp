// quantize/comparing.hpp and quantize/fit/boundaries.hpp: bits that are comparisons, and formulas that are
// their boundaries.
#include "lowbit/quantize/comparing.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "lowbit/quantize/fit/boundaries.hpp"
#include "lowbit/quantize/fit/monotone.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/dorefa_weight.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/quantize/methods/stochastic_sign.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "lowbit/quantize/methods/xnor_weight.hpp"
#include "support/any_quantizer.hpp"
#include "support/catch.hpp"
#include "support/random_codes.hpp"

namespace test_comparing {

using namespace lowbit;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// One bit, by hand: no planes().
struct positive {
  using encoding = binary;
  affine levels() const noexcept { return {1, 0}; }
  code_t encode(float x) const noexcept { return x > 0 ? 1 : 0; }
};

/// Has planes(), but of a type that is no answer.
struct misleading : positive {
  std::array<float, 1> planes(one_float) const noexcept { return {1}; }
};

/// clip(round(3 x), 0, 3), half to even, with the rounding of the C library.
int two_bits(float x) {
  if (std::isnan(x)) return 0;
  const double scaled = static_cast<double>(x) * 3;
  return static_cast<int>(std::nearbyint(scaled < 0 ? 0 : scaled > 3 ? 3 : scaled));
}

}  // namespace

TEST_CASE("quantizers whose bits are comparisons say so, others do not", "[quantize]") {
  STATIC_REQUIRE(comparing_quantizer<sign<>>);
  STATIC_REQUIRE(comparing_quantizer<xnor_weight<>>);
  STATIC_REQUIRE(comparing_quantizer<twn<>>);
  STATIC_REQUIRE(comparing_quantizer<dorefa_weight<1>>);
  STATIC_REQUIRE(comparing_quantizer<dorefa_weight<3>>);
  STATIC_REQUIRE_FALSE(comparing_quantizer<dorefa_weight<4>>);
  STATIC_REQUIRE(monotone_quantizer<dorefa_weight<5>>);
  STATIC_REQUIRE_FALSE(monotone_quantizer<dorefa_weight<3>>);
  STATIC_REQUIRE_FALSE(monotone_quantizer<dorefa_weight<6>>);
  STATIC_REQUIRE_FALSE(monotone_quantizer<positive>);
  STATIC_REQUIRE(comparing_quantizer<dorefa_activation<1>>);
  STATIC_REQUIRE(comparing_quantizer<dorefa_activation<3>>);
  STATIC_REQUIRE_FALSE(comparing_quantizer<dorefa_activation<4>>);
  STATIC_REQUIRE_FALSE(comparing_quantizer<stochastic_sign<>>);
  STATIC_REQUIRE_FALSE(comparing_quantizer<positive>);
  STATIC_REQUIRE_FALSE(comparing_quantizer<misleading>);
}

TEST_CASE("a number answers as C++ compares it", "[quantize]") {
  for (const float x : {-infinity, -1.0f, -1e-45f, -0.0f, 0.0f, 1e-45f, 1.0f, infinity, NAN, -NAN})
    for (const float bound : {-infinity, -1.0f, -1e-45f, -0.0f, 0.0f, 1e-45f, 1.0f, infinity}) {
      const one_float number{x};
      INFO(x << " against " << bound);
      CHECK(number.negative() == (x < 0 ? 1u : 0u));
      CHECK(number.below(bound) == (x < bound ? 1u : 0u));
      CHECK(number.above(bound) == (x > bound ? 1u : 0u));
      CHECK(number.at_least(bound) == (x >= bound ? 1u : 0u));
    }
  // Answers may be negated: only bit 0 of a plane counts.
  CHECK(code_of(std::array<one_float::answer, 3>{~0u, ~1u, 1u}) == 5);
}

TEST_CASE("encode and planes give one code", "[quantize]") {
  INFO(test::reproduce());
  auto random = test::generator(320);
  const auto x = test::random_floats(1, 2000, random);
  for (const test::catalogued& entry : test::every_quantizer()) {
    const auto q = entry.prototype->fit(x.row(0));
    std::vector<float> floats(x.row(0).begin(), x.row(0).end());
    floats.insert(floats.end(), {infinity, -infinity, NAN, -NAN, -0.0f, 1e-45f, -1e-45f});
    for (const float b : q->boundaries()) {
      floats.push_back(b);
      floats.push_back(std::nextafter(b, -infinity));
    }
    // Where two of the numbers have different codes, the two floats between which the code changes.
    for (std::size_t i = 1; i < 200; ++i) {
      float low = floats[i - 1], high = floats[i];
      const code_t code = q->encode(low);
      while (code != q->encode(high) && std::nextafter(low, high) != high) {
        const float middle = low / 2 + high / 2;
        if (middle == low || middle == high) break;
        (q->encode(middle) == code ? low : high) = middle;
      }
      floats.insert(floats.end(), {low, high});
    }
    for (const float number : floats) {
      INFO(entry.name << ", " << number);
      REQUIRE(q->encode(number) == q->compare(number).value_or(q->encode(number)));
    }
  }
}

TEST_CASE("count_planes writes the number of boundaries that are reached", "[quantize]") {
  std::array<float, 15> boundaries{};
  for (std::size_t c = 0; c < 15; ++c) boundaries[c] = static_cast<float>(c);
  const auto count = [&](float x) {
    return int{code_of(detail::quantizers::count_planes<4>(one_float{x}, boundaries))};
  };
  for (int c = -1; c < 16; ++c) {
    const int reached = c < 0 ? 0 : c > 14 ? 15 : c + 1;
    CHECK(count(static_cast<float>(c)) == reached);
    CHECK(count(static_cast<float>(c) + 0.5f) == reached);
  }
  CHECK(count(NAN) == 0);
  boundaries.fill(2);  // boundaries may fall together
  CHECK((count(1.5f) == 0 && count(2) == 15));
  CHECK(code_of(detail::quantizers::count_planes<2>(one_float{1}, std::array{0.0f, 0.5f})) == 2);
}

TEST_CASE("boundaries are the floats at which a formula goes up", "[quantize]") {
  constexpr auto thirds = [](float x) noexcept { return x >= 2 ? 2 : x > -3 ? 1 : 0; };
  constexpr auto found = detail::quantizers::boundaries_of<2>(thirds);
  STATIC_REQUIRE(found[0] == next_up(-3.0f));
  STATIC_REQUIRE(found[1] == 2);
  // At the ends: a code that -inf has, a code that nothing has, a step at zero.
  const auto never = [](float) noexcept { return 1; };
  CHECK(detail::quantizers::first_above(0, never) == -infinity);
  CHECK(detail::quantizers::first_above(1, never) == infinity);
  const auto zero = [](float x) noexcept { return std::signbit(x) ? 0 : 1; };
  CHECK(std::bit_cast<std::uint32_t>(detail::quantizers::first_above(0, zero)) == 0u);
  const auto only_infinity = [](float x) noexcept { return x == infinity ? 1 : 0; };
  CHECK(detail::quantizers::first_above(0, only_infinity) == infinity);

  // An estimate changes the work, never the result, however wrong it is.
  const float largest = std::numeric_limits<float>::max();
  for (const float estimate : {-infinity, -largest, -3.0f, next_up(-3.0f), -1e-40f, -0.0f, 0.0f,
                               2.0f, 1e-30f, 1.999f, 7.0f, largest, infinity, NAN}) {
    INFO("estimate " << estimate);
    CHECK(detail::quantizers::first_above(0, thirds, estimate) == next_up(-3.0f));
    CHECK(detail::quantizers::first_above(1, thirds, estimate) == 2);
    CHECK(detail::quantizers::first_above(2, thirds, estimate) == infinity);
    CHECK(detail::quantizers::first_above(0, never, estimate) == -infinity);
    CHECK(std::bit_cast<std::uint32_t>(detail::quantizers::first_above(0, zero, estimate)) == 0u);
    CHECK(detail::quantizers::first_above(0, only_infinity, estimate) == infinity);
  }
  int evaluations = 0;
  const auto counted = [&](float x) noexcept { return ++evaluations, x >= 0.7f ? 1 : 0; };
  CHECK(detail::quantizers::first_above(0, counted, next_up(0.7f)) == 0.7f);
  CHECK(evaluations <= 4);
}

TEST_CASE("dorefa_activation<2> by boundaries is its formula, for floats everywhere",
          "[quantize]") {
  constexpr std::uint64_t step = test::thorough ? 251 : 50021;
  const dorefa_activation<2> q;
  std::uint64_t wrong = 0;
  const auto look_at = [&](std::uint32_t bits) {
    const auto x = std::bit_cast<float>(bits);
    wrong += int{encode(q, x)} != two_bits(x) ? 1u : 0u;
  };
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += step)
    look_at(static_cast<std::uint32_t>(bits));
  for (const float tie : {0.0f, 1.0f / 6, 0.5f, 5.0f / 6, 1.0f})
    for (std::uint32_t i = 0; i < 64; ++i) look_at(std::bit_cast<std::uint32_t>(tie) + i - 32);
  CHECK(wrong == 0);
}

}  // namespace test_comparing
