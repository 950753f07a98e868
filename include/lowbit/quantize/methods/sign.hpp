// lowbit/quantize/methods/sign.hpp – the deterministic binarizer of BinaryConnect and BNN.
//
//     y = scale * (x < 0 ? -1 : +1)            dL/dx = surrogate(x, dL/dy)
//
// Both zeros and NaN give +1 (core/float_bits.hpp has the one sign rule). The scale is fixed, not
// fitted: 1 for BNN, BinaryConnect's H otherwise; for mean |w| see quantize/methods/xnor_weight.hpp. Both papers
// clip latent weights to [-scale, scale] after each step: farther out, a sign takes ever longer to change.
//
//     sign<>                    BNN activations and weights (hard_tanh window, ends inclusive)
//     sign<ste::identity>       BinaryConnect weights (the clip is in the weight update)
//     sign<ste::approx_sign>    Bi-Real Net activations
//
// Sources: Courbariaux et al., "BinaryConnect", arXiv:1511.00363, eq. 1; Hubara et al., "Binarized
// neural networks", arXiv:1602.02830, eq. 1 and 4.
#ifndef LOWBIT_QUANTIZE_METHODS_SIGN_HPP
#define LOWBIT_QUANTIZE_METHODS_SIGN_HPP

#include "lowbit/encoding/binary.hpp"
#include "lowbit/gradient/hard_tanh.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Sign with a choice of surrogate gradient. `scale` is the magnitude of both levels (> 0).
template <surrogate Surrogate = ste::hard_tanh>
struct sign {
  using encoding = binary;

  Surrogate surrogate_gradient{};
  float scale = 1;

  void validate() const { detail::quantizers::require_positive(scale, "sign", "scale"); }
  [[nodiscard]] constexpr affine levels() const noexcept { return {scale, 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats x) const noexcept {
    return std::array{~x.negative()};
  }
  [[nodiscard]] constexpr float latent_clip() const noexcept { return scale; }
};

LOWBIT_END

#endif
