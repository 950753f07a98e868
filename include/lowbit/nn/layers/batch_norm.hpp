// lowbit/nn/layers/batch_norm.hpp – batch normalisation while training.
//
//     xhat = (x - m) / sqrt(v + epsilon)          m, v: mean and population variance of the batch
//     y = gamma xhat + beta                       per channel (column)
//
//     dL/dgamma = sum g xhat      dL/dbeta = sum g
//     dL/dx = gamma / sqrt(v + epsilon) (g - mean g - xhat mean(g xhat))
//
// Shift-based batch normalisation (options.shifts) multiplies by powers of two only, AP2(z) = sign(z) 2^round(log2
// |z|):
//
//     c = x - m       v = mean(c AP2(c))       xhat = c AP2(1 / sqrt(v + epsilon))       y = AP2(gamma) xhat + beta
//
// Its way back is the one above with AP2(gamma), AP2(xhat) and the rounded 1 / sqrt, as in the authors' program.
//
// Running averages follow m and the unbiased variance v n / (n - 1), shift-based ones 1 / sqrt(v + epsilon):
// running = momentum running + (1 - momentum) batch. Evaluation uses them: frozen() hands them to lowbit::batch_norm
// (epilogue/batch_norm.hpp), the one formula that the float path evaluates and that integer thresholds are made from.
//
// Means, variances, running averages and the sums of the way back are taken in double in one defined order
// (nn/column_sums.hpp). So a constant channel normalises to 0, and nothing drifts over millions of rows.
//
// Sources: Ioffe, Szegedy, "Batch normalization", arXiv:1502.03167; Hubara et al., "Binarized neural networks",
// arXiv:1602.02830, algorithm 3.
#ifndef LOWBIT_NN_LAYERS_BATCH_NORM_HPP
#define LOWBIT_NN_LAYERS_BATCH_NORM_HPP

#include <cmath>
#include <vector>

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/epilogue/batch_norm.hpp"
#include "lowbit/nn/column_sums.hpp"
#include "lowbit/nn/layers/trainable_layer.hpp"

LOWBIT_BEGIN
namespace nn {

/// Options of nn::batch_norm. 0 <= momentum < 1, epsilon > 0.
struct batch_norm_options {
  float momentum = 0.9f;
  float epsilon = 1e-4f;
  bool shifts = false;  ///< powers of two; the paper has momentum 0.875 and epsilon 1e-5 then
};

/// gamma = 1, beta = 0, running mean 0 and variance 1 at first.
class batch_norm : public trainable {
 public:
  /// Errors: negative channels; an option out of range.
  explicit batch_norm(index_t channels, batch_norm_options options = {})
      : options_(options),
        gamma_(1, detail::checked_size(channels, "nn::batch_norm: channels")),
        beta_(1, channels),
        running_mean_(size_of(channels), 0.0),
        running_spread_(size_of(channels), 1.0) {
    if (!(options.momentum >= 0 && options.momentum < 1) || !(options.epsilon > 0))
      detail::fail("nn::batch_norm: momentum %g must be in [0, 1), epsilon %g above 0",
                   static_cast<double>(options.momentum), static_cast<double>(options.epsilon));
    gamma_.value.setOnes();
  }

  [[nodiscard]] index_t channels() const noexcept { return gamma_.value.cols(); }

  /// Normalises the pixels of the batch by their own statistics and moves the running averages; in evaluation by the
  /// running averages. Errors: x has other channels, or no pixel.
  feature_view forward(const feature_view& images) override {
    const float_matrix& x = images.pixels();
    if (x.cols() != channels() || x.rows() < 1)
      detail::fail("nn::batch_norm: x is %tdx%td: needs at least 1 row and %td channels", x.rows(),
                   x.cols(), channels());
    if (!training_) return evaluate(images);
    const auto n = static_cast<double>(x.rows());
    const index_t size = channels();
    detail::nn::column_sums sums(size), squares(size);
    for (index_t r = 0; r < x.rows(); ++r) {
      const float* const row = x.data() + r * size;
      sums.add_row(r, [row](std::size_t c) { return static_cast<double>(row[c]); });
    }
    std::vector<double> means;
    for (std::size_t c = 0; c < size_of(size); ++c) means.push_back(sums(c) / n);

    // The square of a float is exact in double, so no compiler can change a bit by fusing it with the sum.
    xhat_.resize(x.rows(), size);
    const auto centre = [&](const auto& factor_of) {
      for (index_t r = 0; r < x.rows(); ++r) {
        const float* const row = x.data() + r * size;
        const double* const mean = means.data();
        float* const centred = xhat_.data() + r * size;
        squares.add_row(r, [=](std::size_t c) {
          centred[c] = static_cast<float>(static_cast<double>(row[c]) - mean[c]);
          return static_cast<double>(centred[c]) * static_cast<double>(factor_of(centred[c]));
        });
      }
    };
    if (options_.shifts)
      centre([](float c) { return nearest_power_of_two(c); });
    else
      centre([](float c) { return c; });
    inverse_.resize(1, size);
    const double old = static_cast<double>(options_.momentum), unbiased = n > 1 ? n / (n - 1) : 1;
    for (std::size_t c = 0; c < size_of(size); ++c) {
      const double variance = squares(c) / n;
      const double inverse = 1 / std::sqrt(variance + static_cast<double>(options_.epsilon));
      const double spread = options_.shifts ? inverse : unbiased * variance;
      inverse_.data()[c] = factor(static_cast<float>(inverse));
      running_mean_[c] = old * running_mean_[c] + (1 - old) * means[c];
      running_spread_[c] = old * running_spread_[c] + (1 - old) * spread;
    }

    y_.resize(images.shape());
    // One pass over both: batches of images do not fit a cache.
    const float_matrix gammas = factors(gamma_.value);
    const float *const scale = inverse_.data(), *const gamma = gammas.data(),
                       *const beta = beta_.value.data();
    for (index_t r = 0; r < x.rows(); ++r) {
      float *const xhat = xhat_.data() + r * size, *const y = y_.mutable_pixels().data() + r * size;
      for (index_t c = 0; c < size; ++c) {
        xhat[c] *= scale[c];
        y[c] = xhat[c] * gamma[c] + beta[c];
      }
    }
    if (options_.shifts) xhat_ = factors(xhat_);
    return y_.read();
  }

