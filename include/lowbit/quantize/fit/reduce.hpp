// lowbit/quantize/fit/reduce.hpp – the reductions that fits are made of, in one defined order.
//
// Every reduction is an ordered sum in double (core/ordered_sum.hpp): the same bits on every machine.
#ifndef LOWBIT_QUANTIZE_FIT_REDUCE_HPP
#define LOWBIT_QUANTIZE_FIT_REDUCE_HPP

#include <cmath>
#include <span>

#include "lowbit/core/error.hpp"
#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/ordered_sum.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

/// sum over i of term(group[i]), in the defined order.
template <class Term>
[[nodiscard]] double sum_of(std::span<const float> group, Term term) noexcept {
  return core::ordered_sum(group.size(), [&](std::size_t i) { return term(group[i]); });
}

/// Rejects a group with a NaN or an infinity, naming the first. Blocks of 64 are looked through without
/// a branch, which compilers turn into vectors.
inline void require_finite(std::span<const float> group, const char* who) {
  std::size_t i = 0;
  for (; i + word_bits <= group.size(); i += word_bits) {
    std::uint32_t wrong = 0;
    for (std::size_t j = 0; j < word_bits; ++j) wrong |= is_finite(group[i + j]) ? 0u : 1u;
    if (wrong != 0) break;
  }
  for (; i < group.size(); ++i)
    if (!is_finite(group[i]))
      fail("%s: cannot fit: element %zu of %zu is %g", who, i, group.size(),
           static_cast<double>(group[i]));
}

/// mean |x|, the scale of BWN, XNOR-Net and DoReFa; 0 for an empty group. Errors: not finite.
[[nodiscard]] inline double mean_abs(std::span<const float> group, const char* who) {
  require_finite(group, who);
  if (group.empty()) return 0;
  return sum_of(group, [](float x) { return magnitude(x); }) / static_cast<double>(group.size());
}

/// Mean and standard deviation.
struct spread {
  double mean = 0;
  double deviation = 0;
};

/// Mean and deviation of a group. The sum of squares is divided by n - `freedom`: 0 for the population, 1 for the
/// unbiased estimate. Where nothing is left to divide by, the deviation is 0. The squares are of differences in double,
/// added in the defined order. Errors: not finite.
[[nodiscard]] inline spread mean_and_deviation(std::span<const float> group, const char* who,
                                               int freedom = 0) {
  require_finite(group, who);
  if (group.empty()) return {};
  const double n = static_cast<double>(group.size());
  const double mean = sum_of(group, [](float x) { return x; }) / n;
  if (!(n > freedom)) return {mean, 0};
  const double squares = sum_of(group, [mean](float x) {
    const double distance = static_cast<double>(x) - mean;
    return distance * distance;
  });
  return {mean, std::sqrt(squares / (n - freedom))};
}

/// max |x|; 0 for an empty group. Errors: not finite.
[[nodiscard]] inline float max_abs(std::span<const float> group, const char* who) {
  require_finite(group, who);
  float largest = 0;
  for (const float x : group) largest = magnitude(x) > largest ? magnitude(x) : largest;
  return largest;
}

/// The smallest and the largest element; zeros for an empty group.
struct range {
  float low = 0, high = 0;
};

/// Errors: not finite.
[[nodiscard]] inline range range_of(std::span<const float> group, const char* who) {
  require_finite(group, who);
  if (group.empty()) return {};
  range r{group[0], group[0]};
  for (const float x : group) {
    r.low = x < r.low ? x : r.low;
    r.high = x > r.high ? x : r.high;
  }
  return r;
}

}  // namespace detail::quantizers
LOWBIT_END

#endif
