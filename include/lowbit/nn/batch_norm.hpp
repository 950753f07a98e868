// lowbit/nn/batch_norm.hpp – batch normalisation while training.
//
//     xhat = (x - m) / sqrt(v + epsilon)          m, v: mean and population variance of the batch
//     y = gamma xhat + beta                       per channel (column)
//
//     dL/dgamma = sum g xhat      dL/dbeta = sum g
//     dL/dx = gamma / sqrt(v + epsilon) (g - mean g - xhat mean(g xhat))
//
// Running averages follow m and the unbiased variance v n / (n - 1):
// running = momentum running + (1 - momentum) batch. Evaluation uses them, and is not written here:
// frozen() hands them to lowbit::batch_norm (epilogue/batch_norm.hpp), the one formula that the float
// path evaluates and that integer thresholds are made from.
//
// Source: Ioffe, Szegedy, "Batch normalization", arXiv:1502.03167.
#ifndef LOWBIT_NN_BATCH_NORM_HPP
#define LOWBIT_NN_BATCH_NORM_HPP

#include "lowbit/epilogue/batch_norm.hpp"
#include "lowbit/nn/parameter.hpp"

LOWBIT_BEGIN
namespace nn {

/// Options of nn::batch_norm. 0 <= momentum < 1, epsilon > 0.
struct batch_norm_options {
  float momentum = 0.9f;
  float epsilon = 1e-4f;
};

/// gamma = 1, beta = 0, running mean 0 and variance 1 at first.
class batch_norm {
 public:
  /// Errors: negative channels; an option out of range.
  explicit batch_norm(index_t channels, batch_norm_options options = {})
      : options_(options),
        gamma_(1, detail::checked_size(channels, "nn::batch_norm: channels")),
        beta_(1, channels),
        running_mean_(real_matrix::Zero(1, channels)),
        running_variance_(real_matrix::Ones(1, channels)) {
    if (!(options.momentum >= 0 && options.momentum < 1) || !(options.epsilon > 0))
      detail::fail("nn::batch_norm: momentum %g must be in [0, 1), epsilon %g above 0",
                   static_cast<double>(options.momentum), static_cast<double>(options.epsilon));
    gamma_.value.setOnes();
  }

  [[nodiscard]] index_t channels() const noexcept { return gamma_.value.cols(); }

  /// Normalises the batch x (batch x channels) by its own statistics and moves the running averages.
  /// Errors: x has other channels, or no row.
  const real_matrix& forward(const real_matrix& x) {
    if (x.cols() != channels() || x.rows() < 1)
      detail::fail("nn::batch_norm: x is %tdx%td: needs at least 1 row and %td channels", x.rows(),
                   x.cols(), channels());
    const auto n = static_cast<float>(x.rows());
    const real_matrix mean = x.colwise().sum() / n;
    xhat_ = x.rowwise() - mean.row(0);
    const real_matrix variance = xhat_.colwise().squaredNorm() / n;
    inverse_ = (variance.array() + options_.epsilon).sqrt().inverse();
    y_.resize(x.rows(), x.cols());
    // One pass over both: batches of images do not fit a cache.
    const float *const scale = inverse_.data(), *const gamma = gamma_.value.data(),
                       *const beta = beta_.value.data();
    for (index_t r = 0; r < x.rows(); ++r) {
      float *const xhat = xhat_.row(r).data(), *const y = y_.row(r).data();
      for (index_t c = 0; c < x.cols(); ++c) {
        xhat[c] *= scale[c];
        y[c] = xhat[c] * gamma[c] + beta[c];
      }
    }

    const float old = options_.momentum;
    const float unbiased = n > 1 ? n / (n - 1) : 1;
    running_mean_ = old * running_mean_ + (1 - old) * mean;
    running_variance_ = old * running_variance_ + (1 - old) * unbiased * variance;
    return y_;
  }

  /// dL/dx for the last forward(); leaves dL/dgamma and dL/dbeta. Errors: another shape.
  const real_matrix& backward(const real_matrix& upstream) {
    if (upstream.rows() != y_.rows() || upstream.cols() != y_.cols())
      detail::fail("nn::batch_norm: upstream is %tdx%td, y was %tdx%td", upstream.rows(),
                   upstream.cols(), y_.rows(), y_.cols());
    const auto n = static_cast<float>(upstream.rows());
    beta_.gradient = upstream.colwise().sum();
    gamma_.gradient = upstream.cwiseProduct(xhat_).colwise().sum();
    const real_matrix slope = gamma_.value.cwiseProduct(inverse_);
    const real_matrix mean = beta_.gradient / n, along = gamma_.gradient / n;
    dx_.resize(upstream.rows(), upstream.cols());
    for (index_t r = 0; r < upstream.rows(); ++r) {
      const float *const g = upstream.row(r).data(), *const xhat = xhat_.row(r).data();
      float* const dx = dx_.row(r).data();
      for (index_t c = 0; c < upstream.cols(); ++c)
        dx[c] = (g[c] - mean.data()[c] - xhat[c] * along.data()[c]) * slope.data()[c];
    }
    return dx_;
  }

  /// The evaluation path: the library's inference batch norm with the running averages.
  [[nodiscard]] lowbit::batch_norm frozen() const {
    return {elements(gamma_.value), elements(beta_.value), elements(running_mean_),
            elements(running_variance_), options_.epsilon};
  }

  [[nodiscard]] parameter& gamma() noexcept { return gamma_; }
  [[nodiscard]] parameter& beta() noexcept { return beta_; }
  [[nodiscard]] const real_matrix& running_mean() const noexcept { return running_mean_; }
  [[nodiscard]] const real_matrix& running_variance() const noexcept { return running_variance_; }

 private:
  batch_norm_options options_;
  parameter gamma_, beta_;
  real_matrix running_mean_, running_variance_;
  real_matrix xhat_, inverse_, y_, dx_;
};

}  // namespace nn
LOWBIT_END

#endif
