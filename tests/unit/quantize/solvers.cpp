// Exact solvers against brute force, and iterations that never make it worse: twn_exact.hpp, l2_step.hpp,
// kmeans.hpp, tnn.hpp, tsq_weights.hpp, tsq_activation.hpp, hashed_weights.hpp.
#include <cmath>
#include <vector>

#include "lowbit/quantize/methods/hashed_weights.hpp"
#include "lowbit/quantize/methods/kmeans.hpp"
#include "lowbit/quantize/methods/l2_step.hpp"
#include "lowbit/quantize/methods/tnn.hpp"
#include "lowbit/quantize/methods/tsq_activation.hpp"
#include "lowbit/quantize/methods/tsq_weights.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "lowbit/quantize/methods/twn_exact.hpp"
#include "support/catch.hpp"
#include "support/groups.hpp"
#include "support/matchers.hpp"

namespace test_solvers {

using namespace lowbit;

namespace {

/// The least ||w - alpha t||^2 over all 3^n ternary t, each with its best alpha.
double best_ternary_error(const std::vector<float>& w) {
  std::size_t all = 1;
  for (std::size_t i = 0; i < w.size(); ++i) all *= 3;
  double best = HUGE_VAL;
  for (std::size_t code = 0; code < all; ++code) {
    double along = 0, squares = 0, error = 0;
    std::size_t rest = code;
    for (const float v : w) {
      const int t = static_cast<int>(rest % 3) - 1;
      rest /= 3;
      along += t * static_cast<double>(v);
      squares += t * t;
      error += static_cast<double>(v) * static_cast<double>(v);
    }
    if (squares > 0) error -= along * along / squares;
    best = std::min(best, error);
  }
  return best;
}

}  // namespace

TEST_CASE("the exact ternary fit is the best of all", "[quantize]") {
  INFO(test::reproduce());
  for (unsigned seed = 520; seed < 540; ++seed) {
    const auto w = test::random_group(8, seed);
    const auto q = twn_exact<>{}.fit(w);
    CHECK(test::squared_error(q, w) == Approx(best_ternary_error(w)).margin(1e-6));
    index_t nonzero = 0;
    for (const float v : w) nonzero += encode(q, v) != 0 ? 1 : 0;
    CHECK(nonzero == q.nonzeros);
  }
  const auto large = test::random_group(1000, 540);
  CHECK(test::squared_error(twn_exact<>{}.fit(large), large) <=
        test::squared_error(twn<>{}.fit(large), large) + 1e-6);
}

TEST_CASE("the exact ternary fit: ties, and groups without a choice", "[quantize]") {
  const auto q = twn_exact<>{}.fit(std::vector<float>{1, -1, 1, 1});
  CHECK((q.nonzeros == 4 && q.alpha == 1 && q.delta == 0));
  const auto none = twn_exact<>{}.fit(std::vector<float>(4));
  CHECK((none.nonzeros == 0 && none.alpha == 0 && encode(none, 0) == 0));
  CHECK(twn_exact<>{}.fit(std::vector<float>{}).alpha == 0);
  // {4, 1, 1}: 16, 25/2, 36/3 = 12: one is enough.
  CHECK(twn_exact<>{}.fit(std::vector<float>{1, 4, -1}).nonzeros == 1);
}

TEST_CASE("the least-squares step: the error never rises, codes are stable", "[quantize]") {
  INFO(test::reproduce());
  const auto check = [](auto q, const std::vector<float>& w) {
    double before = HUGE_VAL;
    for (q.most_rounds = 0; q.most_rounds < 10; ++q.most_rounds) {
      const double error = test::squared_error(q.fit(w), w);
      CHECK(error <= before * (1 + 1e-6));
      before = error;
    }
    q.most_rounds = 1000;
    const auto fit = q.fit(w);
    double along = 0, squares = 0;
    for (const float v : w) {
      const int z = value<typename decltype(q)::encoding>(encode(fit, v));
      along += z * static_cast<double>(v);
      squares += z * z;
    }
    if (squares > 0) CHECK(static_cast<double>(fit.step) == Approx(along / squares));
  };
  for (unsigned seed = 541; seed < 545; ++seed) {
    check(l2_step<2>{}, test::random_group(200, seed));
    check(l2_step<4>{}, test::random_group(200, seed));
    check(l2_step<8>{}, test::random_group(2000, seed));
  }
  CHECK(l2_step<4>{}.fit(std::vector<float>(5)).step == 0);
  CHECK(encode(l2_step<4>{}.fit(std::vector<float>(5)), 3) == 0);
  CHECK(l2_step<4>{}.fit(std::vector<float>{}).step == 0);
}

TEST_CASE("k-means: the error never rises, codes are nearest, starts differ", "[quantize]") {
  INFO(test::reproduce());
  const auto w = test::random_group(500, 546);
  for (const auto start :
       {centroid_start::linear, centroid_start::density, centroid_start::random}) {
    kmeans<3> q;
    q.start = start;
    q.seed = 5;
    double before = HUGE_VAL;
    for (q.most_rounds = 0; q.most_rounds < 15; ++q.most_rounds) {
      const auto fit = q.fit(w);
      const double error = test::squared_error(fit, w);
      CHECK(error <= before * (1 + 1e-6));
      before = error;
    }
    q.most_rounds = 1000;
    const auto fit = q.fit(w);
    CHECK(fit.rounds < 1000);
    for (const float v : w) {
      CHECK(code_of(fit.planes(one_float{v})) == encode(fit, v));
      for (const float other : fit.table.table)
        REQUIRE(std::abs(v - decode(fit, encode(fit, v))) <= std::abs(v - other) + 1e-5f);
    }
  }
}

TEST_CASE("k-means of sorted numbers is the best partition where Lloyd cannot be trapped",
          "[quantize]") {
  kmeans<1> q;
  const std::vector<float> w{0, 1, 2, 10, 11, 12};
  const auto fit = q.fit(w);
  CHECK((fit.table.table[0] == 1 && fit.table.table[1] == 11 && fit.rounds == 1));
  const auto d = parameter_gradient(fit, w, std::vector<float>{1, 2, 4, 8, 16, 32});
  CHECK((d.centroid[0] == 7 && d.centroid[1] == 56));
}

TEST_CASE("k-means of pruned weights keeps exact zeros", "[quantize]") {
  kmeans<2> q;
  q.pruned = true;
  const std::vector<float> w{0, -0.0f, 1, 1, -2, 4, 0, 4};
  const auto fit = q.fit(w);
  CHECK((encode(fit, 0) == 0 && encode(fit, -0.0f) == 0 && fit.table.table[0] == 0));
  CHECK((decode(fit, encode(fit, 1)) == 1 && decode(fit, encode(fit, -2)) == -2 &&
         decode(fit, encode(fit, 4)) == 4));
  CHECK(encode(fit, 1e-30f) != 0);
  CHECK(code_of(fit.planes(one_float{-0.0f})) == 0);
  q.centroids = 1;
  CHECK(test::error_of([&] { (void)q.fit(w); }) ==
        "kmeans: 1 centroids in 2 bits: there must be 2 to 4");
  q.centroids = 5;
  CHECK_THAT(test::error_of([&] { (void)q.fit(w); }), ContainsSubstring("there must be 2 to 4"));
  const auto constant = kmeans<2>{}.fit(std::vector<float>(4, 3.0f));
  CHECK(decode(constant, encode(constant, 3)) == 3);
}

TEST_CASE("the best interval of a ternary neuron equals brute force", "[quantize]") {
  INFO(test::reproduce());
  auto random = test::generator(547);
  std::uniform_int_distribution<std::int32_t> sum(-5, 5), answer(-1, 1);
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::vector<std::int32_t> sums, answers;
    for (int i = 0; i < 1 + repeat % 12; ++i) {
      sums.push_back(sum(random));
      answers.push_back(answer(random));
    }
    index_t best = 0;
    for (std::int32_t low = -6; low <= 7; ++low)
      for (std::int32_t high = low - 1; high <= 6; ++high) {
        index_t agree = 0;
        for (std::size_t i = 0; i < sums.size(); ++i)
          agree += ternary_interval{low, high}(sums[i]) == answers[i] ? 1 : 0;
        best = std::max(best, agree);
      }
    const interval_fit fit = fit_interval(sums, answers);
    CHECK(fit.agreeing == best);
    index_t agree = 0;
    for (std::size_t i = 0; i < sums.size(); ++i)
      agree += fit.interval(sums[i]) == answers[i] ? 1 : 0;
    CHECK(agree == best);
  }
  CHECK(fit_interval({}, {}).agreeing == 0);
  CHECK(test::error_of([] { (void)fit_interval(std::vector<std::int32_t>{1}, {}); }) ==
        "fit_interval: 1 sums, 0 answers: they must be equal");
}

