// lowbit/quantize/methods/midrise.hpp – a symmetric grid whose levels lie between the multiples of the step.
//
//     code = floor(x / step), clipped to 2^K intervals around 0           y = step * (code + 1/2)
//
// No level is zero: +-1/2, +-3/2, ... steps, odd multiples of half a step. With a step of 1.596, 0.996,
// 0.586, 0.335, ... standard deviations for 1, 2, 3, 4 bits this is the best uniform quantizer for normal
// numbers (Max, 1960). A boundary belongs to the interval above it. dL/dx = g where |x| <= 2^(K-1) step,
// as far as the intervals reach, and 0 beyond.
//
// Source: Lin, Talathi, Annapureddy, "Fixed point quantization of deep convolutional networks",
// arXiv:1511.06393.
#ifndef LOWBIT_QUANTIZE_METHODS_MIDRISE_HPP
#define LOWBIT_QUANTIZE_METHODS_MIDRISE_HPP

#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// 2^K odd multiples of step / 2.
template <int K>
struct midrise {
  using encoding = bipolar_bits<K>;
  static constexpr int half = 1 << (K - 1);

  float step = 1;

  void validate() const { detail::quantizers::require_positive(step, "midrise", "step"); }
  [[nodiscard]] constexpr affine levels() const noexcept { return {step / 2, 0}; }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    return rounded_quotient<K, rounding::down>{1, exact_double(step), -half, half - 1, half};
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return magnitude(x) <= step * half ? upstream : 0;
  }
};

namespace detail::quantizers {

/// The best steps of a midrise quantizer for N(0, 1), 1 ... 8 bits (Max, 1960).
inline constexpr float normal_steps[] = {1.59576912f, 0.99568668f, 0.58601944f, 0.33520061f,
                                         0.18813878f, 0.10406301f, 0.05686767f, 0.03076238f};

}  // namespace detail::quantizers

/// The midrise quantizer for numbers of unit variance.
template <int K>
[[nodiscard]] constexpr midrise<K> normal_midrise() noexcept {
  return {detail::quantizers::normal_steps[K - 1]};
}

LOWBIT_END

#endif
