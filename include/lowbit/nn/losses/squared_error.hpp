// lowbit/nn/losses/squared_error.hpp – squared distances from targets.
//
//     mean_squared_error    loss = mean over all elements of (y - t)^2              dL/dy = 2 (y - t) / elements
//     sum_squared_error     loss = mean over the batch of sum_c (y - t)^2 / 2       dL/dy = (y - t) / batch
//
// The second is WAGE's: its error is y - t, which its quantizer of errors scales anyway (arXiv:1802.04680, section 3).
// Targets of a classifier: nn::one_hot().
#ifndef LOWBIT_NN_LOSSES_SQUARED_ERROR_HPP
#define LOWBIT_NN_LOSSES_SQUARED_ERROR_HPP

#include "lowbit/nn/losses/softmax.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// sum of weight (y - t)^2 and its gradient.
[[nodiscard]] inline lowbit::nn::loss_and_gradient squared_distance(
    const char* who, const lowbit::nn::float_matrix& y, const lowbit::nn::float_matrix& target,
    double weight) {
  require_same_size(who, y, "y", target, "target");
  lowbit::nn::loss_and_gradient result{0, lowbit::nn::float_matrix(y.rows(), y.cols())};
  for (index_t i = 0; i < y.size(); ++i) {
    const double off = static_cast<double>(y.data()[i]) - static_cast<double>(target.data()[i]);
    result.loss += weight * off * off;
    result.gradient.data()[i] = static_cast<float>(2 * weight * off);
  }
  return result;
}

}  // namespace detail::nn

namespace nn {

/// Errors: the shapes differ.
[[nodiscard]] inline loss_and_gradient mean_squared_error(const float_matrix& y,
                                                          const float_matrix& target) {
  return detail::nn::squared_distance("mean_squared_error", y, target,
                                      1 / static_cast<double>(y.size()));
}
/// Errors: the shapes differ.
[[nodiscard]] inline loss_and_gradient sum_squared_error(const float_matrix& y,
                                                         const float_matrix& target) {
  return detail::nn::squared_distance("sum_squared_error", y, target,
                                      0.5 / static_cast<double>(y.rows()));
}

}  // namespace nn
LOWBIT_END

#endif
