// lowbit/quantize/methods/tnn.hpp – thresholds of ternary neural networks, found from a teacher's outputs.
//
// A student neuron has ternary weights, from two thresholds on the float weights of its teacher. Its output is ternary
// too, from an interval of its integer sum:
//
//     t_k = +1 if w_k > upper, -1 if w_k < lower, else 0          ternary_threshold<>
//     y = +1 if sum > high, -1 if sum < low, else 0               ternary_interval
//
// Both are chosen so that the student repeats the outputs of the teacher on recorded inputs as often as possible:
//
//   fit_interval      for given sums, exactly: n samples sorted, then one pass; n log n
//   fit_tnn_neuron    every pair of thresholds that the weights of a neuron allow (one among its
//                     negative, one among its positive ones), each with its best interval:
//                     d^2 / 4 n log n for depth d. Offline, neuron by neuron. For large d some of the
//                     thresholds are enough
//
// A layer is frozen when its neurons are fitted, and the teacher's next layer is trained on its outputs.
// The teacher's stochastic neurons are stochastic_ternary<ste::hard_tanh>.
//
// Source: Alemdar, Leroy, Prost-Boucle, Petrot, "Ternary neural networks for resource-efficient AI
// applications", arXiv:1609.00222.
#ifndef LOWBIT_QUANTIZE_METHODS_TNN_HPP
#define LOWBIT_QUANTIZE_METHODS_TNN_HPP

#include <algorithm>
#include <limits>

#include "lowbit/core/buffer.hpp"
#include "lowbit/core/matrix_view.hpp"
#include "lowbit/quantize/fit/sorted_sample.hpp"
#include "lowbit/quantize/methods/ternary_threshold.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// The ternary output of an integer sum; low <= high + 1.
struct ternary_interval {
  std::int32_t low = 0;   ///< the smallest sum that gives 0, or +1 if there is none
  std::int32_t high = 0;  ///< the largest sum that does not give +1

  [[nodiscard]] constexpr int operator()(std::int32_t sum) const noexcept {
    return sum > high ? 1 : sum < low ? -1 : 0;
  }
};

/// An interval and how many samples it answers like the teacher.
struct interval_fit {
  ternary_interval interval;
  index_t agreeing = 0;
};

namespace detail::quantizers {

/// A sum and the teacher's answer to it.
struct answered_sum {
  std::int32_t sum;
  std::int32_t answer;
};
struct by_sum {
  bool operator()(answered_sum a, answered_sum b) const noexcept { return a.sum < b.sum; }
};

/// The best interval for samples in the order of their sums. With i samples below the interval and j below or in it,
/// minus(i) + zero(j) - zero(i) + plus(n) - plus(j) agree. The best i for each j is the best of the i before. So one
/// pass over the places between different sums finds both.
[[nodiscard]] inline interval_fit best_interval(std::span<const answered_sum> sorted) noexcept {
  constexpr std::int32_t most = (std::numeric_limits<std::int32_t>::max)();
  const auto n = sorted.size();
  if (n == 0) return {};
  const auto before = [&](std::size_t i) {  // the first sum of what follows place i
    return i < n ? sorted[i].sum : sorted[n - 1].sum < most ? sorted[n - 1].sum + 1 : most;
  };
  index_t minus = 0, zero = 0, plus = 0, best_below = 0, best = -1;
  std::size_t below = 0, low = 0, high = 0;
  for (std::size_t j = 0; j <= n; ++j) {
    if (j == 0 || j == n || sorted[j - 1].sum != sorted[j].sum) {
      if (minus - zero > best_below) {
        best_below = minus - zero;
        below = j;
      }
      if (best_below + zero - plus > best) {
        best = best_below + zero - plus;
        low = below;
        high = j;
      }
    }
    if (j == n) break;
    minus += sorted[j].answer < 0 ? 1 : 0;
    zero += sorted[j].answer == 0 ? 1 : 0;
    plus += sorted[j].answer > 0 ? 1 : 0;
  }
  return {{before(low), before(high) - 1}, best + plus};
}

}  // namespace detail::quantizers

/// The interval whose outputs agree with the most answers (-1, 0 or +1); of equal ones the lowest.
/// Errors: the lengths differ.
[[nodiscard]] inline interval_fit fit_interval(std::span<const std::int32_t> sums,
                                               std::span<const std::int32_t> answers) {
  if (sums.size() != answers.size())
    detail::fail("fit_interval: %zu sums, %zu answers: they must be equal", sums.size(),
                 answers.size());
  buffer<detail::quantizers::answered_sum> sorted(static_cast<index_t>(sums.size()));
  for (std::size_t i = 0; i < sums.size(); ++i)
    sorted[static_cast<index_t>(i)] = {sums[i], answers[i]};
  std::sort(sorted.begin(), sorted.end(), detail::quantizers::by_sum{});
  return detail::quantizers::best_interval({sorted.data(), sums.size()});
}

