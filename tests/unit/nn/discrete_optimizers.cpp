// Optimizers without latent floats, and optimizers with rules: what holds for every step, and their statistics.
#include <cmath>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/optimizers/blend.hpp>
#include <lowbit/nn/optimizers/bop.hpp>
#include <lowbit/nn/optimizers/discrete_transition.hpp>
#include <lowbit/nn/optimizers/joint.hpp>
#include <lowbit/nn/optimizers/sgd.hpp>
#include <lowbit/nn/optimizers/stochastic_rounding.hpp>
#include <lowbit/quantize/methods/xnor_weight.hpp>
#include <set>

#include "numeric.hpp"
#include "support/matchers.hpp"
#include "support/settings.hpp"

namespace test_discrete_optimizers {

namespace nn = lowbit::nn;
using lowbit::index_t;
using nn::float_matrix;

namespace {

nn::parameter parameter_of(const float_matrix& values) {
  nn::parameter p(values.rows(), values.cols());
  p.value = values;
  return p;
}

/// Noise of variance 1: number k of step t.
float noise(std::uint64_t t, index_t k) {
  return (2 * lowbit::random_stream(77, t).uniform(k) - 1) * std::sqrt(3.0f);
}

/// The mean squared distance from the optimum 0 of sum (w^2 / 2), in the second half of 40 / rate steps. The gradient
/// at the quantized weights is noisy. `quantized` reads the weights that count.
template <class Quantized>
double settled(nn::optimizer& optimizer, nn::parameter& p, float rate, Quantized quantized) {
  const auto steps = static_cast<std::uint64_t>(40 / rate);
  double sum = 0;
  for (std::uint64_t t = 0; t < steps; ++t) {
    const float_matrix q = quantized(p.value);
    if (t >= steps / 2) sum += double{q.squaredNorm()};
    for (index_t k = 0; k < q.size(); ++k) p.gradient.data()[k] = q.data()[k] + noise(t, k);
    optimizer.step(rate);
  }
  return sum / static_cast<double>(steps - steps / 2) / static_cast<double>(p.value.size());
}

}  // namespace

TEST_CASE("stochastic rounding has a floor that no learning rate lowers, BinaryConnect has none") {
  constexpr float grid = 0.5f;
  const auto rounded = [](float rate, float step) {
    nn::parameter p = parameter_of(float_matrix::Zero(1, 100));
    nn::sgd sgd({&p}, {.momentum = 0});
    nn::adjusted optimizer(sgd, {&p}, nn::stochastic_rounding{step});
    return settled(optimizer, p, rate, [](const float_matrix& w) { return w; });
  };
  const auto latent = [](float rate, float step) {
    nn::parameter p = parameter_of(float_matrix::Zero(1, 100));
    nn::sgd optimizer({&p}, {.momentum = 0});
    return settled(optimizer, p, rate, [=](const float_matrix& w) {
      return float_matrix(w.unaryExpr([=](float v) { return std::round(v / step) * step; }));
    });
  };
  const double floor = rounded(0.01f, grid);
  CHECK(rounded(0.1f, grid) == Approx(floor).epsilon(0.25));
  CHECK(rounded(0.03f, grid) == Approx(floor).epsilon(0.25));
  CHECK(floor > 0.1);
  CHECK(rounded(0.01f, grid / 4) < 0.6 * floor);  // the floor is one of the grid
  CHECK(latent(0.1f, grid) > 2.5 * latent(0.01f, grid));
  CHECK(latent(0.01f, grid) < 0.2 * floor);
}

TEST_CASE("stochastic rounding keeps weights on the grid, and is right on average") {
  nn::parameter p = parameter_of(float_matrix::Constant(100, 100, 0.25f));
  p.clip = 1;
  nn::sgd sgd({&p}, {.momentum = 0});
  nn::adjusted optimizer(sgd, {&p}, nn::stochastic_rounding{0.25f});
  p.gradient.setConstant(-0.3f);
  optimizer.step(0.25f);  // 0.25 + 0.075: a third of the way, almost
  CHECK(double{p.value.mean()} == Approx(0.325).margin(0.004));
  p.gradient.setConstant(-9);
  optimizer.step(1);
  CHECK(p.value == float_matrix::Constant(100, 100, 1));
  for (int i = 0; i < 20; ++i) {
    p.gradient = random_matrix(100, 100, 300 + static_cast<std::uint64_t>(i), 5);
    optimizer.step(0.1f);
    const float_matrix multiples = p.value * 4;
    CHECK(multiples == float_matrix(multiples.array().round()));
    CHECK(p.value.cwiseAbs().maxCoeff() <= 1);
  }
}

TEST_CASE("discrete transitions stay in the set, whatever the step") {
  for (const int n : {0, 1, 2, 4}) {
    INFO("N = " << n);
    const nn::discrete_transition rule{n, 3, 0.5f};
    nn::parameter p = parameter_of(random_matrix(20, 20, 61, 0.7f));
    rule.start(p);
    nn::adam adam({&p});
    nn::adjusted optimizer(adam, {&p}, rule, 3);
    std::set<float> seen;
    for (int i = 0; i < 30; ++i) {
      p.gradient = random_matrix(20, 20, 400 + static_cast<std::uint64_t>(i), 1);
      optimizer.step(i % 3 == 0 ? 5.0f : 0.2f);
      for (const float w : nn::elements(p.value)) {
        CHECK(w == rule.nearest(w));
        seen.insert(w);
      }
    }
    CHECK(seen.size() == (1u << n) + 1);
    CHECK(*seen.begin() == -0.5f);
    CHECK(*seen.rbegin() == 0.5f);
  }
}

TEST_CASE("discrete transitions happen as often as their probability says") {
  const nn::discrete_transition rule{1, 3, 1};
  const lowbit::random_stream uniforms(5);
  constexpr int draws = 20000;
  double chi_squared = 0;
  index_t next = 0;
  int cells = 0;
  for (const float w : {-1.0f, 0.0f, 1.0f})
    for (const float dw : {-1.3f, -0.7f, -0.25f, -0.05f, 0.05f, 0.25f, 0.7f, 1.3f}) {
      const auto jumps = rule.of(w, dw);
      const float stays = rule(w, dw, 0.9999999f);
      int moved = 0;
      for (int i = 0; i < draws; ++i) moved += rule(w, dw, uniforms.uniform(next++)) != stays;
      if (jumps.probability == 0) {
        CHECK(moved == 0);
        continue;
      }
      const double rest = double{dw} - jumps.whole;
      CHECK(jumps.probability == Approx(std::tanh(3 * std::abs(rest))).epsilon(1e-6));
      const double expected = draws * jumps.probability;
      chi_squared += std::pow(moved - expected, 2) / (expected * (1 - jumps.probability));
      ++cells;
    }
  INFO("chi-squared " << chi_squared << " in " << cells << " cells");
  CHECK(cells == 14);
  CHECK(chi_squared < 36.12);  // one in a thousand exceeds it at 14 degrees of freedom
}

TEST_CASE("a weight outside of the set is an error") {
  nn::parameter p = parameter_of(float_matrix::Constant(1, 2, 0.25f));
  nn::sgd sgd({&p}, {.momentum = 0});
  nn::adjusted optimizer(sgd, {&p}, nn::discrete_transition{});
  CHECK_THAT(test::error_of([&] { optimizer.step(1); }),
             ContainsSubstring("weight 0 was 0.25 before the step, which is not among the 3 values "
                               "from -1 to 1"));
}

TEST_CASE("bop keeps no latent float") {
  nn::parameter w = parameter_of(random_matrix(10, 10, 62, 1));
  w.value(0, 0) = 0;
  nn::bop optimizer({&w}, {.gamma = 0.1f, .threshold = 1e-3f});
  CHECK(w.value(0, 0) == 1);
  index_t flips = 0;
  for (int i = 0; i < 50; ++i) {
    const float_matrix before = w.value;
    w.gradient = random_matrix(10, 10, 500 + static_cast<std::uint64_t>(i), 0.1f);
    optimizer.step();
    CHECK(w.value.cwiseAbs() == float_matrix::Ones(10, 10));
    flips += (w.value.array() != before.array()).count();
  }
  CHECK(flips > 100);
  CHECK(test::error_of([&] { nn::bop({&w}, {.gamma = 0}); }) ==
        "nn::bop: gamma is 0, threshold is 1e-08: they must be in (0, 1] and >= 0");
}

TEST_CASE("a blended update settles where plain descent cycles") {
  // The optimum 0.1 lies beside the boundary 0 of +-mean|w|: plain descent on the quantized weight keeps crossing it.
  const auto crossings = [](float rho) {
    nn::parameter p = parameter_of(float_matrix::Constant(1, 1, 0.02f));
    nn::sgd sgd({&p}, {.momentum = 0});
    const nn::blend rule{lowbit::xnor_weight<>{}, rho};
    nn::adjusted optimizer(sgd, {&p}, rule);
    int crossed = 0;
    for (int i = 0; i < 400; ++i) {
      const float before = p.value(0, 0);
      p.gradient(0, 0) = (before < 0 ? -1.0f : 1.0f) - 0.1f;
      optimizer.step(0.05f);
      crossed += (before < 0) != (p.value(0, 0) < 0);
    }
    return crossed;
  };
  CHECK(crossings(0) > 100);
  nn::parameter p = parameter_of(random_matrix(1, 8, 63, 1));
  const float_matrix before = p.value;
  const nn::blend rule{lowbit::xnor_weight<>{}, 0.25f};
  nn::sgd sgd({&p}, {.momentum = 0});
  nn::adjusted optimizer(sgd, {&p}, rule);
  p.gradient = random_matrix(1, 8, 64, 1);
  optimizer.step(0.5f);
  const float_matrix expected = 0.75f * before + 0.25f * rule.quantized(before) - 0.5f * p.gradient;
  CHECK((p.value - expected).cwiseAbs().maxCoeff() < 1e-6f);
}

TEST_CASE("a joint optimizer steps each part at its own rate") {
  nn::parameter a = parameter_of(float_matrix::Ones(1, 1)), b = a;
  nn::sgd slow({&a}, {.momentum = 0}), fast({&b}, {.momentum = 0.5f});
  nn::joint both({{&slow, 0.5f}, {&fast, 2}});
  a.gradient(0, 0) = b.gradient(0, 0) = 1;
  both.step(0.125f);
  CHECK(a.value(0, 0) == 1 - 0.0625f);
  CHECK(b.value(0, 0) == 1 - 0.25f);
  CHECK(both.steps() == 1);
  CHECK(fast.steps() == 1);
  CHECK(both.moments().size() == 2);
}

}  // namespace test_discrete_optimizers
