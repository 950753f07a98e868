// lowbit/nn/losses/target_loss.hpp – the loss of one layer of hard units towards its targets (FTProp).
//
//     t = -sign(dL/dy)                                     each unit's target (gradient/hinge.hpp)
//     loss = sum over units of  v hinge(x, t)              x: what the units take the sign of
//
//     v = |dL/dy|    the mini-batch form: dloss/dx is the surrogate gradient of the hinge, ste::saturated_hinge and others
//     v = 1          each layer is a convex problem of its own, and all units with a target count alike
//
// Networks train with the first through sign<ste::saturated_hinge>. The loss itself says how far a layer is from its
// targets; the second form trains a layer alone, between two passes that give it x and dL/dy.
//
// Source: Friesen, Domingos, "Deep learning as a mixed convex-combinatorial optimization problem", arXiv:1710.11573,
// sections 3 and 4.
#ifndef LOWBIT_NN_LOSSES_TARGET_LOSS_HPP
#define LOWBIT_NN_LOSSES_TARGET_LOSS_HPP

#include "lowbit/gradient/hinge.hpp"
#include "lowbit/nn/losses/softmax.hpp"

LOWBIT_BEGIN
namespace nn {

/// v of a unit.
enum class target_weight { upstream, one };

/// x and dL/dy of a layer, of one shape. Hinge is ste::saturated_hinge, ste::soft_hinge, or a surrogate with loss(x,
/// target). Units with dL/dy = 0 have no target and add nothing. The loss is summed in double. Errors: shapes differ.
template <class Hinge = ste::saturated_hinge>
[[nodiscard]] loss_and_gradient target_loss(const float_matrix& x, const float_matrix& upstream,
                                            target_weight by, const Hinge& hinge = {}) {
  detail::nn::require_same_size("nn::target_loss", x, "x", upstream, "upstream");
  loss_and_gradient out{0, float_matrix(x.rows(), x.cols())};
  for (index_t i = 0; i < x.size(); ++i) {
    const float g = upstream.data()[i];
    const int target = hinge_target(g);
    const float slope = by == target_weight::upstream ? g : static_cast<float>(-target);
    out.loss += static_cast<double>(magnitude(slope)) *
                static_cast<double>(hinge.loss(x.data()[i], target));
    out.gradient.data()[i] = hinge(x.data()[i], slope);
  }
  return out;
}

}  // namespace nn
LOWBIT_END

#endif
