// lowbit/compress/value_range.hpp – the range of real numbers that codes should cover, found from examples.
//
//     const auto range = compress::calibrated_range(activations, 4, {compress::range_rule::squared_error});
//     jacob_affine<4> q{range.lower, range.upper};
//     const float step = compress::calibrated_step(weights, 4);                    of codes -7 ... 7
//
// A range that holds every number has coarse steps; one that clips a few large numbers has fine ones. Three rules:
//
//     min_max         all numbers: nothing is clipped
//     percentile      all but a share of 1 - `share` at each end; `share` of magnitudes for symmetric codes
//     squared_error   of the ranges f [min, max], f = 0.01, 0.02, ... 1, that whose codes have the smallest squared error.
//                     The codes are those of the quantizer itself, so clipping and rounding weigh as they will
//
// Few bits need clipping: at 8 bits the three rules are close, at 4 and below they are not.
//
// Sources: Jacob et al., arXiv:1712.05877, section 3.1 (ranges); McKinstry et al., "Discovering low-precision networks
// close to full-precision networks for efficient embedded inference", arXiv:1809.04191 (percentiles); Banner, Nahshan,
// Soudry, "Post training 4-bit quantization of convolutional networks", arXiv:1810.05723 (squared error).
#ifndef LOWBIT_COMPRESS_VALUE_RANGE_HPP
#define LOWBIT_COMPRESS_VALUE_RANGE_HPP

#include <algorithm>
#include <cmath>
#include <vector>

#include "lowbit/compress/with_bits.hpp"
#include "lowbit/quantize/any_quantizer.hpp"
#include "lowbit/quantize/methods/jacob_affine.hpp"

LOWBIT_BEGIN
namespace compress {

/// How a range is chosen; see the head of this file.
enum class range_rule { min_max, percentile, squared_error };

struct range_options {
  range_rule rule = range_rule::squared_error;
  double share = 0.999;  ///< of percentile: within (0, 1]
};

/// Real numbers from lower to upper.
struct value_range {
  float lower = 0, upper = 0;
};

}  // namespace compress

namespace detail::compress {

/// The smallest value below or at which lies this share of the values; reorders them. Not empty.
[[nodiscard]] inline float quantile(std::vector<float>& values, double share) {
  const auto n = static_cast<double>(values.size());
  const auto place = static_cast<std::ptrdiff_t>((std::max)(std::ceil(share * n) - 1, 0.0));
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}
[[nodiscard]] inline double squared_error(std::span<const float> values, const any_quantizer& q) {
  std::vector<float> levels(values.size());
  q.forward(values, levels);
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double d = static_cast<double>(levels[i]) - static_cast<double>(values[i]);
    sum += d * d;
  }
  return sum;
}
/// The part of a range, in hundredths, whose quantizer has the smallest squared error; of equal ones the largest.
template <class QuantizerOf>
[[nodiscard]] float best_part(std::span<const float> values, const QuantizerOf& quantizer_of) {
  float best = 1;
  double least = squared_error(values, quantizer_of(best));
  for (int k = 99; k >= 1; --k) {
    const float part = static_cast<float>(k) / 100;
    const double error = squared_error(values, quantizer_of(part));
    if (!(error < least)) continue;
    least = error;
    best = part;
  }
  return best;
}
inline void require_share(const lowbit::compress::range_options& how, const char* who) {
  if (!(how.share > 0 && how.share <= 1))
    fail("%s: a share of %g: it must be within (0, 1]", who, how.share);
}

}  // namespace detail::compress

namespace compress {

/// The affine quantizer over a range, with a zero among its codes (jacob_affine). Errors: bits are not 1 ... 8.
[[nodiscard]] inline any_quantizer affine_over(value_range range, int bits) {
  return with_bits<1, 8>(bits, [&](auto k) -> any_quantizer {
    return jacob_affine<k()>{range.lower, range.upper};
  });
}
/// The quantizer of symmetric codes with a step (jacob_weight). Errors: bits are not 2 ... 8.
[[nodiscard]] inline any_quantizer symmetric_with(float step, int bits) {
  return with_bits<2, 8>(bits, [&](auto k) -> any_quantizer { return jacob_weight<k()>{step}; });
}

/// The range for affine codes, widened to hold 0. [0, 0] without values. Cost: a pass; a selection for percentile; 100
/// passes through the quantizer for squared_error. Allocates a copy of the values. Errors: bits are not 1 ... 8; a value
/// that is not finite; a share outside (0, 1].
[[nodiscard]] inline value_range calibrated_range(std::span<const float> values, int bits,
                                                  const range_options& how = {}) {
  detail::compress::require_share(how, "compress::calibrated_range");
  static_cast<void>(affine_over({}, bits));
  const auto [low, high] = detail::quantizers::range_of(values, "compress::calibrated_range");
  value_range all{low < 0 ? low : 0, high > 0 ? high : 0};
  if (how.rule == range_rule::percentile && !values.empty()) {
    std::vector<float> copy(values.begin(), values.end());
    const float upper = detail::compress::quantile(copy, how.share);
    const float lower = detail::compress::quantile(copy, 1 - how.share);
    all = {lower < 0 ? lower : 0, upper > 0 ? upper : 0};
  } else if (how.rule == range_rule::squared_error) {
    const float part = detail::compress::best_part(values, [&](float f) {
      return affine_over({f * all.lower, f * all.upper}, bits);
    });
    all = {part * all.lower, part * all.upper};
  }
  return all;
}

/// The step of the codes -(2^(bits - 1) - 1) ... 2^(bits - 1) - 1. 0 without values or where all are 0. Cost and errors:
/// as calibrated_range(), but for 2 ... 8 bits.
[[nodiscard]] inline float calibrated_step(std::span<const float> values, int bits,
                                           const range_options& how = {}) {
  detail::compress::require_share(how, "compress::calibrated_step");
  static_cast<void>(symmetric_with(1, bits));
  const int codes = (1 << (bits - 1)) - 1;
  float largest = detail::quantizers::max_abs(values, "compress::calibrated_step");
  const auto step_to = [&](float end) { return detail::quantizers::step_to(end, codes); };
  if (how.rule == range_rule::percentile && !values.empty()) {
    std::vector<float> copy(values.begin(), values.end());
    for (float& v : copy) v = magnitude(v);
    largest = detail::compress::quantile(copy, how.share);
  } else if (how.rule == range_rule::squared_error) {
    largest *= detail::compress::best_part(
        values, [&](float f) { return symmetric_with(step_to(f * largest), bits); });
  }
  return step_to(largest);
}

}  // namespace compress
LOWBIT_END

#endif
