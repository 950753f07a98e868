// lowbit/quantize/methods/stochastic_sign.hpp – the stochastic binarizer of BinaryConnect and BNN.
//
//     p = clip((x / scale + 1) / 2, 0, 1)      y = u < p ? +scale : -scale
//
// u is a uniform number in [0, 1) that the caller passes in, usually from a random_stream, so the
// result is a pure function. x >= scale always gives +scale, x <= -scale always -scale; NaN counts as
// p = 1, as it counts as +1 in sign. Inside, E[y] = x.
//
// Sources: BinaryConnect, arXiv:1511.00363, eq. 2-3; BNN, arXiv:1602.02830, eq. 2-3.
#ifndef LOWBIT_QUANTIZE_METHODS_STOCHASTIC_SIGN_HPP
#define LOWBIT_QUANTIZE_METHODS_STOCHASTIC_SIGN_HPP

#include "lowbit/encoding/binary.hpp"
#include "lowbit/gradient/hard_tanh.hpp"
#include "lowbit/quantize/methods/sign.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Sign with probability given by the hard sigmoid. `scale` is BinaryConnect's H (> 0).
template <surrogate Surrogate = ste::hard_tanh>
struct stochastic_sign {
  using encoding = binary;

  Surrogate surrogate_gradient{};
  float scale = 1;

  void validate() const { detail::quantizers::require_positive(scale, "stochastic_sign", "scale"); }
  /// P(y = +scale), the hard sigmoid of x / scale.
  [[nodiscard]] LOWBIT_INLINE constexpr float probability(float x) const noexcept {
    if (is_nan(x)) return 1;
    return static_cast<float>(clip((exact_double(x) / exact_double(scale) + 1) / 2, 0.0, 1.0));
  }
  /// What evaluation uses.
  [[nodiscard]] constexpr sign<Surrogate> deterministic() const noexcept {
    return {surrogate_gradient, scale};
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {scale, 0}; }
  /// u < p, as (2 u - 1) scale < x: a product that is exact. The clip cannot change that for u in [0, 1).
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x, float u) const noexcept {
    const bool plus = (2 * exact_double(u) - 1) * exact_double(scale) < exact_double(x);
    const bool none = is_nan(x);
    return static_cast<code_t>(plus | none);
  }
};

LOWBIT_END

#endif
