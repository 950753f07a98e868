// lowbit/nn/optimizers/bop.hpp – Bop: weights that are bits while they train.
//
//     m = (1 - gamma) m + gamma dL/dw
//     w = -w    where |m| > threshold and m has the sign of w;    else w stays
//
// There is no latent weight. A weight is -1 or +1 at every step, and flips when the average of its gradients has pushed
// against it for long enough. So the weights of such a layer need no quantizer and no clipping. A layer with sign<>
// weights takes them as they are.
//
// gamma plays the part of the learning rate: step(rate) takes rate as gamma, and schedules lower it. At |m| = threshold
// a weight stays, as in the paper; the published program sets it to +1 then.
//
// Everything else in a network (batch norms, biases, real layers) needs an optimizer of its own: nn::joint
// (nn/optimizers/joint.hpp) makes one of both.
//
// Source: Helwegen et al., "Latent weights do not exist", arXiv:1906.02107, algorithm 1.
#ifndef LOWBIT_NN_OPTIMIZERS_BOP_HPP
#define LOWBIT_NN_OPTIMIZERS_BOP_HPP

#include "lowbit/nn/optimizers/per_parameter.hpp"

LOWBIT_BEGIN
namespace nn {

/// 0 < gamma <= 1, threshold >= 0. The defaults are those of the authors' library.
struct bop_options {
  float gamma = 1e-4f;
  float threshold = 1e-8f;
};

/// One average per weight.
class bop final : public per_parameter {
 public:
  /// Makes every value its sign, +1 for 0. The parameters must outlive the optimizer and keep their shapes. Errors: an
  /// option is out of range.
  explicit bop(std::vector<parameter*> weights, bop_options options = {})
      : per_parameter(std::move(weights), options.gamma, 1), options_(options) {
    if (!(options.gamma > 0 && options.gamma <= 1) || !(options.threshold >= 0))
      detail::fail("nn::bop: gamma is %g, threshold is %g: they must be in (0, 1] and >= 0",
                   static_cast<double>(options.gamma), static_cast<double>(options.threshold));
    for (parameter* const p : parameters())
      for (float& w : elements(p->value)) w = w < 0 ? -1.0f : 1.0f;
  }

 private:
  void move(parameter& p, std::size_t i, float gamma) override {
    float_matrix& average = moment(0, i);
    average = (1 - gamma) * average + gamma * descent(p, 0);
    const std::span<float> weights = elements(p.value), averages = elements(average);
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const float push = weights[k] < 0 ? -averages[k] : averages[k];
      if (push > options_.threshold && (p.frozen.empty() || p.frozen[k] == 0))
        weights[k] = -weights[k];
    }
  }

  bop_options options_;
};

}  // namespace nn
LOWBIT_END

#endif
