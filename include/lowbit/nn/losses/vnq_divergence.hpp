// lowbit/nn/losses/vnq_divergence.hpp – how far a weight's Gaussian is from variational network quantization's prior.
//
// A weight is a Gaussian N(theta, sigma^2), whose prior has spikes at -a, 0 and a. With log alpha = log sigma^2 - log
// theta^2 the divergence from one spike at 0 is nearly
//
//     F(theta, sigma) = k1 - k1 s(k2 + k3 log alpha) + log(1 + 1 / alpha) / 2           s: the logistic function
//
// and that from all spikes is a mixture, in which the nearest counts (W(t) = exp(-t^2 / (2 tau^2))):
//
//     D = sum over c of {-0.2, 0.2}  W(theta - c) F(theta - c, sigma)  +  (1 - sum W(theta - c)) F(theta, sigma)
//
// for a = 0.2. For other a, theta and sigma are scaled by 0.2 / a first.
//
// Sources: Achterhold et al., "Variational network quantization", ICLR 2018, eq. 13 to 17; the constants are those of
// Molchanov et al., arXiv:1701.05369, eq. 14.
#ifndef LOWBIT_NN_LOSSES_VNQ_DIVERGENCE_HPP
#define LOWBIT_NN_LOSSES_VNQ_DIVERGENCE_HPP

#include <cmath>
#include <initializer_list>

#include "lowbit/abi.hpp"

LOWBIT_BEGIN
namespace nn {

/// The divergence of one weight and its derivatives.
struct vnq_divergence {
  double value = 0;
  double by_theta = 0;
  double by_sigma = 0;
};

}  // namespace nn

namespace detail::nn {

/// F and its derivatives; sigma > 0. With the ratio r = theta^2 / sigma^2, 1 / alpha = r and log alpha = -log r.
[[nodiscard]] inline lowbit::nn::vnq_divergence spike_divergence(double theta, double sigma) {
  constexpr double k1 = 0.63576, k2 = 1.87320, k3 = 1.48695;
  const double ratio = theta * theta / (sigma * sigma);
  if (ratio == 0) return {};
  const double s = 1 / (1 + std::exp(-k2 + k3 * std::log(ratio)));
  const double by_log = k1 * k3 * s * (1 - s) + ratio / (1 + ratio) / 2;  // dF / d log ratio
  return {k1 - k1 * s + std::log1p(ratio) / 2, by_log * 2 / theta, -by_log * 2 / sigma};
}

}  // namespace detail::nn

namespace nn {

/// The divergence of N(theta, sigma^2), sigma > 0, from the prior with spikes at -a, 0 and a; a, tau > 0.
[[nodiscard]] inline vnq_divergence divergence_from_spikes(double theta, double sigma,
                                                           double a = 0.2, double tau = 0.075) {
  const double scale = 0.2 / a, t = theta * scale, s = sigma * scale;
  const vnq_divergence at_zero = detail::nn::spike_divergence(t, s);
  double left = 1, left_slope = 0;
  vnq_divergence out;
  for (const double c : {-0.2, 0.2}) {
    const double weight = std::exp(-(t - c) * (t - c) / (2 * tau * tau));
    const double slope = -(t - c) / (tau * tau) * weight;
    const vnq_divergence of_spike = detail::nn::spike_divergence(t - c, s);
    out.value += weight * of_spike.value;
    out.by_theta += slope * of_spike.value + weight * of_spike.by_theta;
    out.by_sigma += weight * of_spike.by_sigma;
    left -= weight;
    left_slope -= slope;
  }
  out.value += left * at_zero.value;
  out.by_theta = scale * (out.by_theta + left_slope * at_zero.value + left * at_zero.by_theta);
  out.by_sigma = scale * (out.by_sigma + left * at_zero.by_sigma);
  return out;
}

}  // namespace nn
LOWBIT_END

#endif
