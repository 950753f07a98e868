// lowbit/gradient/error_decay.hpp – the error decay estimator of IR-Net.
#ifndef LOWBIT_GRADIENT_ERROR_DECAY_HPP
#define LOWBIT_GRADIENT_ERROR_DECAY_HPP

#include <cmath>

#include "lowbit/gradient/surrogate.hpp"

LOWBIT_BEGIN
namespace ste {

/// dL/dx = dL/dy * k t (1 - tanh^2(t x)), the derivative of soft(x) = k tanh(t x), without a window.
///
/// Early in training t is small and k t = 1: nearly the identity, and every weight learns. Late in training t
/// is large and k = 1: nearly the sign. at(progress) is the schedule between the two,
///
///     t = t_min (t_max / t_min)^progress        k = max(1 / t, 1)        progress from 0 to 1
///
/// NaN gives 0. Source: Qin et al., "Forward and backward information retention for accurate binary
/// neural networks", arXiv:1909.10788, eq. 9-11. There t runs from 0.1 to 10; the ResNet-20 code begins at 0.001.
struct error_decay {
  float t = 1;
  float k = 1;

  [[nodiscard]] static error_decay at(double progress, double t_min = 0.1,
                                      double t_max = 10) noexcept {
    const double t = t_min * std::pow(t_max / t_min, progress);
    return {static_cast<float>(t), static_cast<float>(t < 1 ? 1 / t : 1)};
  }
  [[nodiscard]] float operator()(float x, float upstream) const noexcept {
    const double h = std::tanh(static_cast<double>(t) * static_cast<double>(x));
    const double slope = static_cast<double>(k) * static_cast<double>(t) * ((1 - h) * (1 + h));
    return h != h ? 0 : static_cast<float>(static_cast<double>(upstream) * slope);
  }
  [[nodiscard]] float soft(float x) const noexcept {
    return static_cast<float>(static_cast<double>(k) *
                              std::tanh(static_cast<double>(t) * static_cast<double>(x)));
  }
};

}  // namespace ste
LOWBIT_END

#endif
