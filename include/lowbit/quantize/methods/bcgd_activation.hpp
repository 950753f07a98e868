// lowbit/quantize/methods/bcgd_activation.hpp – the activations of blended coarse gradient descent.
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
#ifndef LOWBIT_QUANTIZE_METHODS_BCGD_ACTIVATION_HPP
#define LOWBIT_QUANTIZE_METHODS_BCGD_ACTIVATION_HPP

#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Multiples of a trained step, rounded up.
template <int K>
struct bcgd_activation {
  using encoding = unsigned_bits<K>;
  static constexpr bool monotone = true;           ///< see quantize/fit/monotone.hpp
  static constexpr bool activations_alone = true;  ///< see quantize/quantizer.hpp
  static constexpr int steps = (1 << K) - 1;
  struct parameters {
    float alpha;
  };

  float alpha = 1;

  void validate() const { detail::quantizers::require_positive(alpha, "bcgd_activation", "alpha"); }
  [[nodiscard]] constexpr affine levels() const noexcept { return {alpha, 0}; }
  /// The quotient of a level, alpha * j rounded to float, may lie just above j: a level is its own code.
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept {
    const double number = exact_double(x), unit = exact_double(alpha);
    const int code = round_quotient<rounding::up>(number, unit, 0, steps);
    return static_cast<code_t>(code - ((code > 0) & is_level(x, number, (code - 1) * unit)));
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
  /// x, which is above the level, is what the level is rounded to: not farther than half of the distance
  /// between floats there, and even if it is as far. The level is not negative.
  [[nodiscard]] LOWBIT_INLINE static constexpr int is_level(float x, double number,
                                                            double level) noexcept {
    constexpr double least = 0x1p-126;
    const double inside = detail::core::select(level > least, level, least);
    const auto power = __builtin_bit_cast(std::uint64_t, inside) & 0xfff0000000000000u;
    const double half_gap = __builtin_bit_cast(double, power) * 0x1p-24, beyond = number - level;
    const auto even = static_cast<std::int32_t>(bits_of(x) << 31 == 0);
    return (beyond < half_gap) | ((beyond == half_gap) & even);
  }
  [[nodiscard]] constexpr bool within(float x) const noexcept {
    return static_cast<double>(x) <= static_cast<double>(alpha) * steps;
  }
};

LOWBIT_END

#endif
