// epilogue/code_boundaries.hpp: the code of a float is that of the boundaries that it reaches, counted one by one, whether
// its place is estimated or searched.
#include "lowbit/epilogue/code_boundaries.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/random_codes.hpp"

namespace test_code_boundaries {

using namespace lowbit;

namespace {

/// Boundaries in any order of size, the codes 7, 8, ... in the intervals, 3 for NaN.
void check(const std::vector<float>& from, std::mt19937_64& random) {
  std::vector<code_t> codes;
  for (std::size_t i = 0; i <= from.size(); ++i) codes.push_back(static_cast<code_t>(i));
  const code_boundaries boundaries(from, codes, 3);
  REQUIRE(!boundaries.problem());

  constexpr float inf = std::numeric_limits<float>::infinity();
  std::vector<float> xs{-inf,  inf,           0.0f,
                        -0.0f, std::nanf(""), -std::nanf(""),
                        1e38f, -1e38f,        std::numeric_limits<float>::denorm_min()};
  for (const float b : from)
    for (const float x : {b, std::nextafter(b, -inf), std::nextafter(b, inf)}) xs.push_back(x);
  std::uniform_real_distribution<float> more(from.front() - 1, from.back() + 1);
  while (xs.size() < 2000 || xs.size() % 64 != 0) xs.push_back(more(random));

  for (std::size_t i = 0; i < xs.size(); i += 64) {
    code_t found[64];
    boundaries.search<64>(xs.data() + i, found);
    for (std::size_t k = 0; k < 64; ++k) {
      const float x = xs[i + k];
      std::size_t reached = 0;
      while (reached < from.size() && x >= from[reached]) ++reached;
      const code_t expected = std::isnan(x) ? code_t{3} : codes[reached];
      INFO(x);
      REQUIRE(int{found[k]} == int{expected});
      REQUIRE(int{boundaries(x)} == int{expected});
    }
  }
}

}  // namespace

TEST_CASE("code boundaries: equidistant ones", "[epilogue]") {
  auto random = test::generator(1);
  for (const int n : {1, 3, 4, 5, 15, 254, 255})
    for (const float step : {1e-30f, 1.0f / 127, 0.1f, 1.0f, 1e36f})
      for (const float first : {-0.5f, 0.5f, -100.0f}) {
        INFO(n << " boundaries, " << step << " apart, the first is " << first << " steps");
        std::vector<float> from;
        for (int i = 0; i < n; ++i) from.push_back((first + static_cast<float>(i)) * step);
        check(from, random);
      }
}

TEST_CASE("code boundaries: near their places, and far from them", "[epilogue]") {
  auto random = test::generator(2);
  INFO(test::reproduce());
  for (const float most : {0.2f, 0.49f, 0.9f, 5.0f})
    for (int n = 4; n < 256; n += 23) {
      std::vector<float> from;
      std::uniform_real_distribution<float> away(-most, most);
      for (int i = 0; i < n; ++i) from.push_back(static_cast<float>(i) + away(random));
      std::sort(from.begin(), from.end());
      if (std::adjacent_find(from.begin(), from.end()) == from.end()) check(from, random);
    }
  for (const float factor : {1.02f, 1.5f, 4.0f}) {
    std::vector<float> from{0.001f};
    while (from.size() < 60) from.push_back(from.back() * factor);
    check(from, random);
  }
  const float inf = std::numeric_limits<float>::infinity();
  check({-inf, -1, 0, 1, 2}, random);
  check({-2, -1, 0, 1, inf}, random);
}

}  // namespace test_code_boundaries
