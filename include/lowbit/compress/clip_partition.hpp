// lowbit/compress/clip_partition.hpp – weights that are clipped to 0 by shares and cut into bins by their range: CLIP-Q.
//
//     const shared_weights made = compress::clip_partition(w, {.share = 0.6, .bits = 4});
//     made.write(w)
//
//     clip         of the negative weights, and of the positive ones, the share that is smallest in magnitude becomes 0
//     partition    what is left, [min, c-] and [c+, max], is cut into 2^bits - 1 bins of equal width
//     quantize     every weight becomes the mean of its bin
//
// Code 0 is 0. The bins are shared out between the two signs by the lengths of their ranges, at least one each: the
// paper does not say how they lie. Empty bins are codes that nobody has.
//
// Source: Tung, Mori, "CLIP-Q: deep network compression learning by in-parallel pruning-quantization", CVPR 2018,
// section 3.1.
#ifndef LOWBIT_COMPRESS_CLIP_PARTITION_HPP
#define LOWBIT_COMPRESS_CLIP_PARTITION_HPP

#include "lowbit/compress/sharing.hpp"

LOWBIT_BEGIN
namespace compress {

/// p and b of the paper.
struct clip_rule {
  double share = 0.5;  ///< of the weights of each sign that become 0, in [0, 1]
  int bits = 4;        ///< 2 ... 8

  /// Errors: out of these ranges.
  void validate() const {
    if (!(share >= 0 && share <= 1) || bits < 2 || bits > 8)
      detail::fail("compress::clip_rule: a share of %g, %d bits: shares are in [0, 1], bits 2 to 8",
                   share, bits);
  }
};

}  // namespace compress

namespace detail::compress {

/// Magnitudes of one sign that are left after clipping: their range, and its bins.
struct kept_side {
  double first = 0, last = 0;  ///< the smallest and the largest one
  bool empty = true;
  int bins = 0;

  /// Which bin a magnitude is in.
  [[nodiscard]] int bin_of(float w) const noexcept {
    const double length = last - first;
    if (!(length > 0)) return 0;
    const double place = (static_cast<double>(w) - first) / length * bins;
    return place < bins - 1 ? static_cast<int>(place) : bins - 1;
  }
};

/// The smallest share is left out; magnitudes change their order.
[[nodiscard]] inline kept_side kept_of(std::vector<float>& magnitudes, double share) {
  const auto clipped =
      static_cast<std::size_t>(share * static_cast<double>(magnitudes.size()) + 1e-9);
  kept_side side;
  if (clipped >= magnitudes.size()) return side;
  const auto first = magnitudes.begin() + static_cast<index_t>(clipped);
  std::nth_element(magnitudes.begin(), first, magnitudes.end());
  side.empty = false;
  side.first = static_cast<double>(*first);
  side.last = static_cast<double>(*std::max_element(first, magnitudes.end()));
  return side;
}
/// Bins by the lengths of ranges, at least one of each side that has weights.
inline void share_bins(int bins, kept_side& minus, kept_side& plus) noexcept {
  const double a = minus.last - minus.first, b = plus.last - plus.first;
  const double part = a + b > 0 ? a / (a + b) : 0.5;
  int of_minus = static_cast<int>(part * bins + 0.5);
  of_minus = of_minus < 1 ? 1 : of_minus > bins - 1 ? bins - 1 : of_minus;
  minus.bins = minus.empty ? 0 : plus.empty ? bins : of_minus;
  plus.bins = plus.empty ? 0 : bins - minus.bins;
}

}  // namespace detail::compress

namespace compress {

/// Codes and the means of bins, in a codebook of 2^bits floats. Equal magnitudes at the clip stay together and are kept.
/// Cost: linear. Errors: those of rule.validate(); a weight is not finite.
[[nodiscard]] inline shared_weights clip_partition(std::span<const float> w,
                                                   const clip_rule& rule) {
  using namespace detail::compress;
  rule.validate();
  detail::quantizers::require_finite(w, "compress::clip_partition");
  std::vector<float> negative, positive;
  for (const float x : w)
    if (place_of(x) != 0) (x < 0 ? negative : positive).push_back(magnitude(x));
  kept_side minus = kept_of(negative, rule.share), plus = kept_of(positive, rule.share);
  share_bins((1 << rule.bits) - 1, minus, plus);
  shared_weights out;
  out.codebook.resize(std::size_t{1} << rule.bits);
  std::vector<double> sum(out.codebook.size()), count(out.codebook.size());
  for (const float x : w) {
    const kept_side& side = x < 0 ? minus : plus;
    const float size = magnitude(x);
    int code = 0;
    if (!side.empty && place_of(x) != 0 && static_cast<double>(size) >= side.first)
      code = 1 + (x < 0 ? 0 : minus.bins) + side.bin_of(size);
    out.codes.push_back(static_cast<code_t>(code));
    sum[static_cast<std::size_t>(code)] += static_cast<double>(x);
    count[static_cast<std::size_t>(code)] += 1;
  }
  for (std::size_t c = 1; c < sum.size(); ++c)
    if (count[c] > 0) out.codebook[c] = static_cast<float>(sum[c] / count[c]);
  return out;
}

}  // namespace compress
LOWBIT_END

#endif
