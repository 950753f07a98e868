// lowbit/nn/losses/softmax.hpp – the probabilities that logits stand for.
//
//     p_c = exp(z_c / T) / sum_k exp(z_k / T)
//
// T is the temperature, 1 but in distillation. The largest logit is subtracted first, so no exponential overflows.
#ifndef LOWBIT_NN_LOSSES_SOFTMAX_HPP
#define LOWBIT_NN_LOSSES_SOFTMAX_HPP

#include <cmath>
#include <vector>

#include "lowbit/nn/float_matrix.hpp"

LOWBIT_BEGIN
namespace nn {

/// A loss and its gradient with respect to the logits (batch x classes).
struct loss_and_gradient {
  double loss = 0;
  float_matrix gradient;
};

}  // namespace nn

namespace detail::nn {

/// Softmax of one row, in double.
struct softmax_row {
  std::vector<double> p;
  double log_sum = 0;  ///< log sum_k exp(z_k / T), so that log p_c = z_c / T - log_sum

  softmax_row(const lowbit::nn::float_matrix& logits, index_t row, double temperature = 1)
      : p(static_cast<std::size_t>(logits.cols())) {
    const auto z = [&](std::size_t c) {
      return static_cast<double>(logits(row, static_cast<index_t>(c))) / temperature;
    };
    const double largest = static_cast<double>(logits.row(row).maxCoeff()) / temperature;
    double sum = 0;
    for (std::size_t c = 0; c < p.size(); ++c) sum += p[c] = std::exp(z(c) - largest);
    for (double& each : p) each /= sum;
    log_sum = std::log(sum) + largest;
  }
};

/// Errors: the shapes of two matrices differ.
inline void require_same_size(const char* who, const lowbit::nn::float_matrix& x, const char* name,
                              const lowbit::nn::float_matrix& y, const char* other) {
  if (x.rows() != y.rows() || x.cols() != y.cols())
    fail("%s: %s is %tdx%td, %s is %tdx%td", who, name, x.rows(), x.cols(), other, y.rows(),
         y.cols());
}

}  // namespace detail::nn
LOWBIT_END

#endif
