// lowbit/nn/losses/loss_error.hpp – what quantizing weights does to the loss, as a penalty (ELQ).
//
//     Lp = L(W) - L(Q(W)), nearly g . (W - Q(W))          g = dL/dQ, the gradient at the quantized weights
//     penalty = a |Lp| + b ||W - Q(W)||^2
//     dpenalty/dW = a sign(Lp) g + 2 b (W - Q(W))         g and Q(W) are constants
//
// A weight far from its level may matter little to the loss, and a near one much: the first term sees this, the second does
// not. With straight-through gradients g is what the backward pass leaves:
//
//     net.backward_parameters(...);
//     const auto error = nn::loss_error(w.value, quantized, w.gradient, 0.1, 1e-4);
//     w.gradient += error.gradient;                       then the optimizer's step
//
// ELQ quantizes portion by portion, as INQ does (nn/policies/portions.hpp). Weights that are quantized already are frozen;
// they are their own levels, so both terms see the open weights alone.
//
// Source: Zhou et al., "Explicit loss-error-aware quantization for low-bit deep neural networks", CVPR 2018, section 3.
#ifndef LOWBIT_NN_LOSSES_LOSS_ERROR_HPP
#define LOWBIT_NN_LOSSES_LOSS_ERROR_HPP

#include "lowbit/nn/losses/softmax.hpp"

LOWBIT_BEGIN
namespace nn {

/// What loss_error() finds. `change` is Lp, with its sign: below 0 where quantizing raises the loss.
struct loss_error_result {
  double loss = 0;
  double change = 0;
  float_matrix gradient;  ///< with respect to W; at 0 the sign of Lp counts as 0
};

/// W, Q(W) and g of one layer, of one shape; a, b >= 0. Sums in double. Errors: shapes differ.
[[nodiscard]] inline loss_error_result loss_error(const float_matrix& w,
                                                  const float_matrix& quantized,
                                                  const float_matrix& g, double a, double b) {
  detail::nn::require_same_size("nn::loss_error", w, "w", quantized, "quantized");
  detail::nn::require_same_size("nn::loss_error", w, "w", g, "g");
  const auto off = [&](index_t i) {
    return static_cast<double>(w.data()[i]) - static_cast<double>(quantized.data()[i]);
  };
  loss_error_result out{0, 0, float_matrix(w.rows(), w.cols())};
  double distance = 0;
  for (index_t i = 0; i < w.size(); ++i) {
    out.change += static_cast<double>(g.data()[i]) * off(i);
    distance += off(i) * off(i);
  }
  const double side = out.change > 0 ? 1 : out.change < 0 ? -1 : 0;
  out.loss = a * side * out.change + b * distance;
  for (index_t i = 0; i < w.size(); ++i)
    out.gradient.data()[i] =
        static_cast<float>(a * side * static_cast<double>(g.data()[i]) + 2 * b * off(i));
  return out;
}

}  // namespace nn
LOWBIT_END

#endif
