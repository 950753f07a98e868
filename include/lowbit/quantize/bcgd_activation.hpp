// lowbit/quantize/bcgd_activation.hpp – the activations of blended coarse gradient descent.
//
//     code = ceil(x / alpha), clipped to 0 ... n = 2^K - 1               y = alpha * code
//
// Ceil, not round: every positive x is at least one step. The coarse derivatives are
//
//     dL/dx     = g where 0 < x <= n alpha, else 0
//     dL/dalpha = the sum of g * (0 for x <= 0,  2^(K-1) for 0 < x <= n alpha,  n beyond)
//
// three values in place of a staircase of slopes. alpha belongs to the layer; the authors keep it in
// [0.001, 5], clip its gradient to 1 and give it a hundredth of the learning rate. For inputs from
// N(0, 1) they start at 1.2221, 0.6511 and 0.1946 for 1, 2 and 4 bits. NaN gives code 0 and gradient 0.
//
// Source: Yin et al., "Blended coarse gradient descent for full quantization of deep neural networks",
// arXiv:1808.05240.
#ifndef LOWBIT_QUANTIZE_BCGD_ACTIVATION_HPP
#define LOWBIT_QUANTIZE_BCGD_ACTIVATION_HPP

#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/uniform.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Multiples of a trained step, rounded up.
template <int K>
struct bcgd_activation {
  using encoding = unsigned_bits<K>;
  static constexpr bool rising = true;             ///< see quantize/rising.hpp
  static constexpr bool activations_alone = true;  ///< see quantize/quantizer.hpp
  static constexpr int steps = (1 << K) - 1;
  struct parameters {
    float alpha;
  };

  float alpha = 1;

  void validate() const { detail::fitting::require_positive(alpha, "bcgd_activation", "alpha"); }
  [[nodiscard]] constexpr affine levels() const noexcept { return {alpha, 0}; }
  /// The quotient of a level, alpha * j rounded to float, may lie just above j: a level is its own code.
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept {
    const double position = static_cast<double>(x) / static_cast<double>(alpha);
    const int code = rounding::up::to(clip(position, 0, steps));
    const auto below = static_cast<float>((code - 1) * static_cast<double>(alpha));
    return static_cast<code_t>(code - ((code > 0) & (x <= below)));
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return x > 0 && within(x) ? upstream : 0;
  }
  [[nodiscard]] parameters parameter_gradient(std::span<const float> x,
                                              std::span<const float> upstream) const noexcept {
    return {detail::gradient::slope_sum(x, upstream, [this](float v) {
      return !(v > 0) ? 0.0f : within(v) ? static_cast<float>(1 << (K - 1)) : float{steps};
    })};
  }

 private:
  [[nodiscard]] constexpr bool within(float x) const noexcept {
    return static_cast<double>(x) <= static_cast<double>(alpha) * steps;
  }
};

LOWBIT_END

#endif
