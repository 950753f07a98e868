// lowbit/nn/layers/layer_norm.hpp – each pixel minus its mean, divided by its deviation.
//
//     m = mean over channels of x      r = 1 / sqrt(mean of (x - m)^2 + epsilon)      xhat_c = r (x_c - m)
//     y_c = gamma_c xhat_c + beta_c
//     dL/dgamma_c = sum over pixels of g_c xhat_c      dL/dbeta_c = sum of g_c
//     dL/dx_c = r (h_c - mean h - xhat_c mean(h xhat)),  h = gamma g
//
// A pixel is a token, as in rms_norm.hpp. The first BitNet has this norm in front of a quantized linear layer.
//
// Source: Ba, Kiros, Hinton, "Layer normalization", arXiv:1607.06450, eq. 4.
#ifndef LOWBIT_NN_LAYERS_LAYER_NORM_HPP
#define LOWBIT_NN_LAYERS_LAYER_NORM_HPP

#include <cmath>
#include <vector>

#include "lowbit/nn/column_sums.hpp"
#include "lowbit/nn/layers/trainable_layer.hpp"

LOWBIT_BEGIN
namespace nn {

/// gamma = 1 and beta = 0 at first. Sums over channels are taken in double.
class layer_norm : public trainable {
 public:
  /// Errors: channels < 1; epsilon <= 0.
  explicit layer_norm(index_t channels, float epsilon = 1e-5f)
      : epsilon_(epsilon),
        gamma_(1, detail::checked_size(channels, "nn::layer_norm: channels")),
        beta_(1, channels) {
    if (channels < 1 || !(epsilon > 0))
      detail::fail("nn::layer_norm: %td channels, epsilon %g: both must be above 0", channels,
                   static_cast<double>(epsilon));
    gamma_.value.setOnes();
  }

  [[nodiscard]] index_t channels() const noexcept { return gamma_.value.cols(); }

  /// Errors: other channels.
  feature_view forward(const feature_view& x) override {
    if (x.shape().channels != channels())
      detail::fail("nn::layer_norm: images of %td channels for %td", x.shape().channels,
                   channels());
    y_.resize(x.shape());
    xhat_.resize(x.pixels().rows(), channels());
    inverse_.resize(static_cast<std::size_t>(x.pixels().rows()));
    const auto n = static_cast<double>(channels());
    for (index_t r = 0; r < xhat_.rows(); ++r) {
      double mean = 0, variance = 0;
      for (index_t c = 0; c < channels(); ++c) mean += static_cast<double>(x.pixels()(r, c)) / n;
      for (index_t c = 0; c < channels(); ++c) {
        const double centred = static_cast<double>(x.pixels()(r, c)) - mean;
        variance += centred * centred / n;
      }
      const double inverse = 1 / std::sqrt(variance + static_cast<double>(epsilon_));
      inverse_[static_cast<std::size_t>(r)] = static_cast<float>(inverse);
      for (index_t c = 0; c < channels(); ++c)
        xhat_(r, c) = static_cast<float>(inverse * (static_cast<double>(x.pixels()(r, c)) - mean));
      y_.mutable_pixels().row(r) =
          xhat_.row(r).cwiseProduct(gamma_.value.row(0)) + beta_.value.row(0);
    }
    return y_.read();
  }
  /// Errors: upstream has not the shape of y.
  feature_view backward(const feature_view& upstream) override {
    detail::core::require_same_shape("nn::layer_norm", {"upstream", upstream.shape()},
                                     {"y", y_.shape()});
    const float_matrix& g = upstream.pixels();
    const float_matrix h = g.array().rowwise() * gamma_.value.row(0).array();
    dx_.resize(upstream.shape());
    const auto n = static_cast<double>(channels());
    for (index_t r = 0; r < g.rows(); ++r) {
      double mean = 0, along = 0;
      for (index_t c = 0; c < channels(); ++c) {
        mean += static_cast<double>(h(r, c)) / n;
        along += static_cast<double>(h(r, c)) * static_cast<double>(xhat_(r, c)) / n;
      }
      dx_.mutable_pixels().row(r) =
          inverse_[static_cast<std::size_t>(r)] * (h.row(r).array() - static_cast<float>(mean) -
                                                   static_cast<float>(along) * xhat_.row(r).array())
                                                      .matrix();
    }
    gamma_.gradient = detail::nn::sum_columns(g.cwiseProduct(xhat_));
    beta_.gradient = detail::nn::sum_columns(g);
    return dx_.read();
  }

  [[nodiscard]] parameter& gamma() noexcept { return gamma_; }
  [[nodiscard]] parameter& beta() noexcept { return beta_; }
  /// gamma and beta; valid while the layer lives and is not moved.
  [[nodiscard]] std::vector<parameter*> parameters() override { return {&gamma_, &beta_}; }

 private:
  float epsilon_;
  parameter gamma_, beta_;
  std::vector<float> inverse_;
  float_matrix xhat_;
  feature_map y_, dx_;
};

}  // namespace nn
LOWBIT_END

#endif
