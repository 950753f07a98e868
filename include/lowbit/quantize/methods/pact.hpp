// lowbit/quantize/methods/pact.hpp – activations with a trained clip.
//
//     y = clip(x, 0, alpha)          code = round(y n / alpha)  half to even, n = 2^K - 1
//     dL/dx = g where 0 <= x < alpha, else 0               dL/dalpha = the sum of g where x >= alpha
//
// The contribution of the rounding to dL/dalpha is left out, as in the paper. alpha starts at 10 and has the L2 decay
// of the weights, which makes it shrink. NaN gives code 0 and gradient 0.
//
// Source: Choi et al., "PACT", arXiv:1805.06085, eq. 1-3.
#ifndef LOWBIT_QUANTIZE_METHODS_PACT_HPP
#define LOWBIT_QUANTIZE_METHODS_PACT_HPP

#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// 2^K equidistant levels on [0, alpha].
template <int K>
struct pact {
  using encoding = unsigned_bits<K>;
  static constexpr bool activations_alone = true;  ///< see quantize/quantizer.hpp
  static constexpr int steps = (1 << K) - 1;
  struct parameters {
    float alpha;
  };

  static constexpr std::array learned_numbers{learned_number{"alpha", 1, 1, true}};

  float alpha = 10;

  void validate() const { detail::quantizers::require_positive(alpha, "pact", "alpha"); }
  [[nodiscard]] constexpr parameters learned() const noexcept { return {alpha}; }
  [[nodiscard]] constexpr pact with_learned(parameters p) const noexcept { return {p.alpha}; }
  [[nodiscard]] constexpr parameters in_range(parameters p) const noexcept {
    return {detail::gradient::kept_positive(p.alpha, alpha)};
  }
  [[nodiscard]] constexpr affine levels() const noexcept {
    return {detail::quantizers::step_to(alpha, steps), 0};
  }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    return integer_grid<encoding>::template quotient<rounding::half_even>(steps,
                                                                          exact_double(alpha));
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return x >= 0 && x < alpha ? upstream : 0;
  }
  [[nodiscard]] parameters parameter_gradient(std::span<const float> x,
                                              std::span<const float> upstream) const noexcept {
    return {detail::gradient::slope_sum(x, upstream,
                                        [this](float v) { return v >= alpha ? 1.0f : 0.0f; })};
  }
};

LOWBIT_END

#endif
