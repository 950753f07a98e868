// lowbit/nn/losses/squared_hinge.hpp – the loss of BinaryConnect, BNN and GXNOR.
//
//     loss = mean over batch and classes of max(0, 1 - t z)^2,        t = 1 for the label's class, else -1
//     dL/dz = -2 t max(0, 1 - t z) / (batch classes)
//
// A network ends in a batch norm then, so that its logits have the scale of the targets.
//
// Source: Courbariaux et al., "BinaryConnect", arXiv:1511.00363, section 3.1, with the mean of their program; Tang,
// "Deep learning using linear support vector machines", arXiv:1306.0239.
#ifndef LOWBIT_NN_LOSSES_SQUARED_HINGE_HPP
#define LOWBIT_NN_LOSSES_SQUARED_HINGE_HPP

#include "lowbit/nn/losses/labels.hpp"
#include "lowbit/nn/losses/softmax.hpp"

LOWBIT_BEGIN
namespace nn {

/// The squared hinge of logits (batch x classes). An empty batch has loss 0. Errors: counts differ, a label out of
/// range.
template <label_list Labels = std::span<const code_t>>
[[nodiscard]] loss_and_gradient squared_hinge(const float_matrix& logits, const Labels& labels) {
  const std::vector<index_t> at =
      detail::nn::indices_of("squared_hinge", labels, logits.rows(), logits.cols());
  loss_and_gradient result{0, float_matrix(logits.rows(), logits.cols())};
  const auto elements = static_cast<double>(logits.size());
  for (index_t r = 0; r < logits.rows(); ++r)
    for (index_t c = 0; c < logits.cols(); ++c) {
      const double target = c == at[static_cast<std::size_t>(r)] ? 1 : -1;
      const double missing = 1 - target * static_cast<double>(logits(r, c));
      const double lost = missing > 0 ? missing : is_nan(logits(r, c)) ? missing : 0;
      result.loss += lost * lost / elements;
      result.gradient(r, c) = static_cast<float>(-2 * target * lost / elements);
    }
  return result;
}

}  // namespace nn
LOWBIT_END

#endif
