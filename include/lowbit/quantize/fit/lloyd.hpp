// lowbit/quantize/fit/lloyd.hpp – k levels of least squared error on a line: Lloyd's iteration.
//
// By turns: every element goes to its nearest level (a tie to the lower one), and every level to the mean
// of its elements. Neither raises the squared error, and there are finitely many assignments, so it ends.
// With the elements sorted (quantize/fit/sorted_sample.hpp) an assignment is k - 1 cuts, and a mean is a difference of
// two running sums. That costs k log n per round, after n log n once. A level without elements stays where it is, which
// keeps the levels in order.
#ifndef LOWBIT_QUANTIZE_FIT_LLOYD_HPP
#define LOWBIT_QUANTIZE_FIT_LLOYD_HPP

#include "lowbit/quantize/fit/sorted_sample.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

/// The levels that follow from ascending starting levels, for the elements within `part`, in place.
/// Returns the rounds until the assignment was stable, at most `most`.
inline int lloyd(const sorted_sample& sample, stretch part, std::span<double> levels, int most) {
  const auto k = static_cast<index_t>(levels.size());
  buffer<index_t> cuts(k + 1);
  const auto assign = [&] {
    bool moved = false;
    index_t first = part.first;
    cuts[0] = first;
    for (index_t j = 0; j < k; ++j) {
      const auto at = static_cast<std::size_t>(j);
      index_t last = part.last;
      if (j + 1 < k) {
        const double middle = (levels[at] + levels[at + 1]) / 2;
        last = sample.end_of(first, [&](float x) { return static_cast<double>(x) <= middle; });
        last = last < part.last ? last : part.last;
      }
      moved |= cuts[j + 1] != last;
      first = cuts[j + 1] = last;
    }
    return moved;
  };
  assign();
  for (int round = 1; round <= most; ++round) {
    for (index_t j = 0; j < k; ++j) {
      const moments of = sample.over({cuts[j], cuts[j + 1]});
      if (of.count > 0)
        levels[static_cast<std::size_t>(j)] = of.sum / static_cast<double>(of.count);
    }
    if (!assign()) return round;
  }
  return most;
}

}  // namespace detail::quantizers
LOWBIT_END

#endif