  /// dL/dx for the last forward(); leaves dL/dgamma and dL/dbeta. Errors: another shape.
  feature_view backward(const feature_view& gradient) override {
    detail::core::require_same_shape("nn::batch_norm", {"upstream", gradient.shape()},
                                     {"y", y_.shape()});
    const float_matrix& upstream = gradient.pixels();
    const auto n = static_cast<double>(upstream.rows());
    const index_t size = channels();
    detail::nn::column_sums sums(size), along_xhat(size);
    for (index_t r = 0; r < upstream.rows(); ++r) {
      const float *const g = upstream.data() + r * size, *const xhat = xhat_.data() + r * size;
      sums.add_row(r, [g](std::size_t c) { return static_cast<double>(g[c]); });
      along_xhat.add_row(r, [=](std::size_t c) {
        return static_cast<double>(g[c]) * static_cast<double>(xhat[c]);
      });
    }
    float_matrix mean(1, size), along(1, size);
    for (std::size_t c = 0; c < size_of(size); ++c) {
      const double sum = sums(c), sum_along = along_xhat(c);
      beta_.gradient.data()[c] = static_cast<float>(sum);
      gamma_.gradient.data()[c] = static_cast<float>(sum_along);
      mean.data()[c] = static_cast<float>(sum / n);
      along.data()[c] = static_cast<float>(sum_along / n);
    }
    const float_matrix slope = factors(gamma_.value).cwiseProduct(inverse_);
    dx_.resize(gradient.shape());
    for (index_t r = 0; r < upstream.rows(); ++r) {
      const float *const g = upstream.data() + r * size, *const xhat = xhat_.data() + r * size;
      float* const dx = dx_.mutable_pixels().data() + r * size;
      for (index_t c = 0; c < size; ++c)
        dx[c] = (g[c] - mean.data()[c] - xhat[c] * along.data()[c]) * slope.data()[c];
    }
    return dx_.read();
  }

  /// The evaluation path: the library's inference batch norm with the running averages.
  [[nodiscard]] lowbit::batch_norm frozen() const {
    const float_matrix gammas = factors(gamma_.value);
    return {elements(gammas), elements(beta_.value), elements(running_mean()),
            elements(running_variance()), options_.shifts ? 0 : options_.epsilon};
  }

  [[nodiscard]] parameter& gamma() noexcept { return gamma_; }
  [[nodiscard]] parameter& beta() noexcept { return beta_; }
  /// gamma and beta; valid while the layer lives and is not moved.
  [[nodiscard]] std::vector<parameter*> parameters() override { return {&gamma_, &beta_}; }
  void set_training(bool training) override { training_ = training; }
  void write_state(std::vector<double>& to) const override {
    to.insert(to.end(), running_mean_.begin(), running_mean_.end());
    to.insert(to.end(), running_spread_.begin(), running_spread_.end());
  }
  void read_state(std::span<const double>& from) override {
    for (double& mean : running_mean_) mean = detail::nn::take_state(from);
    for (double& spread : running_spread_) spread = detail::nn::take_state(from);
  }
  /// The running averages, 1 x channels, rounded to float.
  [[nodiscard]] float_matrix running_mean() const { return rounded(running_mean_); }
  /// With shifts the power of four whose 1 / sqrt is the average's nearest power of two, epsilon included.
  [[nodiscard]] float_matrix running_variance() const {
    if (!options_.shifts) return rounded(running_spread_);
    const float_matrix inverse = factors(rounded(running_spread_));
    return inverse.array().square().inverse();
  }

 private:
  feature_view evaluate(const feature_view& images) {
    const lowbit::batch_norm bn = frozen();
    y_.resize(images.shape());
    for (index_t r = 0; r < images.pixels().rows(); ++r)
      for (index_t c = 0; c < channels(); ++c)
        y_.mutable_pixels()(r, c) = bn(images.pixels()(r, c), c);
    return y_.read();
  }
  /// What is multiplied with: x, or the nearest power of two.
  [[nodiscard]] float factor(float x) const noexcept {
    return options_.shifts ? nearest_power_of_two(x) : x;
  }
  [[nodiscard]] float_matrix factors(const float_matrix& x) const {
    return x.unaryExpr([this](float v) { return factor(v); });
  }
  [[nodiscard]] static std::size_t size_of(index_t channels) noexcept {
    return static_cast<std::size_t>(channels);
  }
  [[nodiscard]] static float_matrix rounded(const std::vector<double>& floats) {
    float_matrix out(1, static_cast<index_t>(floats.size()));
    for (std::size_t c = 0; c < floats.size(); ++c) out.data()[c] = static_cast<float>(floats[c]);
    return out;
  }

  batch_norm_options options_;
  bool training_ = true;
  parameter gamma_, beta_;
  std::vector<double> running_mean_, running_spread_;  ///< of the variance, or of 1 / sqrt
  float_matrix xhat_, inverse_;
  feature_map y_, dx_;
};

}  // namespace nn
LOWBIT_END

#endif
