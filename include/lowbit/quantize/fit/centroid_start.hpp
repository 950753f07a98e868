// lowbit/quantize/fit/centroid_start.hpp – where the centroids of k-means start.
//
//     linear     equidistant from the smallest to the largest weight: the best one in the paper, because
//                the few large weights get centroids of their own
//     density    equidistant on the distribution function: where the weights are dense
//     random     k of the weights, drawn by a seed
//
// Source: Han, Mao, Dally, "Deep compression", arXiv:1510.00149, section 3.2.
#ifndef LOWBIT_QUANTIZE_FIT_CENTROID_START_HPP
#define LOWBIT_QUANTIZE_FIT_CENTROID_START_HPP

#include "lowbit/core/random.hpp"
#include "lowbit/quantize/fit/sorted_sample.hpp"

LOWBIT_BEGIN

/// Where the centroids start; see the head of this file.
enum class centroid_start { linear, density, random };

namespace detail::quantizers {

/// An order of this library's own, as those of quantize/fit/sorted_sample.hpp.
struct ascending_levels {
  bool operator()(double a, double b) const noexcept { return a < b; }
};

/// Ascending starting levels for a sample that is not empty.
inline void place_centroids(const sorted_sample& sample, centroid_start start, std::uint64_t seed,
                            std::span<double> level) {
  const auto k = static_cast<double>(level.size()), n = static_cast<double>(sample.size());
  const double low = static_cast<double>(sample[0]),
               high = static_cast<double>(sample[sample.size() - 1]);
  const random_stream stream(seed);
  for (std::size_t j = 0; j < level.size(); ++j) {
    const auto at = static_cast<double>(j);
    double place = 0;
    if (start == centroid_start::density) place = (at + 0.5) / k * n;
    if (start == centroid_start::random)
      place = static_cast<double>(stream.uniform(static_cast<index_t>(j))) * n;
    const auto index = static_cast<index_t>(place);
    level[j] = start != centroid_start::linear
                   ? static_cast<double>(sample[index < sample.size() ? index : sample.size() - 1])
               : level.size() == 1 ? (low + high) / 2
                                   : low + at * (high - low) / (k - 1);
  }
  std::sort(level.begin(), level.end(), ascending_levels{});
}

}  // namespace detail::quantizers
LOWBIT_END

#endif
