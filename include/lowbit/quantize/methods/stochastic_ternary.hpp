// lowbit/quantize/methods/stochastic_ternary.hpp – a number in [-1, 1] as the chance of its sign.
//
//     t = sign(x) with probability |x| / scale (1 from scale on), else 0           y = scale * t
//
// so that E[y] = x within [-scale, scale]. The caller passes u, a uniform number in [0, 1): t is nonzero if and only if
// u < |x| / scale. For zero and NaN, t is 0.
//
//     stochastic_ternary<>                  TernaryConnect's weights in training (identity gradient)
//     stochastic_ternary<ste::hard_tanh>    TNN's teacher neurons (gradient within [-1, 1])
//
// Sources: Lin et al., "Neural networks with few multiplications", arXiv:1510.03009, section 3.1;
// Alemdar et al., arXiv:1609.00222.
#ifndef LOWBIT_QUANTIZE_METHODS_STOCHASTIC_TERNARY_HPP
#define LOWBIT_QUANTIZE_METHODS_STOCHASTIC_TERNARY_HPP

#include "lowbit/core/float_bits.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/gradient/surrogate.hpp"
#include "lowbit/quantize/methods/ternary_threshold.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Ternary codes drawn with the probability that keeps the mean. `scale` > 0.
template <surrogate Surrogate = ste::identity>
struct stochastic_ternary {
  using encoding = ternary;

  Surrogate surrogate_gradient{};
  float scale = 1;

  void validate() const {
    detail::quantizers::require_positive(scale, "stochastic_ternary", "scale");
  }
  /// What evaluation uses: nonzero where that is the likelier outcome.
  [[nodiscard]] constexpr ternary_threshold<Surrogate> deterministic() const noexcept {
    return {surrogate_gradient, -scale / 2, scale / 2, scale};
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {scale, 0}; }
  /// The product u * scale is exact in double.
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x, float u) const noexcept {
    const bool fires = exact_double(u) * exact_double(scale) < exact_double(magnitude(x));
    return static_cast<code_t>((1 | int{is_negative(x)} << 1) & -int{fires});
  }
};

LOWBIT_END

#endif
