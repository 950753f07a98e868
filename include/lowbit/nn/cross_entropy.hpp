// lowbit/nn/cross_entropy.hpp – the loss of a classifier.
//
//     loss = mean over the batch of  log(sum_c exp(z_c)) - z_label
//     dL/dz = (softmax(z) - onehot(label)) / batch
//
// The largest logit of a row is subtracted first, so no exponential overflows.
#ifndef LOWBIT_NN_CROSS_ENTROPY_HPP
#define LOWBIT_NN_CROSS_ENTROPY_HPP

#include <cmath>

#include "lowbit/nn/real_matrix.hpp"

LOWBIT_BEGIN
namespace nn {

/// A loss and its gradient with respect to the logits (batch x classes).
struct loss_and_gradient {
  double loss = 0;
  real_matrix gradient;
};

/// Softmax cross-entropy of logits (batch x classes) against labels (batch of them, each below
/// classes). An empty batch has loss 0. Errors: counts differ, a label out of range.
[[nodiscard]] inline loss_and_gradient softmax_cross_entropy(const real_matrix& logits,
                                                             std::span<const code_t> labels) {
  if (labels.size() != static_cast<std::size_t>(logits.rows()))
    detail::fail("softmax_cross_entropy: %td rows of logits, %zu labels", logits.rows(),
                 labels.size());
  loss_and_gradient result{0, real_matrix(logits.rows(), logits.cols())};
  const auto batch = static_cast<double>(logits.rows());
  for (index_t r = 0; r < logits.rows(); ++r) {
    const index_t label = labels[static_cast<std::size_t>(r)];
    if (label >= logits.cols())
      detail::fail("softmax_cross_entropy: label %td of row %td: there are %td classes", label, r,
                   logits.cols());
    const double largest = static_cast<double>(logits.row(r).maxCoeff());
    double sum = 0;
    for (index_t c = 0; c < logits.cols(); ++c)
      sum += std::exp(static_cast<double>(logits(r, c)) - largest);
    for (index_t c = 0; c < logits.cols(); ++c) {
      const double p = std::exp(static_cast<double>(logits(r, c)) - largest) / sum;
      result.gradient(r, c) = static_cast<float>((p - (c == label ? 1 : 0)) / batch);
    }
    result.loss += (std::log(sum) + largest - static_cast<double>(logits(r, label))) / batch;
  }
  return result;
}

}  // namespace nn
LOWBIT_END

#endif
