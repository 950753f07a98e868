// lowbit/nn/optimizers/blend.hpp – the blended update of BCGD.
//
//     w' = (1 - rho) w + rho Q(w) + the optimizer's step
//
// The gradient belongs to the quantized weights, as in every method with a straight-through gradient. The small pull
// towards Q(w) lets the latent weights settle near their levels; without it they may cycle around a boundary.
//
// Source: Yin et al., "Blended coarse gradient descent for full quantization of deep neural networks",
// arXiv:1808.05240, eq. 4; rho = 1e-5 in their programs.
#ifndef LOWBIT_NN_OPTIMIZERS_BLEND_HPP
#define LOWBIT_NN_OPTIMIZERS_BLEND_HPP

#include "lowbit/nn/optimizers/adjusted.hpp"
#include "lowbit/quantize/any_quantizer.hpp"

LOWBIT_BEGIN
namespace nn {

/// A rule for nn::adjusted. The quantizer is fitted to the whole parameter in each step, as far as it is fitted at all.
struct blend {
  any_quantizer quantizer;
  float rho = 1e-5f;

  /// Q(w) of a parameter's values.
  [[nodiscard]] float_matrix quantized(const float_matrix& w) const {
    float_matrix out(w.rows(), w.cols());
    quantizer.refitted(elements(w)).forward(elements(w), elements(out));
    return out;
  }
  void operator()(const adjusted_step& step) const {
    step.p.value += rho * (quantized(step.before) - step.before);
    clip_to_bound(step.p);
  }
};

}  // namespace nn
LOWBIT_END

#endif
