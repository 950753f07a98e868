// lowbit/nn/losses/cross_entropy.hpp – the loss of a classifier.
//
//     loss = mean over the batch of  log(sum_c exp(z_c)) - z_label
//     dL/dz = (softmax(z) - onehot(label)) / batch
//
// The largest logit of a row is subtracted first, so no exponential overflows.
#ifndef LOWBIT_NN_LOSSES_CROSS_ENTROPY_HPP
#define LOWBIT_NN_LOSSES_CROSS_ENTROPY_HPP

#include <cmath>
#include <string>

#include "lowbit/nn/float_matrix.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// The label of a row as an index. Errors: no class has it.
template <std::integral Label>
[[nodiscard]] index_t label_of(Label label, index_t row, index_t classes) {
  if ((std::is_signed_v<Label> && label < Label{}) ||
      static_cast<std::uint64_t>(label) >= static_cast<std::uint64_t>(classes))
    fail("softmax_cross_entropy: label %s of row %td: there are %td classes",
         std::to_string(label).c_str(), row, classes);
  return static_cast<index_t>(label);
}

}  // namespace detail::nn

namespace nn {

/// A loss and its gradient with respect to the logits (batch x classes).
struct loss_and_gradient {
  double loss = 0;
  float_matrix gradient;
};

/// A vector, array or span of integers of any type: one label each.
template <class L>
concept label_list = requires(const L& labels) {
  requires std::integral<typename decltype(std::span(labels))::value_type>;
};

/// Softmax cross-entropy of logits (batch x classes) against labels (batch of them, each from 0 to
/// classes - 1). An empty batch has loss 0. Errors: counts differ, a label out of range.
template <label_list Labels = std::span<const code_t>>
[[nodiscard]] loss_and_gradient softmax_cross_entropy(const float_matrix& logits,
                                                      const Labels& list) {
  const std::span labels(list);
  if (labels.size() != static_cast<std::size_t>(logits.rows()))
    detail::fail("softmax_cross_entropy: %td rows of logits, %zu labels", logits.rows(),
                 labels.size());
  loss_and_gradient result{0, float_matrix(logits.rows(), logits.cols())};
  const auto batch = static_cast<double>(logits.rows());
  for (index_t r = 0; r < logits.rows(); ++r) {
    const index_t label =
        detail::nn::label_of(labels[static_cast<std::size_t>(r)], r, logits.cols());
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
