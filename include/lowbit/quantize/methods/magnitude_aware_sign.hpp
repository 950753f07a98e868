// lowbit/quantize/methods/magnitude_aware_sign.hpp – the weight binarizer of Bi-Real Net and larq.
//
//     alpha = mean |w| over the group, taken as a constant          y = alpha * sign(w)
//
//     magnitude_aware_sign<>                       dL/dw = alpha g 1[|w| <= clip]   larq
//     magnitude_aware_sign<ste::open_hard_tanh>    dL/dw = alpha g 1[|w| < clip]    Bi-Real Net, paper
//     magnitude_aware_sign<ste::hard_tanh, false>  dL/dw = g 1[|w| <= clip]         Bi-Real Net, PyTorch
//
// The codes and levels are those of xnor_weight; the difference is the gradient. With alpha in it, a filter learns at a
// rate in proportion to its magnitude. The group is an output channel (per_group(..., per::row)). After training alpha
// may be absorbed by the batch norm that follows. An all-zero group has alpha 0, codes +1 and, with alpha
// in the gradient, gradient 0.
//
// Source: Liu et al., "Bi-Real Net", arXiv:1808.00278, section 3.3.
#ifndef LOWBIT_QUANTIZE_METHODS_MAGNITUDE_AWARE_SIGN_HPP
#define LOWBIT_QUANTIZE_METHODS_MAGNITUDE_AWARE_SIGN_HPP

#include "lowbit/encoding/binary.hpp"
#include "lowbit/gradient/hard_tanh.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// alpha * sign(w); see the head of this file. `ScaledGradient`: alpha is in the gradient.
template <surrogate Surrogate = ste::hard_tanh, bool ScaledGradient = true>
struct magnitude_aware_sign {
  using encoding = binary;

  Surrogate surrogate_gradient{};
  float alpha = 1;  ///< fitted: mean |w|

  /// Errors: an element is not finite.
  [[nodiscard]] magnitude_aware_sign fit(std::span<const float> group) const {
    return {surrogate_gradient,
            static_cast<float>(detail::quantizers::mean_abs(group, "magnitude_aware_sign"))};
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {alpha, 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats w) const noexcept {
    return std::array{~w.negative()};
  }
  [[nodiscard]] constexpr float gradient(float w, float upstream) const noexcept {
    return (ScaledGradient ? alpha : 1) * surrogate_gradient(w, upstream);
  }
};

LOWBIT_END

#endif