TEST_CASE("a ternary neuron answers like the best pair of thresholds", "[quantize]") {
  INFO(test::reproduce());
  auto random = test::generator(548);
  std::uniform_int_distribution<std::int32_t> trit(-1, 1);
  for (int repeat = 0; repeat < 10; ++repeat) {
    std::vector<float> w = test::random_group(6, 549 + static_cast<unsigned>(repeat));
    if (repeat == 0) w = {0.5f, 0.5f, -1, -1, 0, 2};  // equal weights cannot be told apart
    matrix<std::int32_t> x(15, 6);
    std::vector<std::int32_t> answers;
    for (index_t i = 0; i < 15 * 6; ++i) x.data()[i] = trit(random);
    for (int i = 0; i < 15; ++i) answers.push_back(trit(random));
    const auto sums_of = [&](const ternary_threshold<>& q) {
      std::vector<std::int32_t> sums(15);
      for (index_t r = 0; r < 15; ++r)
        for (index_t k = 0; k < 6; ++k)
          sums[static_cast<std::size_t>(r)] +=
              value<ternary>(encode(q, w[static_cast<std::size_t>(k)])) * x(r, k);
      return sums;
    };
    index_t best = 0;
    for (const float lower : w)
      for (const float upper : w) {
        ternary_threshold<> q;
        for (const float l : {lower, 0.0f})
          for (const float u : {upper, 0.0f}) {
            if (l > 0 || u < 0) continue;
            q.lower = l;
            q.upper = u;
            best = std::max(best, fit_interval(sums_of(q), answers).agreeing);
          }
      }
    const tnn_neuron neuron = fit_tnn_neuron(w, x.view(), answers);
    CHECK(neuron.agreeing == best);
    const auto sums = sums_of(neuron.weights);
    index_t agree = 0;
    for (std::size_t i = 0; i < sums.size(); ++i)
      agree += neuron.output(sums[i]) == answers[i] ? 1 : 0;
    CHECK(agree == best);
  }
  matrix<std::int32_t> inputs(1, 2);
  inputs(0, 1) = 2;
  const std::vector<float> weights{1, 2};
  const std::vector<std::int32_t> told{0};
  CHECK(test::error_of([&] { (void)fit_tnn_neuron(weights, inputs.view(), told); }) ==
        "fit_tnn_neuron: sample 0 has the input 2: it must be -1, 0 or 1");
}

