// lowbit/nn/policies/hyperbolic_tangent.hpp – y = tanh x as a policy, of weights and of inputs.
//
//     dL/dx = g (1 - tanh^2 x)
//
// Weights that are used as tanh w stay in (-1, 1) while w itself is free: the compressed weights of bitwise neural
// networks (nn/layers/bitwise.hpp).
#ifndef LOWBIT_NN_POLICIES_HYPERBOLIC_TANGENT_HPP
#define LOWBIT_NN_POLICIES_HYPERBOLIC_TANGENT_HPP

#include <cmath>

#include "lowbit/abi.hpp"

LOWBIT_BEGIN
namespace nn {

/// The function and its derivative; NaN stays NaN.
struct hyperbolic_tangent {
  [[nodiscard]] float operator()(float x) const noexcept { return std::tanh(x); }
  [[nodiscard]] float gradient(float x, float upstream) const noexcept {
    const float h = std::tanh(x);
    return upstream * ((1 - h) * (1 + h));
  }
};

}  // namespace nn
LOWBIT_END

#endif
