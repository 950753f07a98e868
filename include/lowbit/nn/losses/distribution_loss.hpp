// lowbit/nn/losses/distribution_loss.hpp – keeps the numbers in front of a sign where its gradient is of use.
//
// Per channel, over the batch: mean m, standard deviation s = sqrt(variance + 1e-10).
//
//     band        mean over channels of  max(0, 2 - |m| - s)^2 + max(0, s - 4)^2       too narrow, or too wide
//     mismatch    mean over channels of  max(0, m^2 - s^2)                             one sign for all images
//
// Both are 0 inside the band s <= 4, |m| <= s, |m| + s >= 2. The paper adds 2 (band + mismatch), averaged over the
// layers, for the first half of training. The layer nn::distribution_penalty does so in the backward pass.
//
//     dm/dx = 1 / n          ds/dx = (x - m) / (n s)
//
// Source: Ding et al., "Regularizing activation distribution for training binarized deep networks", arXiv:1904.02823,
// section 3.2, as in the authors' program.
#ifndef LOWBIT_NN_LOSSES_DISTRIBUTION_LOSS_HPP
#define LOWBIT_NN_LOSSES_DISTRIBUTION_LOSS_HPP

#include <cmath>
#include <vector>

#include "lowbit/nn/column_sums.hpp"

LOWBIT_BEGIN
namespace nn {

struct distribution_losses {
  std::vector<double> mean, deviation;  ///< per channel
  double band = 0;
  double mismatch = 0;
  float_matrix gradient;  ///< of band + mismatch with respect to x
};

/// x has one row per image or pixel and one column per channel. Without rows all is 0.
[[nodiscard]] inline distribution_losses distribution_loss(const float_matrix& x) {
  const auto channels = static_cast<std::size_t>(x.cols());
  const auto n = static_cast<double>(x.rows()), each = 1 / static_cast<double>(x.cols());
  distribution_losses out{std::vector<double>(channels), std::vector<double>(channels), 0, 0,
                          float_matrix::Zero(x.rows(), x.cols())};
  if (x.size() == 0) return out;
  const auto at = [&](index_t r, std::size_t c) {
    return static_cast<double>(x(r, static_cast<index_t>(c)));
  };
  detail::nn::column_sums sums(x.cols()), squares(x.cols());
  for (index_t r = 0; r < x.rows(); ++r) sums.add_row(r, [&](std::size_t c) { return at(r, c); });
  for (std::size_t c = 0; c < channels; ++c) out.mean[c] = sums(c) / n;
  for (index_t r = 0; r < x.rows(); ++r)
    squares.add_row(
        r, [&](std::size_t c) { return (at(r, c) - out.mean[c]) * (at(r, c) - out.mean[c]); });
  for (std::size_t c = 0; c < channels; ++c) {
    const double m = out.mean[c], s = out.deviation[c] = std::sqrt(squares(c) / n + 1e-10);
    const double narrow = std::fmax(0, 2 - std::fabs(m) - s), wide = std::fmax(0, s - 4);
    const double off = std::fmax(0, m * m - s * s), side = m > 0 ? 1 : m < 0 ? -1 : 0;
    out.band += each * (narrow * narrow + wide * wide);
    out.mismatch += each * off;
    const double by_mean = each * (-2 * narrow * side + (off > 0 ? 2 * m : 0));
    const double by_deviation = each * (2 * wide - 2 * narrow - (off > 0 ? 2 * s : 0));
    for (index_t r = 0; r < x.rows(); ++r)
      out.gradient(r, static_cast<index_t>(c)) =
          static_cast<float>((by_mean + by_deviation * (at(r, c) - m) / s) / n);
  }
  return out;
}

}  // namespace nn
LOWBIT_END

#endif
