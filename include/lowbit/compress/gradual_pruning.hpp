// lowbit/compress/gradual_pruning.hpp – a share of pruned weights that grows while training goes on.
//
//     share(t) = last + (first - last) (1 - (t - begin) / (every times))^3        t = begin, begin + every, ...
//
// Many weights go at once in the beginning, where many are redundant, and few at the end. Between the prunings training
// repairs what they broke:
//
//     const lowbit::compress::gradual_pruning plan{.last = 0.9, .begin = 2 * steps, .every = 100, .times = 50};
//     if (plan.due(step)) {
//       const auto by = lowbit::compress::prune_by::share(plan.share(step));
//       lowbit::compress::prune(w, lowbit::compress::prune_threshold(w, by), kept);
//     }
//
// Source: Zhu, Gupta, "To prune, or not to prune", arXiv:1710.01878, section 3, equation 1.
#ifndef LOWBIT_COMPRESS_GRADUAL_PRUNING_HPP
#define LOWBIT_COMPRESS_GRADUAL_PRUNING_HPP

#include "lowbit/core/checked.hpp"

LOWBIT_BEGIN
namespace compress {

/// Shares in [0, 1]; steps are counted from 0.
struct gradual_pruning {
  double first = 0;   ///< s_i: before the first pruning
  double last = 0.9;  ///< s_f: after the last one
  index_t begin = 0;  ///< t_0: the step of the first pruning
  index_t every = 1;  ///< Delta t: steps from one pruning to the next
  index_t times = 1;  ///< n: prunings after that of `begin`

  /// Errors: shares are not in [0, 1] or fall; a step before 0; every or times below 1.
  void validate() const {
    if (!(first >= 0 && first <= last && last <= 1))
      detail::fail(
          "compress::gradual_pruning: shares from %g to %g: they must be in [0, 1] and not fall",
          first, last);
    if (begin < 0 || every < 1 || times < 1)
      detail::fail(
          "compress::gradual_pruning: begin %td, every %td, times %td: at least 0, 1 and 1", begin,
          every, times);
  }
  /// The step of the last pruning.
  [[nodiscard]] index_t end() const { return begin + detail::saturating_mul(every, times); }
  /// Whether weights are pruned in this step.
  [[nodiscard]] bool due(index_t step) const {
    return step >= begin && step <= end() && (step - begin) % every == 0;
  }
  /// The share that should be pruned at this step: `first` before the begin, `last` after the end. Errors: validate().
  [[nodiscard]] double share(index_t step) const {
    validate();
    if (step < begin) return first;
    if (step >= end()) return last;
    const double rest = 1 - static_cast<double>(step - begin) / static_cast<double>(end() - begin);
    return last + (first - last) * rest * rest * rest;
  }
};

}  // namespace compress
LOWBIT_END

#endif
