// lowbit/quantize/dorefa_gradient.hpp – DoReFa-Net's K-bit gradients.
//
//     M = max |g| over the sample
//     y = 2M (round(n clip(g / 2M + 1/2 + (u - 1/2) / n, 0, 1)) / n - 1/2)      n = 2^K - 1, half to even
//
// with u uniform in [0, 1): noise of one step, without which training below about 6 bits does not
// converge. Weights and activations stay deterministic. The group is one sample of the batch
// (per_group(dorefa_gradient<K>{}, per::row)). An all-zero sample stays zero. The levels are the odd
// multiples of M / n; what is quantized is a gradient already, so its own gradient is the identity.
//
// Source: Zhou et al., "DoReFa-Net", arXiv:1606.06160, eq. 12.
#ifndef LOWBIT_QUANTIZE_DOREFA_GRADIENT_HPP
#define LOWBIT_QUANTIZE_DOREFA_GRADIENT_HPP

#include "lowbit/quantize/reduce.hpp"
#include "lowbit/quantize/uniform.hpp"

LOWBIT_BEGIN

/// 2^K levels on [-M, M] with noise; fitted per sample.
template <int K>
struct dorefa_gradient {
  using encoding = bipolar_bits<K>;
  static constexpr int steps = (1 << K) - 1;

  float largest = 1;  ///< fitted: M

  /// Errors: an element is not finite.
  [[nodiscard]] dorefa_gradient fit(std::span<const float> sample) const {
    return {detail::fitting::max_abs(sample, "dorefa_gradient")};
  }
  [[nodiscard]] constexpr affine levels() const noexcept {
    return {detail::fitting::step_to(largest, steps), 0};
  }
  /// n (g / 2M + 1/2) + u - 1/2: a quotient of an exact product, and sums.
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float g, float u) const noexcept {
    const double twice = 2 * static_cast<double>(largest);
    const double from_middle = static_cast<double>(g) * steps / (twice > 0 ? twice : 1);
    const double position = from_middle + (steps * 0.5 + (static_cast<double>(u) - 0.5));
    return static_cast<code_t>(rounding::half_even::to(clip(position, 0, steps)));
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

LOWBIT_END

#endif
