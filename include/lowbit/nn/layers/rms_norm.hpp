// lowbit/nn/layers/rms_norm.hpp – each pixel divided by its root mean square.
//
//     r = 1 / sqrt(mean over channels of x^2 + epsilon)          y_c = gamma_c r x_c
//     dL/dgamma_c = sum over pixels of g_c r x_c
//     dL/dx_c = r (h_c - r^2 x_c mean(h x)),  h = gamma g
//
// A pixel is a token: a row of numbers of its own scale. BitNet puts it in front of every quantized linear layer. It
// depends on no other image of the batch, and training and evaluation are the same.
//
// Source: Zhang, Sennrich, "Root mean square layer normalization", arXiv:1910.07467, eq. 4; Ma et al., "The era of
// 1-bit LLMs", arXiv:2402.17764.
#ifndef LOWBIT_NN_LAYERS_RMS_NORM_HPP
#define LOWBIT_NN_LAYERS_RMS_NORM_HPP

#include <vector>

#include "lowbit/network/rms_norm.hpp"
#include "lowbit/nn/column_sums.hpp"
#include "lowbit/nn/layers/trainable_layer.hpp"

LOWBIT_BEGIN
namespace nn {

/// gamma = 1 at first. Sums over channels are taken in double (epilogue/rms_norm.hpp says in which order).
class rms_norm : public trainable {
 public:
  /// Errors: channels < 1; epsilon <= 0.
  explicit rms_norm(index_t channels, float epsilon = 1e-5f)
      : epsilon_(epsilon), gamma_(1, detail::checked_size(channels, "nn::rms_norm: channels")) {
    if (channels < 1 || !(epsilon > 0))
      detail::fail("nn::rms_norm: %td channels, epsilon %g: both must be above 0", channels,
                   static_cast<double>(epsilon));
    gamma_.value.setOnes();
  }

  [[nodiscard]] index_t channels() const noexcept { return gamma_.value.cols(); }

  /// Errors: other channels.
  feature_view forward(const feature_view& x) override {
    if (x.shape().channels != channels())
      detail::fail("nn::rms_norm: images of %td channels for %td", x.shape().channels, channels());
    x_.resize(x.shape());
    x_.mutable_pixels() = x.pixels();
    y_.resize(x.shape());
    inverse_.resize(static_cast<std::size_t>(x.pixels().rows()));
    for (index_t r = 0; r < x.pixels().rows(); ++r) {
      const std::span<const float> row(x_.pixels().row(r).data(),
                                       static_cast<std::size_t>(channels()));
      const float inverse = detail::epilogues::inverse_rms(row, epsilon_);
      inverse_[static_cast<std::size_t>(r)] = inverse;
      y_.mutable_pixels().row(r) = inverse * x.pixels().row(r).cwiseProduct(gamma_.value.row(0));
    }
    return y_.read();
  }
  /// Errors: upstream has not the shape of y.
  feature_view backward(const feature_view& upstream) override {
    detail::core::require_same_shape("nn::rms_norm", {"upstream", upstream.shape()},
                                     {"y", y_.shape()});
    const float_matrix &x = x_.pixels(), &g = upstream.pixels();
    const float_matrix h = g.array().rowwise() * gamma_.value.row(0).array();
    dx_.resize(upstream.shape());
    float_matrix along(x.rows(), x.cols());
    for (index_t r = 0; r < x.rows(); ++r) {
      const float inverse = inverse_[static_cast<std::size_t>(r)];
      const auto mean = static_cast<float>(dot(h, x, r) / static_cast<double>(channels()));
      dx_.mutable_pixels().row(r) = inverse * (h.row(r) - inverse * inverse * mean * x.row(r));
      along.row(r) = inverse * g.row(r).cwiseProduct(x.row(r));
    }
    gamma_.gradient = detail::nn::sum_columns(along);
    return dx_.read();
  }

  [[nodiscard]] parameter& gamma() noexcept { return gamma_; }
  /// The same norm for evaluation, with a copy of gamma.
  [[nodiscard]] lowbit::rms_norm frozen() const {
    const float* const from = gamma_.value.data();
    return {{from, from + channels()}, epsilon_};
  }
  /// gamma; valid while the layer lives and is not moved.
  [[nodiscard]] std::vector<parameter*> parameters() override { return {&gamma_}; }

 private:
  [[nodiscard]] static double dot(const float_matrix& a, const float_matrix& b, index_t row) {
    double sum = 0;
    for (index_t c = 0; c < a.cols(); ++c)
      sum += static_cast<double>(a(row, c)) * static_cast<double>(b(row, c));
    return sum;
  }

  float epsilon_;
  parameter gamma_;
  std::vector<float> inverse_;
  feature_map x_, y_, dx_;
};

}  // namespace nn
LOWBIT_END

#endif
