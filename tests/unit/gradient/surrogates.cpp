// gradient/: the windows of the surrogates at their exact ends, and derivative against difference
// quotient of the function that each surrogate belongs to.
#include <cmath>
#include <limits>
#include <vector>

#include "lowbit/gradient/approx_sign.hpp"
#include "lowbit/gradient/error_decay.hpp"
#include "lowbit/gradient/hard_tanh.hpp"
#include "lowbit/gradient/hinge.hpp"
#include "lowbit/gradient/pulse.hpp"
#include "lowbit/gradient/sign_swish.hpp"
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

TEST_CASE("open_hard_tanh leaves out both ends", "[gradient]") {
  const float below = std::nextafter(1.0f, 0.0f);
  check_points(ste::open_hard_tanh{},
               {{1, 0}, {-1, 0}, {below, 1}, {-below, 1}, {0, 1}, {not_a_number, 0}});
  check_against_soft(ste::open_hard_tanh{}, {-1, 1});
}

TEST_CASE("sign_swish: derivative, overshoot, far ends, beta", "[gradient]") {
  for (const float beta : {1.0f, 5.0f}) check_against_soft(ste::sign_swish{beta}, {});
  CHECK(ste::sign_swish{}(0.5f, 1) < 0);  // beta x = 2.5
  for (const float x : {1e3f, -1e3f, 1e30f, infinity, -infinity, not_a_number})
    CHECK(std::abs(ste::sign_swish{}(x, 1)) < 1e-20f);
  const std::vector<float> x{-0.7f, -0.2f, 0.1f, 0.4f}, g{1, -2, 3, 0.5f};
  constexpr float h = 1.0f / 256;
  double quotient = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    quotient +=
        static_cast<double>(g[i]) *
        static_cast<double>(ste::sign_swish{5 + h}.soft(x[i]) - ste::sign_swish{5 - h}.soft(x[i])) /
        static_cast<double>(2 * h);
  CHECK(static_cast<double>(ste::sign_swish{5}.parameter_gradient(x, g).beta) ==
        Approx(quotient).margin(1e-3));
}

TEST_CASE("error_decay: derivative at every stage, schedule", "[gradient]") {
  for (const double progress : {0.0, 0.25, 0.5, 0.75})
    check_against_soft(ste::error_decay::at(progress), {});
  CHECK(ste::error_decay::at(0)(0, 1) == Approx(1));   // nearly the identity
  CHECK(ste::error_decay::at(1)(0, 1) == Approx(10));  // nearly a jump
  CHECK(ste::error_decay{}(not_a_number, 1) == 0);
  CHECK(ste::error_decay{}(infinity, 1) == 0);
}

TEST_CASE("hinges: targets, windows that depend on them", "[gradient]") {
  CHECK((hinge_target(2) == -1 && hinge_target(-2) == 1 && hinge_target(0) == 0));
  const ste::saturated_hinge saturated;
  CHECK(saturated(1, 3) == 0);    // target -1, t x = -1: given up
  CHECK(saturated(-1, 3) == 3);   // t x = 1
  CHECK(saturated(-1, -3) == 0);  // target +1
  CHECK(saturated(1, -3) == -3);
  CHECK(saturated(0.5f, 0) == 0);
  CHECK(saturated(not_a_number, 3) == 0);
  CHECK((ste::saturated_hinge::loss(-3, 1) == 2 && ste::saturated_hinge::loss(3, 1) == 0));
  const ste::soft_hinge soft;
  for (const float x : {-2.0f, -0.5f, 0.0f, 1.0f}) {
    constexpr float h = 1.0f / 512;
    const float slope =
        (ste::soft_hinge::loss(x + h, -1) - ste::soft_hinge::loss(x - h, -1)) / (2 * h);
    CHECK(soft(x, 1) == Approx(slope).margin(1e-3));  // upstream 1: target -1
  }
  CHECK(soft(not_a_number, 1) == 0);
}

TEST_CASE("pulses have area one", "[gradient]") {
  for (const float a : {0.25f, 0.5f, 2.0f}) {
    double rectangle = 0, triangle = 0;
    constexpr int steps = 4000;
    for (int i = 0; i < steps; ++i) {
      const float d = -3 + 6 * (static_cast<float>(i) + 0.5f) / steps;
      rectangle += 6.0 / steps * static_cast<double>(ste::rectangle{a}(d));
      triangle += 6.0 / steps * static_cast<double>(ste::triangle{a}(d));
    }
    CHECK(rectangle == Approx(1).margin(5e-3));
    CHECK(triangle == Approx(1).margin(5e-3));
    CHECK(ste::rectangle{a}(a) == 1 / (2 * a));
    CHECK(ste::triangle{a}(0) == 1 / a);
    CHECK((ste::triangle{a}(a) == 0 && ste::rectangle{a}(2 * a) == 0));
    CHECK((ste::triangle{a}(not_a_number) == 0 && ste::rectangle{a}(not_a_number) == 0));
  }
}
