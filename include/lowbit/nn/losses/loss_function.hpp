// lowbit/nn/losses/loss_function.hpp – a loss as a value: what nn::fit and nn::train_step take.
//
//     nn::loss_function hinge = [](const nn::batch_result& r) { return nn::squared_hinge(r.logits, r.labels); };
//     nn::loss_function soft = [&](const nn::batch_result& r) {
//       return nn::distillation(teacher.forward(r.x).pixels(), r.logits);
//     };
#ifndef LOWBIT_NN_LOSSES_LOSS_FUNCTION_HPP
#define LOWBIT_NN_LOSSES_LOSS_FUNCTION_HPP

#include <functional>

#include "lowbit/nn/feature_map.hpp"
#include "lowbit/nn/losses/cross_entropy.hpp"

LOWBIT_BEGIN
namespace nn {

/// What a loss is made from.
struct batch_result {
  const float_matrix& logits;       ///< a row per image
  std::span<const index_t> labels;  ///< one per image
  feature_view x;                   ///< the images
  /// Their numbers in the set, from nn::fit() and nn::evaluate(); none where a caller makes single steps.
  std::span<const index_t> images = {};
};

/// The mean loss of a batch and its gradient with respect to the logits.
using loss_function = std::function<loss_and_gradient(const batch_result&)>;

}  // namespace nn

namespace detail::nn {

/// What a loss says, or softmax cross-entropy where there is none.
[[nodiscard]] inline lowbit::nn::loss_and_gradient loss_of(const lowbit::nn::loss_function& loss,
                                                           const lowbit::nn::batch_result& result) {
  return loss ? loss(result) : lowbit::nn::softmax_cross_entropy(result.logits, result.labels);
}

}  // namespace detail::nn
LOWBIT_END

#endif
