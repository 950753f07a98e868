// lowbit/nn/losses/weight_penalties.hpp – losses of the weights alone.
//
//     const auto penalty = nn::towards_levels(w.value, alpha, 1e-4, nn::distance::absolute);
//     w.gradient += penalty.gradient;                  between the backward pass and the optimizer's step
//
//     towards_levels   absolute   lambda sum | |w| - alpha |          pulls weights towards -alpha and +alpha  (BNN+)
//                      squared    lambda sum (|w| - alpha)^2
//     orthogonality    beta / 2 ||W^T W - I||^2, or ||W W^T - I||^2 where W has fewer rows than columns: keeps a layer
//                      from amplifying the noise of quantized activations                     (defensive quantization)
//
// Sources: Darabi et al., "BNN+", arXiv:1812.11800, section 3.3; Lin et al., "Defensive quantization",
// arXiv:1904.08444, eq. 5 and 6.
#ifndef LOWBIT_NN_LOSSES_WEIGHT_PENALTIES_HPP
#define LOWBIT_NN_LOSSES_WEIGHT_PENALTIES_HPP

#include "lowbit/nn/float_matrix.hpp"

LOWBIT_BEGIN
namespace nn {

struct weight_penalty {
  double loss = 0;
  float_matrix gradient;      ///< dL/dw
  double alpha_gradient = 0;  ///< dL/dalpha, where there is one
};

enum class distance { absolute, squared };

/// The distance of every weight from the nearer of -alpha and +alpha. The derivative takes the sign of w, +1 for 0, and
/// is 0 where |w| = alpha.
[[nodiscard]] inline weight_penalty towards_levels(const float_matrix& w, double alpha,
                                                   double lambda, distance by) {
  weight_penalty out{0, float_matrix(w.rows(), w.cols()), 0};
  for (index_t i = 0; i < w.size(); ++i) {
    const auto x = static_cast<double>(w.data()[i]);
    const double side = x < 0 ? -1 : 1, off = side * x - alpha;
    const double slope = by == distance::squared ? 2 * off : off > 0 ? 1 : off < 0 ? -1 : 0;
    out.loss += lambda * (by == distance::squared ? off * off : off < 0 ? -off : off);
    out.gradient.data()[i] = static_cast<float>(lambda * slope * side);
    out.alpha_gradient -= lambda * slope;
  }
  return out;
}

/// W as it lies, a row per filter: a float_matrix or a block of one. The smaller of both Gram matrices is made; 2
/// size^2 length products in double. (A template, so that only its users compile Eigen's products of doubles.)
template <class Weights>
[[nodiscard]] weight_penalty orthogonality(const Weights& w, double beta) {
  const Eigen::MatrixXd all = w.template cast<double>();
  const bool tall = w.rows() >= w.cols();
  Eigen::MatrixXd gram = tall ? Eigen::MatrixXd(all.transpose() * all) : all * all.transpose();
  gram.diagonal().array() -= 1;
  const Eigen::MatrixXd slope = 2 * beta * (tall ? Eigen::MatrixXd(all * gram) : gram * all);
  return {beta / 2 * gram.squaredNorm(), slope.cast<float>(), 0};
}

}  // namespace nn
LOWBIT_END

#endif
