// lowbit/nn/schedules/cosine.hpp – how the learning rate falls.
//
// A binarized layer's output jumps whenever a latent weight crosses zero, so the last epochs need small steps.
// Otherwise the weights near zero keep flipping, and the running averages of batch normalisation never match the
// deployed weights.
#ifndef LOWBIT_NN_SCHEDULES_COSINE_HPP
#define LOWBIT_NN_SCHEDULES_COSINE_HPP

#include <cmath>
#include <type_traits>

#include "lowbit/abi.hpp"

LOWBIT_BEGIN
namespace nn {

/// start (1 + cos(pi step / steps)) / 2 for 0 <= step < steps: from `start` towards 0 without a jump. Steps may be
/// counted in epochs. Source: Loshchilov, Hutter, "SGDR", arXiv:1608.03983, eq. 5.
template <class Step, class Steps>
requires(std::is_arithmetic_v<Step>&& std::is_arithmetic_v<Steps>)
    [[nodiscard]] float cosine_rate(float start, Step step, Steps steps) noexcept {
  constexpr double pi = 3.14159265358979323846;
  const double done = steps > 0 ? static_cast<double>(step) / static_cast<double>(steps) : 0;
  return static_cast<float>(static_cast<double>(start) * (1 + std::cos(pi * done)) / 2);
}

}  // namespace nn
LOWBIT_END

#endif