/// A student neuron: the thresholds of its weights and of its sum, and how often it is right.
struct tnn_neuron {
  ternary_threshold<> weights;
  ternary_interval output;
  index_t agreeing = 0;
};

/// The thresholds with which ternary weights answer the rows of x (recorded inputs, -1, 0 or +1) most
/// often like the teacher. Of equal ones the first: the fewest negative, then the fewest positive codes. `places` > 0
/// tries about so many thresholds of each sign, evenly spread among the weights, instead of all. Errors: shapes differ;
/// a weight is not finite; an input or an answer is none of -1, 0 and 1; places < 0.
[[nodiscard]] inline tnn_neuron fit_tnn_neuron(std::span<const float> weights,
                                               matrix_view<const std::int32_t> x,
                                               std::span<const std::int32_t> answers,
                                               index_t places = 0) {
  if (x.cols() != static_cast<index_t>(weights.size()) ||
      x.rows() != static_cast<index_t>(answers.size()))
    detail::fail("fit_tnn_neuron: %zu weights and %zu answers for inputs of %tdx%td",
                 weights.size(), answers.size(), x.rows(), x.cols());
  if (places < 0)
    detail::fail("fit_tnn_neuron: %td places for thresholds: there cannot be less than 0", places);
  const auto require_ternary = [](std::int32_t value, const char* what, index_t row) {
    if (value < -1 || value > 1)
      detail::fail("fit_tnn_neuron: sample %td has the %s %d: it must be -1, 0 or 1", row, what,
                   static_cast<int>(value));
  };
  for (index_t r = 0; r < x.rows(); ++r) {
    for (const std::int32_t value : x.row(r)) require_ternary(value, "input", r);
    require_ternary(answers[static_cast<std::size_t>(r)], "answer", r);
  }
  const detail::quantizers::sorted_sample sorted(weights, "fit_tnn_neuron");
  const index_t d = sorted.size(), n = x.rows();
  const index_t negative = sorted.end_of(0, [](float w) { return w < 0; });
  const index_t positive = sorted.end_of(0, [](float w) { return w <= 0; });
  buffer<std::int32_t> below(n), sums(n);
  buffer<detail::quantizers::answered_sum> samples(n);
  const auto add = [&](buffer<std::int32_t>& to, float weight, int sign) {
    for (std::size_t k = 0; k < weights.size(); ++k)
      if (weights[k] == weight)
        for (index_t r = 0; r < n; ++r) to[r] += sign * x(r, static_cast<index_t>(k));
  };
  const auto starts_value = [&](index_t i) {
    return i == d || i == 0 || sorted[i] != sorted[i - 1];
  };
  // Thresholds that are tried: behind each `step` weights of a sign, and behind all of them.
  const auto tried = [&](index_t codes, index_t of_sign) {
    const index_t step = places == 0 ? 1 : of_sign / places + 1;
    return codes % step == 0 || codes == of_sign;
  };
  tnn_neuron best;
  best.agreeing = -1;
  for (index_t a = 0; a <= negative; ++a) {  // the a lowest weights become -1
    if (a > 0 && starts_value(a - 1)) add(below, sorted[a - 1], -1);
    if ((a < negative && !starts_value(a)) || !tried(a, negative)) continue;
    sums = below;
    for (index_t b = d; b >= positive; --b) {  // the d - b highest become +1
      if (b < d && (b + 1 == d || sorted[b] != sorted[b + 1])) add(sums, sorted[b], 1);
      if ((b > positive && !starts_value(b)) || !tried(d - b, d - positive)) continue;
      for (index_t r = 0; r < n; ++r) samples[r] = {sums[r], answers[static_cast<std::size_t>(r)]};
      std::sort(samples.begin(), samples.end(), detail::quantizers::by_sum{});
      const interval_fit fit =
          detail::quantizers::best_interval({samples.data(), static_cast<std::size_t>(n)});
      if (fit.agreeing <= best.agreeing) continue;
      best.agreeing = fit.agreeing;
      best.output = fit.interval;
      best.weights.lower = a < negative ? sorted[a] : 0;
      best.weights.upper = b > positive ? sorted[b - 1] : 0;
    }
  }
  return best;
}

LOWBIT_END

#endif
