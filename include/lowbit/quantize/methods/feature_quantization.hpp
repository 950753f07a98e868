// lowbit/quantize/methods/feature_quantization.hpp – two functions that make features coarser, for robustness.
//
//     scaled_floor   y = floor(s x) / s                dL/dx = g
//     signed_power   y = sgn(x) |x|^p                  dL/dx = g p |x|^(p-1)
//                                                      dL/dp = the sum of g y ln |x|, 0 at x = 0
//
// Both are activations without codes. For p < 1 the slope of the power has a pole at 0, so |x| counts as at least
// `least` there. p may be trained.
//
// Source: Sun et al., "Feature quantization for defending against distortion of images", CVPR 2018.
#ifndef LOWBIT_QUANTIZE_METHODS_FEATURE_QUANTIZATION_HPP
#define LOWBIT_QUANTIZE_METHODS_FEATURE_QUANTIZATION_HPP

#include <cmath>

#include "lowbit/core/float_bits.hpp"
#include "lowbit/gradient/slope_sum.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// floor with a resolution of `scale` levels per unit.
struct scaled_floor {
  float scale = 1;

  void validate() const { detail::quantizers::require_positive(scale, "scaled_floor", "scale"); }
  [[nodiscard]] float operator()(float x) const noexcept {
    const double s = static_cast<double>(scale);
    return static_cast<float>(std::floor(s * static_cast<double>(x)) / s);
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

/// The power of the magnitude, with the sign kept.
struct signed_power {
  struct parameters {
    float exponent;
  };

  float exponent = 0.5f;
  float least = 1e-6f;  ///< what |x| counts as at least in the gradient

  void validate() const {
    detail::quantizers::require_positive(exponent, "signed_power", "exponent");
    detail::quantizers::require_positive(least, "signed_power", "least");
  }
  [[nodiscard]] float operator()(float x) const noexcept {
    const float y = std::pow(magnitude(x), exponent);
    return is_negative(x) ? -y : y;
  }
  [[nodiscard]] float gradient(float x, float upstream) const noexcept {
    const float base = magnitude(x) > least ? magnitude(x) : least;
    return upstream * exponent * std::pow(base, exponent - 1);
  }
  [[nodiscard]] parameters parameter_gradient(std::span<const float> x,
                                              std::span<const float> upstream) const noexcept {
    return {detail::gradient::slope_sum(x, upstream, [this](float v) {
      return magnitude(v) > 0 ? (*this)(v)*std::log(magnitude(v)) : 0.0f;
    })};
  }
};

LOWBIT_END

#endif
