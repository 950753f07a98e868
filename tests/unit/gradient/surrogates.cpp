// gradient/: the windows of the surrogates at their exact ends, and derivative against difference
// quotient of the function that each surrogate belongs to.
#include <cmath>
#include <limits>

#include "lowbit/gradient/approx_sign.hpp"
#include "lowbit/gradient/hard_tanh.hpp"
#include "support/catch.hpp"

using namespace lowbit;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

struct point {
  float x, derivative;
};

template <class S, std::size_t N>
void check_points(const S& s, const point (&points)[N]) {
  for (const point& p : points) {
    INFO("x = " << p.x);
    CHECK(s(p.x, 1) == p.derivative);
    CHECK(s(p.x, -2.5f) == -2.5f * p.derivative);
    CHECK(s(p.x, 0) == 0);
  }
}

/// The surrogate equals (soft(x + h) - soft(x - h)) / 2h away from its kinks.
template <class S>
void check_against_soft(const S& s, std::initializer_list<double> kinks) {
  constexpr double h = 1.0 / 1024;
  for (double x = -3 + h / 2; x < 3; x += 0.01) {
    bool near_kink = false;
    for (const double kink : kinks) near_kink = near_kink || std::abs(x - kink) <= 2 * h;
    if (near_kink) continue;
    INFO("x = " << x);
    const double quotient = (static_cast<double>(s.soft(static_cast<float>(x + h))) -
                             static_cast<double>(s.soft(static_cast<float>(x - h)))) /
                            (2 * h);
    CHECK(static_cast<double>(s(static_cast<float>(x), 1)) == Approx(quotient).margin(2e-3));
  }
}

}  // namespace

TEST_CASE("surrogates are surrogates", "[gradient]") {
  STATIC_REQUIRE(surrogate<ste::identity>);
  STATIC_REQUIRE(surrogate<ste::hard_tanh>);
  STATIC_REQUIRE(surrogate<ste::approx_sign>);
  STATIC_REQUIRE_FALSE(surrogate<int>);
}

TEST_CASE("identity passes everything", "[gradient]") {
  for (const float x : {0.0f, -3.0f, 1e30f, infinity, not_a_number})
    CHECK(ste::identity{}(x, 0.75f) == 0.75f);
  check_against_soft(ste::identity{}, {});
}

TEST_CASE("hard_tanh includes both ends and excludes NaN", "[gradient]") {
  const float above = std::nextafter(1.0f, 2.0f), below = std::nextafter(1.0f, 0.0f);
  check_points(ste::hard_tanh{}, {{1, 1},
                                  {-1, 1},
                                  {above, 0},
                                  {-above, 0},
                                  {below, 1},
                                  {-below, 1},
                                  {0, 1},
                                  {-0.0f, 1},
                                  {1e-45f, 1},
                                  {infinity, 0},
                                  {-infinity, 0},
                                  {not_a_number, 0}});
  check_points(ste::hard_tanh{0.5f},
               {{0.5f, 1}, {-0.5f, 1}, {std::nextafter(0.5f, 1.0f), 0}, {0.75f, 0}});
  check_against_soft(ste::hard_tanh{}, {-1, 1});
  check_against_soft(ste::hard_tanh{0.5f}, {-0.5, 0.5});
  CHECK(ste::hard_tanh{2}.soft(7) == 2);
  CHECK(ste::hard_tanh{2}.soft(-7) == -2);
}

TEST_CASE("approx_sign is 2 - 2|x| inside, 0 at the ends and for NaN", "[gradient]") {
  check_points(ste::approx_sign{}, {{0, 2},
                                    {-0.0f, 2},
                                    {0.5f, 1},
                                    {-0.5f, 1},
                                    {0.75f, 0.5f},
                                    {1, 0},
                                    {-1, 0},
                                    {1.5f, 0},
                                    {infinity, 0},
                                    {-infinity, 0},
                                    {not_a_number, 0}});
  check_against_soft(ste::approx_sign{}, {-1, 0, 1});
  CHECK(ste::approx_sign{}.soft(1) == 1);
  CHECK(ste::approx_sign{}.soft(-1) == -1);
  CHECK(ste::approx_sign{}.soft(9) == 1);
  CHECK(ste::approx_sign{}.soft(0.5f) == 0.75f);
  CHECK(ste::approx_sign{}.soft(-0.5f) == -0.75f);
}
