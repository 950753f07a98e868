// lowbit/quantize/methods/dorefa_activation.hpp – K-bit activations of DoReFa-Net.
//
//     y = round((2^K - 1) clip(x, 0, 1)) / (2^K - 1)      dL/dx = g 1[0 <= x <= 1], ends inclusive
//
// Rounding is half to even, on the exact product (taken in double, where it needs 32 bits at most).
// NaN gives code 0 and gradient 0. Up to 3 bits, x is compared with the 2^K - 1 boundaries of the formula
// (quantize/fit/boundaries.hpp), found at compile time: cheaper than rounding.
//
// Source: Zhou et al., "DoReFa-Net", arXiv:1606.06160, eq. 5 and 11.
#ifndef LOWBIT_QUANTIZE_METHODS_DOREFA_ACTIVATION_HPP
#define LOWBIT_QUANTIZE_METHODS_DOREFA_ACTIVATION_HPP

#include "lowbit/core/rounding.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/quantize/fit/boundaries.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// 2^K equidistant levels on [0, 1]; code c stands for c / (2^K - 1).
template <int K>
struct dorefa_activation {
  using encoding = unsigned_bits<K>;
  static constexpr bool monotone = true;           ///< see quantize/fit/monotone.hpp
  static constexpr bool activations_alone = true;  ///< see quantize/quantizer.hpp
  static constexpr int steps = (1 << K) - 1;

  [[nodiscard]] constexpr affine levels() const noexcept {
    return {1 / static_cast<float>(steps), 0};
  }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats x) const noexcept requires(K <= 3) {
    constexpr auto boundaries = detail::quantizers::boundaries_of<std::size_t{steps}>(formula);
    return detail::quantizers::count_planes<K>(x, boundaries);
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept requires(K > 3) {
    return formula(x);
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return x >= 0 && x <= 1 ? upstream : 0;
  }

 private:
  [[nodiscard]] LOWBIT_INLINE static constexpr code_t formula(float x) noexcept {
    return static_cast<code_t>(round_half_even_small(static_cast<double>(clip(x, 0, 1)) * steps));
  }
};

LOWBIT_END

#endif
