// lowbit/quantize/methods/dorefa_gradient.hpp – DoReFa-Net's K-bit gradients.
//
//     M = max |g| over the sample
//     y = 2M (round(n clip(g / 2M + 1/2 + (u - 1/2) / n, 0, 1)) / n - 1/2)      n = 2^K - 1, half to even
//
// with u uniform in [0, 1): noise of one step. Without it, training below about 6 bits does not converge. Weights and
// activations stay deterministic. The group is one sample of the batch
// (per_group(dorefa_gradient<K>{}, per::row)). An all-zero sample stays zero. The levels are the odd
// multiples of M / n; what is quantized is a gradient already, so its own gradient is the identity.
//
// Source: Zhou et al., "DoReFa-Net", arXiv:1606.06160, eq. 12.
#ifndef LOWBIT_QUANTIZE_METHODS_DOREFA_GRADIENT_HPP
#define LOWBIT_QUANTIZE_METHODS_DOREFA_GRADIENT_HPP

#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

template <class Q>
struct without_noise;

/// 2^K levels on [-M, M] with noise; fitted per sample.
template <int K>
struct dorefa_gradient {
  using encoding = bipolar_bits<K>;
  static constexpr int steps = (1 << K) - 1;

  float largest = 1;  ///< fitted: M

  /// Errors: an element is not finite.
  [[nodiscard]] dorefa_gradient fit(std::span<const float> sample) const {
    return {detail::quantizers::max_abs(sample, "dorefa_gradient")};
  }
  /// What evaluation uses.
  [[nodiscard]] constexpr without_noise<dorefa_gradient> deterministic() const noexcept {
    return {*this};
  }
  [[nodiscard]] constexpr affine levels() const noexcept {
    return {detail::quantizers::step_to(largest, steps), 0};
  }
  /// n (g / 2M + 1/2) + u - 1/2 = g n / 2M + u + (n - 1) / 2, n being odd. With whole + rest / 2M for the
  /// quotient, the rounding compares the rest with (+-1/2 - u) 2M, which are exact.
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float g, float u) const noexcept {
    const double twice =
        2 * exact_double(detail::core::select(is_above(largest, 0), largest, 0.5f));
    const double drawn = exact_double(u);
    const auto [whole, rest] = detail::core::divide(exact_double(g) * steps, twice, -steps, steps);
    const auto base = static_cast<std::int32_t>(whole) + (steps - 1) / 2, odd = base & 1;
    const double upper = (0.5 - drawn) * twice, lower = (-0.5 - drawn) * twice;
    const std::int32_t up = (rest > upper) | ((rest == upper) & odd);
    const std::int32_t down = (rest < lower) | ((rest == lower) & odd);
    const std::int32_t code = base + up - down, raised = code > 0 ? code : 0;
    return static_cast<code_t>(raised < steps ? raised : steps);
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

/// A stochastic quantizer at the mean of its noise, u = 1/2.
template <class Q>
struct without_noise {
  using encoding = typename Q::encoding;

  Q noisy;

  /// Errors: those of Q's fit.
  [[nodiscard]] without_noise fit(std::span<const float> group) const { return {noisy.fit(group)}; }
  [[nodiscard]] constexpr affine levels() const noexcept { return noisy.levels(); }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept {
    return noisy.encode(x, 0.5f);
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return noisy.gradient(x, upstream);
  }
};

LOWBIT_END

#endif
