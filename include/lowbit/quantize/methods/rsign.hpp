// lowbit/quantize/methods/rsign.hpp – the sign with a learned threshold of ReActNet.
//
//     y = +1 if x > alpha, else -1                     strict: x = alpha gives -1, unlike sign; NaN gives -1
//     dL/dx = surrogate(x - alpha, dL/dy)              Bi-Real Net's polynomial
//     dL/dalpha = -(the sum of the dL/dx)
//
// alpha belongs to a channel: one rsign per channel. Behind a batch norm, alpha is one more offset of the channel's
// threshold, so it costs nothing when the network runs on bits.
//
// Source: Liu et al., "ReActNet", arXiv:2003.03488, eq. 1 and 4.
#ifndef LOWBIT_QUANTIZE_METHODS_RSIGN_HPP
#define LOWBIT_QUANTIZE_METHODS_RSIGN_HPP

#include "lowbit/encoding/binary.hpp"
#include "lowbit/gradient/approx_sign.hpp"
#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Sign around a trained threshold.
template <surrogate Surrogate = ste::approx_sign>
struct rsign {
  using encoding = binary;
  struct parameters {
    float alpha;
  };

  static constexpr std::array learned_numbers{learned_number{"alpha"}};

  Surrogate surrogate_gradient{};
  float alpha = 0;

  void validate() const { detail::quantizers::require_number(alpha, "rsign", "alpha"); }
  [[nodiscard]] constexpr parameters learned() const noexcept { return {alpha}; }
  [[nodiscard]] constexpr rsign with_learned(parameters p) const noexcept {
    return {surrogate_gradient, p.alpha};
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats x) const noexcept {
    return std::array{x.above(alpha)};
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return surrogate_gradient(x - alpha, upstream);
  }
  [[nodiscard]] parameters parameter_gradient(std::span<const float> x,
                                              std::span<const float> upstream) const noexcept {
    return {detail::gradient::slope_sum(x, upstream, [this](float v) { return -gradient(v, 1); })};
  }
};

LOWBIT_END

#endif
