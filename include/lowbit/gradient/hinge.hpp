// lowbit/gradient/hinge.hpp – targets for hard units, and the losses that pull towards them.
//
// Friesen and Domingos treat each layer of sign units as a separate problem. The derivative that arrives at a unit
// says which of its two values would lower the loss. That value is its *target*
//
//     t = -sign(dL/dy)                 -1, 0 (no target: the unit is frozen) or +1
//
// and the unit learns to meet it under a convex loss of its input x. The surrogate gradient is the derivative of
// that loss times |dL/dy|:
//
//     saturated hinge   clip(1 - t x, 0, 2)     dL/dx = dL/dy   where -1 < t x <= 1, else 0
//     soft hinge        1 + tanh(-t x)          dL/dx = dL/dy (1 - tanh^2 x)
//
// So the saturated hinge is the BNN window ste::hard_tanh without the end t x = -1. A unit there is as wrong as it can
// be, and gets no gradient. A unit with more levels (a quantized ReLU) is a sum of such steps and takes the sum of
// their gradients.
//
// Source: "Deep learning as a mixed convex-combinatorial optimization problem", arXiv:1710.11573, section 4.2
// and 4.3 (FTProp-MB).
#ifndef LOWBIT_GRADIENT_HINGE_HPP
#define LOWBIT_GRADIENT_HINGE_HPP

#include <cmath>

#include "lowbit/core/float_bits.hpp"
#include "lowbit/gradient/surrogate.hpp"

LOWBIT_BEGIN

/// What a unit should become when the loss's derivative with respect to it is `upstream`: -1, 0 or 1.
[[nodiscard]] constexpr int hinge_target(float upstream) noexcept {
  return upstream > 0 ? -1 : upstream < 0 ? 1 : 0;
}

namespace ste {

/// The saturated hinge; 0 for NaN.
struct saturated_hinge {
  [[nodiscard]] constexpr float operator()(float x, float upstream) const noexcept {
    const float agreement = static_cast<float>(hinge_target(upstream)) * x;
    return agreement > -1 && agreement <= 1 ? upstream : 0;
  }
  [[nodiscard]] static constexpr float loss(float x, int target) noexcept {
    return clip(1 - static_cast<float>(target) * x, 0, 2);
  }
};

/// The soft hinge; 0 for NaN.
struct soft_hinge {
  [[nodiscard]] float operator()(float x, float upstream) const noexcept {
    const float h = std::tanh(x);
    return is_nan(h) ? 0 : upstream * ((1 - h) * (1 + h));
  }
  [[nodiscard]] static float loss(float x, int target) noexcept {
    return 1 + std::tanh(-static_cast<float>(target) * x);
  }
};

}  // namespace ste
LOWBIT_END

#endif