TEST_CASE("ternary filters: sweeps never raise the error, and a ternary filter is found again",
          "[quantize]") {
  INFO(test::reproduce());
  auto random = test::generator(560);
  const auto x = test::random_floats(6, 80, random);
  const std::vector<float> y = test::random_group(80, 561);
  double before = HUGE_VAL;
  for (int sweeps = 0; sweeps < 6; ++sweeps) {
    const double error = tsq_ternary(x.view(), y, sweeps).squared_error;
    CHECK(error <= before + 1e-9);
    before = error;
  }
  const std::int32_t t[] = {1, 0, -1, -1, 1, 0};
  std::vector<float> exact(80);
  for (index_t s = 0; s < 80; ++s)
    for (index_t j = 0; j < 6; ++j)
      exact[static_cast<std::size_t>(s)] += 0.375f * static_cast<float>(t[j]) * x(j, s);
  const auto filter = tsq_ternary(x.view(), exact);
  CHECK(std::vector<std::int32_t>(filter.t.begin(), filter.t.end()) ==
        std::vector<std::int32_t>(t, t + 6));
  CHECK(filter.scale == Approx(0.375));
  CHECK(filter.squared_error == Approx(0).margin(1e-9));
  std::vector<float> wrong = exact;
  wrong[2] = NAN;
  CHECK_THAT(test::error_of([&] { (void)tsq_ternary(x.view(), wrong); }),
             ContainsSubstring("outputs: cannot fit: element 2"));
  CHECK_THAT(test::error_of([&] { (void)tsq_ternary(x.view(), std::vector<float>(3)); }),
             ContainsSubstring("3 outputs for 6x80 inputs"));
}

TEST_CASE("filters behind a clip come closer than those of linear outputs", "[quantize]") {
  INFO(test::reproduce());
  auto random = test::generator(570);
  constexpr double bias = 0.2, top = 1.5;
  constexpr double lambdas[] = {0.02, 0.02, 0.02, 0.1};
  const auto clipped = [&](double z) { return std::clamp(z, 0.0, top); };
  double linear_error = 0, clip_error = 0;
  for (int round = 0; round < 10; ++round) {
    const auto x = test::random_floats(8, 200, random);
    const auto w = test::random_floats(1, 8, random);
    std::vector<float> y, wanted;
    for (index_t s = 0; s < 200; ++s) {
      double sum = 0;
      for (index_t j = 0; j < 8; ++j) sum += double{w(0, j)} * double{x(j, s)};
      y.push_back(static_cast<float>(sum));
      wanted.push_back(static_cast<float>(clipped(sum + bias)));
    }
    const tsq_inputs inputs(x.view());
    const tsq_filter linear = inputs.fit(y);
    const tsq_filter clip = tsq_behind_clip(inputs, wanted, bias, top, linear, lambdas);
    const auto error_of = [&](const tsq_filter& f) {
      double error = 0;
      for (index_t s = 0; s < 200; ++s) {
        const double off =
            double{wanted[static_cast<std::size_t>(s)]} - clipped(inputs.output(f, s) + bias);
        error += off * off;
      }
      return error;
    };
    linear_error += error_of(linear);
    clip_error += error_of(clip);
    // A start from the solution stays there.
    CHECK(inputs.fit(y, 20, &linear).squared_error == Approx(linear.squared_error));
  }
  CHECK(clip_error < 0.98 * linear_error);
  const auto x = test::random_floats(3, 4, random);
  const tsq_inputs inputs(x.view());
  const std::vector<float> y(4), three(3);
  const tsq_filter other{buffer<std::int32_t>(2), 1, 0};
  CHECK_THAT(test::error_of([&] { (void)inputs.fit(y, 20, &other); }),
             ContainsSubstring("a start of depth 2 for inputs of 3"));
  CHECK_THAT(test::error_of(
                 [&] { (void)tsq_behind_clip(inputs, three, bias, top, inputs.fit(y), lambdas); }),
             ContainsSubstring("3 outputs for 4 samples"));
}

