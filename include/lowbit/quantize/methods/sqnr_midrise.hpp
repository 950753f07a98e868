// lowbit/quantize/methods/sqnr_midrise.hpp – the uniform step of the best signal-to-noise ratio for normal weights.
//
//     step = table[K] * standard deviation         codes and levels of midrise<K>
//
// One pass over the group instead of a search: the table has the best steps for N(0, 1)
// (quantize/fit/gaussian_levels.hpp derives them). For a heavier tail choose a factor above 1. A fixed-point
// format that holds such levels has fractional_length() bits behind the point. quantize/methods/bit_allocation.hpp says
// how many bits each layer should have.
//
// A group without a deviation has step 0, and every code stands for 0. Gradient: that of midrise, 1 where
// |x| is within the levels' intervals.
//
// Source: Lin, Talathi, Annapureddy, "Fixed point quantization of deep convolutional networks",
// arXiv:1511.06393, section 3.
#ifndef LOWBIT_QUANTIZE_METHODS_SQNR_MIDRISE_HPP
#define LOWBIT_QUANTIZE_METHODS_SQNR_MIDRISE_HPP

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/methods/midrise.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// midrise<K> with a step fitted to the standard deviation.
template <int K>
struct sqnr_midrise {
  using encoding = bipolar_bits<K>;

  float factor = 1;                       ///< > 0: on the table's step
  midrise<K> grid = normal_midrise<K>();  ///< fitted

  void validate() const { detail::quantizers::require_positive(factor, "sqnr_midrise", "factor"); }
  /// Errors: those of validate(); an element is not finite.
  [[nodiscard]] sqnr_midrise fit(std::span<const float> group) const {
    validate();
    const double deviation =
        detail::quantizers::mean_and_deviation(group, "sqnr_midrise").deviation;
    sqnr_midrise q = *this;
    constexpr double most = 0x1.fffffep127 / midrise<K>::half;  // the largest level is a float
    q.grid.step = static_cast<float>(clip(
        deviation * static_cast<double>(factor) * static_cast<double>(normal_midrise<K>().step),
        0.0, most));
    return q;
  }
  /// n = -ceil(log2 step), bits behind the binary point: 2^-n is the smallest power of two that is not
  /// below the step. 0 without a step.
  [[nodiscard]] constexpr int fractional_length() const noexcept {
    return grid.step > 0 ? -ceil_log2(grid.step) : 0;
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return grid.levels(); }
  /// Without a step every float has the code of the level above 0.
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    const bool none = !is_above(grid.step, 0);
    auto q = midrise<K>{none ? 1 : grid.step}.quotient();
    q.n = none ? 0 : 1;
    return q;
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return grid.gradient(x, upstream);
  }
};

LOWBIT_END

#endif
