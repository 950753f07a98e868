// lowbit/quantize/methods/irnet_weight.hpp – Libra parameter binarization, the weights of IR-Net.
//
//     wh = (w - mean) / std         s = round(log2(mean |wh|))        y = 2^s sign(wh)
//
// per filter. Standardized weights are half positive, half negative, which keeps the most information in
// the signs, and the scale is a shift. The deviation is the unbiased one (n - 1), as in the authors'
// code. No log2 is called: whether a mantissa reaches sqrt 2 decides s.
//
// The gradient passes through the standardization with s held constant (d = 2^s surrogate(wh, g)):
//
//     dL/dw = (d - mean d) / std - wh * sum(d wh) / ((n - 1) std)
//
// with the surrogate of the method, ste::error_decay (tanh that sharpens over the epochs). A constant
// group, or one element, has no deviation: wh = 0, codes +1, s = 0, gradient 0.
//
// Source: Qin et al., "Forward and backward information retention for accurate binary neural networks",
// arXiv:1909.10788.
#ifndef LOWBIT_QUANTIZE_METHODS_IRNET_WEIGHT_HPP
#define LOWBIT_QUANTIZE_METHODS_IRNET_WEIGHT_HPP

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/encoding/binary.hpp"
#include "lowbit/gradient/error_decay.hpp"
#include "lowbit/quantize/fit/boundaries.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// Signs of standardized weights times a power of two, fitted per group (a filter).
template <surrogate Surrogate = ste::error_decay>
struct irnet_weight {
  using encoding = binary;

  Surrogate surrogate_gradient{};
  double mean = 0;       ///< fitted
  double deviation = 1;  ///< fitted: unbiased
  int shift = 0;         ///< fitted: s
  float threshold = 0;   ///< fitted: the smallest float that is not below the mean

  /// Errors: an element is not finite.
  [[nodiscard]] irnet_weight fit(std::span<const float> group) const {
    const auto [middle, spread] = detail::quantizers::mean_and_deviation(group, "irnet_weight", 1);
    irnet_weight q{surrogate_gradient, middle, spread, 0,
                   detail::quantizers::smallest_from(middle)};
    const double distance = detail::quantizers::sum_of(group, [m = middle](float w) {
      const double d = static_cast<double>(w) - m;
      return d < 0 ? -d : d;
    });
    if (spread > 0)
      q.shift =
          round_log2(static_cast<float>(distance / static_cast<double>(group.size()) / spread));
    return q;
  }
  /// (w - mean) / std, 0 if there is no deviation.
  [[nodiscard]] double standardized(float w) const noexcept {
    return deviation > 0 ? (static_cast<double>(w) - mean) / deviation : 0;
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {power_of_two(shift), 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats w) const noexcept {
    return std::array{~w.below(threshold)};
  }
  void backward(std::span<const float> w, std::span<const float> upstream,
                std::span<float> dw) const {
    const auto n = static_cast<double>(w.size());
    const auto slope = [&](std::size_t i) {
      return static_cast<double>(levels().scale) *
             static_cast<double>(
                 surrogate_gradient(static_cast<float>(standardized(w[i])), upstream[i]));
    };
    double sum = 0, along = 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
      sum += slope(i);
      along += slope(i) * standardized(w[i]);
    }
    for (std::size_t i = 0; i < w.size(); ++i)
      dw[i] = deviation > 0 ? static_cast<float>((slope(i) - sum / n) / deviation -
                                                 standardized(w[i]) * along / ((n - 1) * deviation))
                            : 0;
  }
};

LOWBIT_END

#endif
