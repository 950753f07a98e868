// lowbit/quantize/stochastic_sign.hpp – the stochastic binarizer of BinaryConnect and BNN.
//
//     p = clip((x / scale + 1) / 2, 0, 1)      y = u < p ? +scale : -scale
//
// u is a uniform number in [0, 1) that the caller passes in, usually from a random_stream, so the
// result is a pure function. x >= scale always gives +scale, x <= -scale always -scale; NaN counts as
// p = 1, as it counts as +1 in sign. Inside, E[y] = x.
//
// Sources: BinaryConnect, arXiv:1511.00363, eq. 2-3; BNN, arXiv:1602.02830, eq. 2-3.
#ifndef LOWBIT_QUANTIZE_STOCHASTIC_SIGN_HPP
#define LOWBIT_QUANTIZE_STOCHASTIC_SIGN_HPP

#include "lowbit/encoding/binary.hpp"
#include "lowbit/gradient/hard_tanh.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Sign with probability given by the hard sigmoid. `scale` is BinaryConnect's H (> 0).
template <surrogate Surrogate = ste::hard_tanh>
struct stochastic_sign {
  using encoding = binary;

  Surrogate surrogate_gradient{};
  float scale = 1;

  void validate() const { detail::fitting::require_positive(scale, "stochastic_sign", "scale"); }
  /// P(y = +scale), the hard sigmoid of x / scale.
  [[nodiscard]] LOWBIT_INLINE constexpr float probability(float x) const noexcept {
    const double p = unclipped(x);
    return static_cast<float>(p < 1 ? (p > 0 ? p : 0) : 1);
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {scale, 0}; }
  /// u < probability(x). The clip cannot change that for u in [0, 1), and without it the loop over a
  /// block has no branch.
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x, float u) const noexcept {
    return static_cast<code_t>(!(u >= static_cast<float>(unclipped(x))));
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return surrogate_gradient(x, upstream);
  }

 private:
  [[nodiscard]] LOWBIT_INLINE constexpr double unclipped(float x) const noexcept {
    return (static_cast<double>(x) / static_cast<double>(scale) + 1) / 2;
  }
};

LOWBIT_END

#endif
