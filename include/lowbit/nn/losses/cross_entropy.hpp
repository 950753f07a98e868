// lowbit/nn/losses/cross_entropy.hpp – the loss of a classifier.
//
//     t_c = (1 - s) [c = label] + s / classes           s: label smoothing, 0 by default
//     loss = mean over the batch of  - sum_c t_c log p_c,         p = softmax(z)
//     dL/dz = (p - t) / batch
#ifndef LOWBIT_NN_LOSSES_CROSS_ENTROPY_HPP
#define LOWBIT_NN_LOSSES_CROSS_ENTROPY_HPP

#include "lowbit/nn/losses/labels.hpp"
#include "lowbit/nn/losses/softmax.hpp"

LOWBIT_BEGIN
namespace nn {

/// Softmax cross-entropy of logits (batch x classes) against labels (batch of them, each from 0 to classes - 1). An
/// empty batch has loss 0. Source of the smoothing: Szegedy et al., arXiv:1512.00567, section 7. Errors: counts differ,
/// a label out of range, smoothing is not in [0, 1).
template <label_list Labels = std::span<const code_t>>
[[nodiscard]] loss_and_gradient softmax_cross_entropy(const float_matrix& logits,
                                                      const Labels& labels, double smoothing = 0) {
  if (!(smoothing >= 0 && smoothing < 1))
    detail::fail("softmax_cross_entropy: smoothing is %g: it must be in [0, 1)", smoothing);
  const index_t classes = logits.cols();
  const std::vector<index_t> at =
      detail::nn::indices_of("softmax_cross_entropy", labels, logits.rows(), classes);
  loss_and_gradient result{0, float_matrix(logits.rows(), classes)};
  const auto batch = static_cast<double>(logits.rows());
  const double other = smoothing / static_cast<double>(classes), right = 1 - smoothing + other;
  for (index_t r = 0; r < logits.rows(); ++r) {
    const detail::nn::softmax_row row(logits, r);
    const index_t label = at[static_cast<std::size_t>(r)];
    double loss = 0;
    for (index_t c = 0; c < classes; ++c) {
      const double target = c == label ? right : other;
      result.gradient(r, c) =
          static_cast<float>((row.p[static_cast<std::size_t>(c)] - target) / batch);
      if (target > 0) loss += target * (row.log_sum - static_cast<double>(logits(r, c)));
    }
    result.loss += loss / batch;
  }
  return result;
}

}  // namespace nn
LOWBIT_END

#endif
