// lowbit/quantize/methods/rprelu.hpp – ReActNet's activation: a PReLU that may be shifted in both directions.
//
//     y = x - gamma + zeta  if x > gamma,  beta (x - gamma) + zeta  otherwise
//
//     dL/dx     = g (1 or beta)                     dL/dbeta = the sum of g (x - gamma) where x <= gamma
//     dL/dgamma = -the sum of g (1 or beta)         dL/dzeta = the sum of g
//
// A function without codes, with one set of numbers per channel. beta starts at 0.25, the shifts at 0. Training calls
// it, and so does the stage of the network on bits (epilogue/float_stages.hpp): both give the same bits.
//
// Source: Liu et al., "ReActNet", arXiv:2003.03488, eq. 5.
#ifndef LOWBIT_QUANTIZE_METHODS_RPRELU_HPP
#define LOWBIT_QUANTIZE_METHODS_RPRELU_HPP

#include "lowbit/gradient/learned_number.hpp"
#include "lowbit/gradient/slope_sum.hpp"

LOWBIT_BEGIN

/// PReLU around gamma, raised by zeta.
struct rprelu {
  struct parameters {
    float gamma, beta, zeta;
  };

  static constexpr std::array learned_numbers{learned_number{"gamma"}, learned_number{"beta"},
                                              learned_number{"zeta"}};

  float gamma = 0;
  float beta = 0.25f;
  float zeta = 0;

  [[nodiscard]] constexpr parameters learned() const noexcept { return {gamma, beta, zeta}; }
  [[nodiscard]] constexpr rprelu with_learned(parameters p) const noexcept {
    return {p.gamma, p.beta, p.zeta};
  }

  /// float(x - gamma) first, then slope and zeta in double: the product is exact, so fused multiply-add
  /// cannot change a bit.
  [[nodiscard]] LOWBIT_INLINE constexpr float operator()(float x) const noexcept {
    const auto centred = static_cast<float>(static_cast<double>(x) - static_cast<double>(gamma));
    const float slope = centred > 0 ? 1.0f : beta;
    return static_cast<float>(static_cast<double>(centred) * static_cast<double>(slope) +
                              static_cast<double>(zeta));
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return upstream * slope(x);
  }
  [[nodiscard]] parameters parameter_gradient(std::span<const float> x,
                                              std::span<const float> upstream) const noexcept {
    using detail::gradient::slope_sum;
    return {slope_sum(x, upstream, [this](float v) { return -slope(v); }),
            slope_sum(x, upstream, [this](float v) { return v > gamma ? 0.0f : v - gamma; }),
            slope_sum(x, upstream, [](float) { return 1.0f; })};
  }

 private:
  [[nodiscard]] constexpr float slope(float x) const noexcept { return x > gamma ? 1 : beta; }
};

LOWBIT_END

#endif