TEST_CASE("the auxiliary variable is the best on a fine grid", "[quantize]") {
  for (const double v : {-1.5, -0.25, 0.0, 0.5, 1.0, 1.75, 3.0})
    for (const double y : {0.0, 0.25, 1.0, 1.5})
      for (const double lambda : {0.0, 0.1, 1.0, 10.0}) {
        const auto cost = [&](double z) {
          const double clipped = z < 0 ? 0 : z > 1.5 ? 1.5 : z;
          return (y - clipped) * (y - clipped) + lambda * (z - v) * (z - v);
        };
        const tsq_sample best = tsq_auxiliary(v, y, lambda, 1.5);
        CHECK(best.cost == Approx(cost(best.z)).margin(1e-12));
        for (double z = -4; z <= 4; z += 1.0 / 64) CHECK(best.cost <= cost(z) + 1e-12);
      }
}

TEST_CASE("sparse half-wave levels from data", "[quantize]") {
  INFO(test::reproduce());
  const auto x = test::random_group(1000, 562);
  tsq_activation<2> q;
  q.sparsity = 0.75;
  const auto fit = q.fit(x);
  std::size_t zeros = 0;
  for (const float v : x) zeros += encode(fit, v) == 0 ? 1u : 0u;
  CHECK(zeros >= 750);
  CHECK(zeros <= 760);
  CHECK(encode(fit, fit.epsilon) == 0);
  CHECK(encode(fit, next_up(fit.epsilon)) == 1);
  CHECK((fit.table.table[1] < fit.table.table[2] && fit.table.table[2] < fit.table.table[3]));
  CHECK(gradient(fit, fit.table.table[3], 2) == 2);
  CHECK(gradient(fit, next_up(fit.table.table[3]), 2) == 0);
  CHECK(gradient(fit, fit.epsilon, 2) == 0);
  const auto nothing = tsq_activation<2>{}.fit(std::vector<float>{-1, 0, -3});
  CHECK((encode(nothing, 5) == 0 && decode(nothing, 0) == 0));
  const double falling[] = {1, 0.5};
  CHECK_THAT(test::error_of([&] { (void)tsq_activation<2>::with_levels(0, falling); }),
             ContainsSubstring("level 1 is 0.5"));
}

TEST_CASE("hashed weights: the fit is the mean of each bucket, the gradient its sum",
          "[quantize]") {
  INFO(test::reproduce());
  auto random = test::generator(563);
  const auto w = test::random_floats(7, 30, random);
  hashed_weights<3> h;
  h.seed = 9;
  const auto fit = h.fit(w.view());
  const auto codes = h.codes(7, 30);
  const auto error = [&](const hashed_weights<3>& of) {
    double sum = 0;
    for (index_t i = 0; i < 7; ++i)
      for (index_t j = 0; j < 30; ++j) {
        const double d = static_cast<double>(w(i, j)) - static_cast<double>(of.real(codes(i, j)));
        sum += d * d;
      }
    return sum;
  };
  std::vector<int> members(8);
  for (index_t i = 0; i < 7 * 30; ++i) ++members[codes.data()[i]];
  for (const int count : members) CHECK(count > 0);
  for (std::size_t b = 0; b < 4; ++b)
    for (const float step : {-0.01f, 0.01f}) {
      auto moved = fit;
      moved.theta[b] += step;
      CHECK(error(moved) > error(fit));
    }
  const auto d = fit.gradient(w.view());
  for (std::size_t b = 0; b < 4; ++b)
    CHECK(d[b] ==
          Approx(fit.theta[b] * static_cast<float>(members[b] + members[b + 4])).margin(1e-4));
  CHECK(fit.levels().table[5] == -fit.levels().table[1]);
}

}  // namespace test_solvers
