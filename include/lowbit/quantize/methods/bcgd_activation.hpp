// lowbit/quantize/methods/bcgd_activation.hpp – the activations of blended coarse gradient descent.
//
//     code = ceil(x / alpha), clipped to 0 ... n = 2^K - 1               y = alpha * code
//
// Ceil, not round: every positive x is at least one step. The coarse derivatives are
//
//     dL/dx     = g where 0 < x <= n alpha, else 0
//     dL/dalpha = the sum of g * (0 for x <= 0,  2^(K-1) for 0 < x <= n alpha,  n beyond)
//
// three values in place of a staircase of slopes. alpha belongs to the layer. The authors keep alpha in [0.001, 5],
// clip its gradient to 1 and give it a hundredth of the learning rate. For inputs from N(0, 1) they start at 1.2221,
// 0.6511 and 0.1946 for 1, 2 and 4 bits. NaN gives code 0 and gradient 0.
//
// Source: Yin et al., "Blended coarse gradient descent for full quantization of deep neural networks",
// arXiv:1808.05240.
#ifndef LOWBIT_QUANTIZE_METHODS_BCGD_ACTIVATION_HPP
#define LOWBIT_QUANTIZE_METHODS_BCGD_ACTIVATION_HPP

#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

/// ceil(x / alpha), but j for a level, alpha * j rounded to float: its quotient may lie just above j.
struct up_from_levels {
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t of(std::int32_t whole, double rest,
                                                               double unit) noexcept {
    return or_level(rounding::up::of(whole, rest, unit), whole * unit + rest, unit);
  }
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t quotient(double dividend,
                                                                     double divisor) noexcept {
    return or_level(rounding::up::quotient(dividend, divisor), dividend, divisor);
  }

 private:
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t or_level(std::int32_t code, double x,
                                                                     double alpha) noexcept {
    return code - (x <= rounded_to_float((code - 1) * alpha));
  }
  /// The float nearest to x, ties to even, as a double. On the bits, because a conversion rounds as the mode of
  /// the processor says. Levels below the normal floats are floats already: their last 29 bits are 0.
  [[nodiscard]] LOWBIT_INLINE static constexpr double rounded_to_float(double x) noexcept {
    const auto bits = __builtin_bit_cast(std::uint64_t, x);
    constexpr std::uint64_t last = 0x1fffffff;
    return __builtin_bit_cast(double, (bits + last / 2 + (bits >> 29 & 1)) & ~last);
  }
};

}  // namespace detail::quantizers

/// Multiples of a trained step, rounded up.
template <int K>
struct bcgd_activation {
  using encoding = unsigned_bits<K>;
  static constexpr bool activations_alone = true;  ///< see quantize/quantizer.hpp
  static constexpr int steps = (1 << K) - 1;
  struct parameters {
    float alpha;
  };

  static constexpr std::array learned_numbers{learned_number{"alpha", 1, 0.01f, false, 1}};

  float alpha = 1;

  void validate() const { detail::quantizers::require_positive(alpha, "bcgd_activation", "alpha"); }
  [[nodiscard]] constexpr parameters learned() const noexcept { return {alpha}; }
  [[nodiscard]] constexpr bcgd_activation with_learned(parameters p) const noexcept {
    return {p.alpha};
  }
  /// In the authors' bounds.
  [[nodiscard]] constexpr parameters in_range(parameters p) const noexcept {
    const float raised = p.alpha > 0.001f ? p.alpha : 0.001f;
    return {raised < 5 ? raised : 5};
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {alpha, 0}; }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    return rounded_quotient<K, detail::quantizers::up_from_levels>{1, exact_double(alpha), 0, steps,
                                                                   0};
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
