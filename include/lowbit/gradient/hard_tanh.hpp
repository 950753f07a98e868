// lowbit/gradient/hard_tanh.hpp – the clipped straight-through estimator of binarized networks.
#ifndef LOWBIT_GRADIENT_HARD_TANH_HPP
#define LOWBIT_GRADIENT_HARD_TANH_HPP

#include "lowbit/core/float_bits.hpp"
#include "lowbit/gradient/surrogate.hpp"

LOWBIT_BEGIN
namespace ste {

/// dL/dx = dL/dy where |x| <= clip, ends included, and 0 elsewhere and for NaN: the derivative of
/// clamp(x, -clip, clip). Source: Hubara et al., "Binarized neural networks", arXiv:1602.02830, eq. 4 (clip = 1).
struct hard_tanh {
  float clip = 1;
  [[nodiscard]] constexpr float operator()(float x, float upstream) const noexcept {
    return magnitude(x) <= clip ? upstream : 0;
  }
  [[nodiscard]] constexpr float soft(float x) const noexcept {
    return x < -clip ? -clip : x > clip ? clip : x;
  }
};

/// The same without the ends: dL/dx = dL/dy where |x| < clip. The published code of XNOR-Net does this, and it is
/// the weight gradient of Bi-Real Net's paper.
struct open_hard_tanh {
  float clip = 1;
  [[nodiscard]] constexpr float operator()(float x, float upstream) const noexcept {
    return magnitude(x) < clip ? upstream : 0;
  }
  [[nodiscard]] constexpr float soft(float x) const noexcept { return hard_tanh{clip}.soft(x); }
};

}  // namespace ste
LOWBIT_END

#endif
