// lowbit/quantize/methods/wrpn.hpp – wide reduced-precision networks.
//
//     weights      code = round(m clip(w, -1, 1)),  m = 2^(K-1) - 1, half to even      y = code / m
//     activations  those of DoReFa-Net
//
// 2^K - 1 levels, zero among them, symmetric. dL/dw = g where |w| <= 1, ends inclusive. (Distiller scales
// by (2^K - 1) / 2 instead: another level set, without +-1.) One-bit weights are xnor_weight. The paper
// compensates for the lost precision with two to three times as many filters.
//
// Source: Mishra et al., "WRPN", arXiv:1709.01134.
#ifndef LOWBIT_QUANTIZE_METHODS_WRPN_HPP
#define LOWBIT_QUANTIZE_METHODS_WRPN_HPP

#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// 2^K - 1 symmetric levels on [-1, 1].
template <int K>
struct wrpn_weight {
  static_assert(K >= 2 && K <= 8,
                "lowbit::wrpn_weight<K>: K must be 2 to 8; one-bit weights are xnor_weight");
  using encoding = narrow_bits<K>;

  [[nodiscard]] constexpr affine levels() const noexcept {
    return {1 / static_cast<float>(narrow_grid<K>::high), 0};
  }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    return narrow_grid<K>::template quotient<rounding::half_even>(narrow_grid<K>::high, 1);
  }
  [[nodiscard]] constexpr float gradient(float w, float upstream) const noexcept {
    return magnitude(w) <= 1 ? upstream : 0;
  }
};

/// 2^K levels on [0, 1].
template <int K>
using wrpn_activation = dorefa_activation<K>;

LOWBIT_END

#endif
