// lowbit/compress/unique_filters.hpp – how many binary filters of a convolution differ.
//
//     const auto count = compress::unique_kernels(w, filters, taps, channels);       k x k slices, as BNN counts them
//     count.distinct / count.all                                                     0.42 on average in BNN's network
//     const auto whole = compress::unique_filters(w, filters, depth);                all taps and channels together
//
// There are at most 2^(k k) binary slices of k x k taps, 512 for k = 3, and a layer of 128 x 128 channels has 16384. Equal
// slices on the same channel give equal sums, which a dedicated kernel or a chip computes once. A slice and its negative
// give sums of opposite sign, so they count as one in distinct_up_to_sign: at most 2^(k k - 1).
//
// The sign rule is the library's: a weight below 0 is -1, everything else +1 (core/float_bits.hpp).
//
// Source: Hubara et al., "Binarized neural networks", arXiv:1602.02830, section 3.2 (42 % of the filters of a CIFAR-10
// network are unique).
#ifndef LOWBIT_COMPRESS_UNIQUE_FILTERS_HPP
#define LOWBIT_COMPRESS_UNIQUE_FILTERS_HPP

#include <algorithm>
#include <span>
#include <vector>

#include "lowbit/core/checked.hpp"
#include "lowbit/core/float_bits.hpp"

LOWBIT_BEGIN
namespace compress {

/// Counts of filters by their signs.
struct filter_counts {
  index_t all = 0;
  index_t distinct = 0;
  index_t distinct_up_to_sign = 0;  ///< a filter and its negative count as one

  /// distinct / all; 1 without filters.
  [[nodiscard]] double share() const noexcept { return of(distinct); }
  [[nodiscard]] double share_up_to_sign() const noexcept { return of(distinct_up_to_sign); }

 private:
  [[nodiscard]] double of(index_t n) const noexcept {
    return all > 0 ? static_cast<double>(n) / static_cast<double>(all) : 1;
  }
};

}  // namespace compress

namespace detail::compress {

/// How many of these differ. Sorts them.
[[nodiscard]] inline index_t distinct(std::vector<std::vector<bool>>& all) {
  std::sort(all.begin(), all.end());
  return static_cast<index_t>(std::unique(all.begin(), all.end()) - all.begin());
}

}  // namespace detail::compress

namespace compress {

/// Slices of one channel: filters x channels of them, each of `taps` signs. Weights are one filter after the other, and
/// within it tap after tap with all its channels, as nn::conv_layer has them. Cost: n log n for n slices. Errors: a
/// negative size; a number of weights that is not filters * taps * channels.
[[nodiscard]] inline filter_counts unique_kernels(std::span<const float> w, index_t filters,
                                                  index_t taps, index_t channels) {
  detail::checked_size(filters, "compress::unique_kernels: filters");
  detail::checked_size(taps, "compress::unique_kernels: taps");
  detail::checked_size(channels, "compress::unique_kernels: channels");
  const index_t depth = detail::checked_mul(taps, channels, "compress::unique_kernels");
  if (detail::checked_mul(filters, depth, "compress::unique_kernels") !=
      static_cast<index_t>(w.size()))
    detail::fail("compress::unique_kernels: %zu weights for %td filters of %td taps x %td channels",
                 w.size(), filters, taps, channels);
  std::vector<std::vector<bool>> as_is, first_positive;
  for (index_t f = 0; f < filters; ++f)
    for (index_t c = 0; c < channels; ++c) {
      std::vector<bool> negative;
      for (index_t t = 0; t < taps; ++t)
        negative.push_back(is_negative(w[static_cast<std::size_t>((f * taps + t) * channels + c)]));
      as_is.push_back(negative);
      if (!negative.empty() && negative.front()) negative.flip();
      first_positive.push_back(std::move(negative));
    }
  filter_counts counts{static_cast<index_t>(as_is.size()), 0, 0};
  counts.distinct = detail::compress::distinct(as_is);
  counts.distinct_up_to_sign = detail::compress::distinct(first_positive);
  return counts;
}

/// Whole filters of `depth` signs. Cost and errors: as unique_kernels().
[[nodiscard]] inline filter_counts unique_filters(std::span<const float> w, index_t filters,
                                                  index_t depth) {
  return unique_kernels(w, filters, depth, 1);
}

}  // namespace compress
LOWBIT_END

#endif
