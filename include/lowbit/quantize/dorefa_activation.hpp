// lowbit/quantize/dorefa_activation.hpp – K-bit activations of DoReFa-Net.
//
//     y = round((2^K - 1) clip(x, 0, 1)) / (2^K - 1)      dL/dx = g 1[0 <= x <= 1], ends inclusive
//
// Rounding is half to even, on the exact product (taken in double, where it needs 32 bits at most).
// NaN gives code 0 and gradient 0.
//
// Source: Zhou et al., "DoReFa-Net", arXiv:1606.06160, eq. 5 and 11.
#ifndef LOWBIT_QUANTIZE_DOREFA_ACTIVATION_HPP
#define LOWBIT_QUANTIZE_DOREFA_ACTIVATION_HPP

#include "lowbit/core/rounding.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// 2^K equidistant levels on [0, 1]; code c stands for c / (2^K - 1).
template <int K>
struct dorefa_activation {
  using encoding = unsigned_bits<K>;
  static constexpr int steps = (1 << K) - 1;

  [[nodiscard]] constexpr affine levels() const noexcept {
    return {1 / static_cast<float>(steps), 0};
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept {
    const float clipped = x > 0 ? (x < 1 ? x : 1.0f) : 0.0f;
    return static_cast<code_t>(round_half_even_small(static_cast<double>(clipped) * steps));
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return x >= 0 && x <= 1 ? upstream : 0;
  }
};

LOWBIT_END

#endif
