// lowbit/epilogue/batch_norm.hpp – batch normalisation at inference: one function for the float path and for bits.
//
//     y = gamma (x - mean) / sqrt(variance + epsilon) + beta          per channel
//
// Folded to y = float( double(float(x - mean)) * double(scale) + double(beta) ) with
// scale = gamma / sqrt(variance + epsilon) rounded to float once. Every step is monotone in x. The product is exact
// in double, so no compiler can change a bit by fusing operations. So the float path of a network agrees by
// construction with the integer thresholds that replace it on bits (epilogue/threshold.hpp).
//
// Source: Ioffe, Szegedy, "Batch normalization", arXiv:1502.03167.
#ifndef LOWBIT_EPILOGUE_BATCH_NORM_HPP
#define LOWBIT_EPILOGUE_BATCH_NORM_HPP

#include <cmath>
#include <span>

#include "lowbit/core/buffer.hpp"
#include "lowbit/core/float_bits.hpp"

LOWBIT_BEGIN
namespace detail::epilogues {

/// The one formula; see the head of this file.
[[nodiscard]] LOWBIT_INLINE float normalise(float x, float mean, double scale,
                                            double beta) noexcept {
  const auto centred = static_cast<float>(static_cast<double>(x) - static_cast<double>(mean));
  return static_cast<float>(static_cast<double>(centred) * scale + beta);
}

inline void require_finite_parameter(float x, const char* name, index_t channel) {
  if (!is_finite(x))
    fail("batch_norm: %s of channel %td is %g: it must be finite", name, channel,
         static_cast<double>(x));
}

}  // namespace detail::epilogues
LOWBIT_END

namespace lowbit {

/// Pointers to the folded parameters of a batch_norm. Loops take them by value, so that their stores cannot alias the
/// pointers.
struct batch_norm_view {
  const float* mean;
  const double *scale, *beta;  ///< floats, converted once
  index_t size;

  /// The normalised value of x in one channel, 0 <= channel < size.
  [[nodiscard]] LOWBIT_INLINE float operator()(float x, index_t channel) const noexcept {
    return detail::epilogues::normalise(x, mean[channel], scale[channel], beta[channel]);
  }
};

/// The folded parameters of n channels; bn(x, channel) applies one. gamma may be negative or 0.
/// Errors: lengths differ, a parameter is not finite, variance + epsilon <= 0.
class batch_norm {
 public:
  LOWBIT_INLINE batch_norm() noexcept {}
  LOWBIT_INLINE batch_norm(const batch_norm&) = default;
  LOWBIT_INLINE batch_norm(batch_norm&&) noexcept = default;
  LOWBIT_INLINE batch_norm& operator=(batch_norm other) noexcept {
    mean_.swap(other.mean_);
    scale_.swap(other.scale_);
    beta_.swap(other.beta_);
    return *this;
  }
  LOWBIT_INLINE ~batch_norm() = default;
  LOWBIT_INLINE batch_norm(std::span<const float> gamma, std::span<const float> beta,
                           std::span<const float> mean, std::span<const float> variance,
                           float epsilon)
      : mean_(static_cast<index_t>(mean.size())),
        scale_(static_cast<index_t>(mean.size())),
        beta_(static_cast<index_t>(mean.size())) {
    if (gamma.size() != mean.size() || beta.size() != mean.size() || variance.size() != mean.size())
      detail::fail(
          "batch_norm: %zu gammas, %zu betas, %zu means, %zu variances: there must be one of each "
          "per channel",
          gamma.size(), beta.size(), mean.size(), variance.size());
    for (std::size_t c = 0; c < mean.size(); ++c) {
      const auto channel = static_cast<index_t>(c);
      detail::epilogues::require_finite_parameter(gamma[c], "gamma", channel);
      detail::epilogues::require_finite_parameter(beta[c], "beta", channel);
      detail::epilogues::require_finite_parameter(mean[c], "mean", channel);
      detail::epilogues::require_finite_parameter(variance[c], "variance", channel);
      const double spread = static_cast<double>(variance[c]) + static_cast<double>(epsilon);
      if (!(spread > 0))
        detail::fail("batch_norm: channel %td: variance %g + epsilon %g must be > 0", channel,
                     static_cast<double>(variance[c]), static_cast<double>(epsilon));
      mean_[channel] = mean[c];
      const auto scale = static_cast<float>(static_cast<double>(gamma[c]) / std::sqrt(spread));
      detail::epilogues::require_finite_parameter(scale, "gamma / sqrt(variance + epsilon)",
                                                  channel);
      scale_[channel] = static_cast<double>(scale);
      beta_[channel] = static_cast<double>(beta[c]);
    }
  }

  /// Number of channels.
  [[nodiscard]] LOWBIT_INLINE index_t size() const noexcept { return mean_.size(); }
  /// Bytes held.
  [[nodiscard]] LOWBIT_INLINE index_t bytes() const noexcept {
    return size() * static_cast<index_t>(sizeof(float) + 2 * sizeof(double));
  }
  /// The normalised value of x in one channel, 0 <= channel < size().
  [[nodiscard]] LOWBIT_INLINE float operator()(float x, index_t channel) const noexcept {
    return batch_norm_view(*this)(x, channel);
  }
  [[nodiscard]] LOWBIT_INLINE operator batch_norm_view() const noexcept {
    return {mean_.data(), scale_.data(), beta_.data(), size()};
  }
  /// The folded parameters of one channel: gamma = scale with variance 1 and epsilon 0 gives them again.
  [[nodiscard]] LOWBIT_INLINE float mean(index_t channel) const noexcept { return mean_[channel]; }
  [[nodiscard]] LOWBIT_INLINE float scale(index_t channel) const noexcept {
    return static_cast<float>(scale_[channel]);
  }
  [[nodiscard]] LOWBIT_INLINE float beta(index_t channel) const noexcept {
    return static_cast<float>(beta_[channel]);
  }

 private:
  buffer<float> mean_;
  buffer<double> scale_, beta_;
};

}  // namespace lowbit

#endif
