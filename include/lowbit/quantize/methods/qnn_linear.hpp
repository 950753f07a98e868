// lowbit/quantize/methods/qnn_linear.hpp – the linear quantizer of QNN, and LogNet's linear companion.
//
//     y = clip(round(x / step) step, lower, upper)  half to even
//     dL/dx = g where lower <= x <= upper, ends inclusive
//
// The codes are the multiples of the step from lower to upper, counted from 0. So lower and upper must be multiples of
// the step, at most 2^K - 1 steps apart. LogNet's LinearQuant with K bits and full scale range R is step 2^(R-K), lower
// 0, upper 2^R - step (lognet_linear).
//
// Sources: Hubara et al., "Quantized neural networks", arXiv:1609.07061, eq. 5; Miyashita et al.,
// arXiv:1603.01025.
#ifndef LOWBIT_QUANTIZE_METHODS_QNN_LINEAR_HPP
#define LOWBIT_QUANTIZE_METHODS_QNN_LINEAR_HPP

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Multiples of `step` in [lower, upper].
template <int K>
struct qnn_linear {
  using encoding = unsigned_bits<K>;

  float step = 1;
  float lower = 0;
  float upper = static_cast<float>((1 << K) - 1);

  void validate() const {
    detail::quantizers::require_positive(step, "qnn_linear", "step");
    detail::quantizers::require_range(lower, upper, "qnn_linear");
    constexpr double most = 1 << 29;
    const double low = exact_double(lower) / exact_double(step),
                 high = exact_double(upper) / exact_double(step);
    if (!(low > -most) || !(high < most) ||
        multiple(lower) * exact_double(step) != exact_double(lower) ||
        multiple(upper) * exact_double(step) != exact_double(upper) ||
        multiple(upper) - multiple(lower) > (1 << K) - 1)
      detail::fail(
          "qnn_linear: the range is [%g, %g], step is %g: both ends must be multiples of the step, "
          "at "
          "most %d of it apart",
          static_cast<double>(lower), static_cast<double>(upper), static_cast<double>(step),
          (1 << K) - 1);
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {step, lower}; }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    const std::int32_t low = multiple(lower);
    return rounded_quotient<K, rounding::half_even>{1, exact_double(step), low, multiple(upper),
                                                    -low};
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return x >= lower && x <= upper ? upstream : 0;
  }

 private:
  /// An end of the range in steps.
  [[nodiscard]] LOWBIT_INLINE constexpr std::int32_t multiple(float end) const noexcept {
    return rounding::half_even::to(exact_double(end) / exact_double(step));
  }
};

/// LogNet's LinearQuant: 2^K multiples of 2^(range - K) from 0.
template <int K>
[[nodiscard]] constexpr qnn_linear<K> lognet_linear(int range) noexcept {
  return {power_of_two(range - K), 0, power_of_two(range) - power_of_two(range - K)};
}

LOWBIT_END

#endif
