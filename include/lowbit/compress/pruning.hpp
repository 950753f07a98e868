// lowbit/compress/pruning.hpp – magnitude pruning: small weights become 0, and a mask says which.
//
//     std::vector<std::uint8_t> kept(w.size(), 1);
//     const float threshold = lowbit::compress::prune_threshold(w, lowbit::compress::prune_by::deviation(0.7));
//     lowbit::compress::prune(w, threshold, kept);
//
// A weight with |w| < threshold is pruned. The threshold comes from one of four rules:
//
//     threshold    the number itself
//     deviation    q times the standard deviation of the weights: Deep Compression
//     share        at most this share of the weights lies below the threshold
//     kept         at least this number of weights stays
//
// A threshold per layer is a call per layer. A global threshold is one call with all layers. Layers with small weights
// lose more under a global threshold. Equal magnitudes at the threshold stay together, so `share` and `kept` keep all of
// them.
//
// Training goes on with the mask (nn/optimizers/masked.hpp). Batch norm that will be folded into weights is folded before:
// folding changes magnitudes per channel.
//
// Sources: Han et al., "Learning both weights and connections", arXiv:1506.02626, section 3; Han, Mao, Dally, "Deep
// compression", arXiv:1510.00149, section 2.
#ifndef LOWBIT_COMPRESS_PRUNING_HPP
#define LOWBIT_COMPRESS_PRUNING_HPP

#include <algorithm>
#include <vector>

#include "lowbit/quantize/fit/reduce.hpp"

LOWBIT_BEGIN
namespace detail::compress {

template <class Mark>
index_t prune(std::span<float> w, float threshold, std::span<Mark> kept) {
  if (w.size() != kept.size())
    fail("compress::prune: %zu weights with %zu marks: one each", w.size(), kept.size());
  if (!(threshold >= 0))
    fail("compress::prune: the threshold is %g: it cannot be less than 0",
         static_cast<double>(threshold));
  quantizers::require_finite(w, "compress::prune");
  index_t count = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (is_below(magnitude(w[i]), threshold)) kept[i] = 0;
    if (kept[i] == 0)
      w[i] = 0;
    else
      ++count;
  }
  return count;
}

}  // namespace detail::compress

namespace compress {

/// A rule for the threshold, with its number.
class prune_by {
 public:
  enum class rule { threshold, deviation, share, kept };

  /// Prunes |w| < t. Errors: t is not a finite number >= 0.
  [[nodiscard]] static prune_by threshold(float t) {
    return {rule::threshold, static_cast<double>(t)};
  }
  /// Prunes |w| < q * (standard deviation of the population). Errors: q is not a finite number >= 0.
  [[nodiscard]] static prune_by deviation(double q) { return {rule::deviation, q}; }
  /// Prunes at most share * n weights, the smallest ones. Errors: share is not in [0, 1].
  [[nodiscard]] static prune_by share(double share) { return {rule::share, share}; }
  /// Keeps at least `count` weights, the largest ones. Errors: count < 0.
  [[nodiscard]] static prune_by kept(index_t count) {
    return {rule::kept, static_cast<double>(count)};
  }

  [[nodiscard]] rule which() const noexcept { return rule_; }
  [[nodiscard]] double amount() const noexcept { return amount_; }

 private:
  prune_by(rule which, double amount) : rule_(which), amount_(amount) {
    constexpr double most = (std::numeric_limits<double>::max)();
    const double limit = which == rule::share ? 1 : most;
    if (!(amount >= 0 && amount <= limit))
      detail::fail("compress::prune_by: %g: it must be a number from 0 to %g", amount, limit);
  }

  rule rule_;
  double amount_;
};

/// The threshold of some layers together. Weights that are 0 already count like others. Infinity prunes everything:
/// share(1) and kept(0). Cost: linear in the number of weights; `share` and `kept` copy all magnitudes. Errors: a weight
/// is not finite; more weights should be kept than there are.
[[nodiscard]] inline float prune_threshold(std::span<const std::span<const float>> layers,
                                           const prune_by& by) {
  if (by.which() == prune_by::rule::threshold) return static_cast<float>(by.amount());
  std::vector<float> all;
  for (const std::span<const float> w : layers) all.insert(all.end(), w.begin(), w.end());
  if (by.which() == prune_by::rule::deviation)
    return static_cast<float>(
        by.amount() *
        detail::quantizers::mean_and_deviation(all, "compress::prune_threshold").deviation);
  detail::quantizers::require_finite(all, "compress::prune_threshold");
  const double n = static_cast<double>(all.size());
  if (by.which() == prune_by::rule::kept && by.amount() > n)
    detail::fail("compress::prune_threshold: %.0f of %zu weights cannot be kept", by.amount(),
                 all.size());
  const double below = by.which() == prune_by::rule::share ? by.amount() * n : n - by.amount();
  const auto place = static_cast<std::size_t>(below);
  if (place >= all.size()) return float_of(0x7f800000u);
  for (float& w : all) w = magnitude(w);
  std::nth_element(all.begin(), all.begin() + static_cast<index_t>(place), all.end());
  return all[place];
}
/// The threshold of one layer.
[[nodiscard]] inline float prune_threshold(std::span<const float> w, const prune_by& by) {
  return prune_threshold(std::span<const std::span<const float>>(&w, 1), by);
}

/// Sets weights below the threshold to 0 and their marks in `kept` to 0. A mark that is 0 stays 0, and its weight
/// becomes 0: a mask only loses marks. Marks are bytes, or floats as in nn/optimizers/masked.hpp. Returns the number of
/// weights that are kept. Allocates nothing. Errors, before anything is written: the lengths differ; the threshold is
/// NaN or < 0; a weight is not finite.
inline index_t prune(std::span<float> w, float threshold, std::span<std::uint8_t> kept) {
  return detail::compress::prune(w, threshold, kept);
}
inline index_t prune(std::span<float> w, float threshold, std::span<float> kept) {
  return detail::compress::prune(w, threshold, kept);
}

}  // namespace compress
LOWBIT_END

#endif
