// lowbit/nn/optimizers/stochastic_rounding.hpp – weights that stay on a grid while they train.
//
//     w' = step floor((w + move) / step + u)          u uniform in [0, 1)
//
// A value between two multiples of `step` goes to the upper one with the probability of its distance from the lower
// one. So the expected move is the optimizer's. No latent float is kept. The price: the noise of rounding does not fall
// with the learning rate, so such training stalls near the optimum where BinaryConnect still gains.
//
// Source: Li et al., "Training quantized nets: a deeper understanding", arXiv:1706.02379, eq. 3 and section 4.
#ifndef LOWBIT_NN_OPTIMIZERS_STOCHASTIC_ROUNDING_HPP
#define LOWBIT_NN_OPTIMIZERS_STOCHASTIC_ROUNDING_HPP

#include "lowbit/core/rounding.hpp"
#include "lowbit/nn/optimizers/adjusted.hpp"

LOWBIT_BEGIN
namespace nn {

/// A rule for nn::adjusted: values become multiples of step > 0, then they are clipped to the parameter's bound. A
/// bound that is a multiple of step keeps them on the grid. |w| / step < 2^53.
struct stochastic_rounding {
  float step = 1;

  void operator()(const adjusted_step& moved) const {
    const std::span<float> w = elements(moved.p.value);
    const auto unit = static_cast<double>(step);
    for (std::size_t k = 0; k < w.size(); ++k) {
      if (!moved.p.frozen.empty() && moved.p.frozen[k] != 0) continue;
      const std::int64_t multiple =
          round_stochastic(static_cast<double>(w[k]) / unit, static_cast<double>(moved.uniform(k)));
      w[k] = static_cast<float>(static_cast<double>(multiple) * unit);
    }
    clip_to_bound(moved.p);
  }
};

}  // namespace nn
LOWBIT_END

#endif
