// lowbit/quantize/methods/vnq.hpp – variational network quantization: the most likely codes.
//
// Training ends with a Gaussian N(theta, sigma^2) per weight, near the codebook {-a, 0, a} because of its prior. Then
//
//     log alpha = log sigma^2 - log theta^2        alpha: noise over signal
//     0                       if log alpha >= 3    more noise than signal: pruned
//     the nearest level       otherwise            a tie goes to 0
//
// The code of theta is the second line alone, a ternary threshold at a / 2; map_code(theta, sigma) uses both lines.
// The gradient is the identity: training runs on theta itself.
//
// Source: Achterhold et al., "Variational network quantization", ICLR 2018, section 3.
#ifndef LOWBIT_QUANTIZE_METHODS_VNQ_HPP
#define LOWBIT_QUANTIZE_METHODS_VNQ_HPP

#include <cmath>

#include "lowbit/encoding/ternary.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// The nearest of -a, 0, a; with a sigma, the maximum a posteriori.
struct vnq {
  using encoding = ternary;

  float a = 0.2f;             ///< > 0; trained together with the weights
  float log_alpha_limit = 3;  ///< pruned from here on

  void validate() const {
    detail::quantizers::require_positive(a, "vnq", "a");
    detail::quantizers::require_number(log_alpha_limit, "vnq", "log_alpha_limit");
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {a, 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats theta) const noexcept {
    return ternary_planes(theta, -a / 2, a / 2);
  }
  /// log sigma^2 - log theta^2: +inf for theta = 0, -inf for sigma = 0.
  [[nodiscard]] static double log_alpha(float theta, float sigma) noexcept {
    if (theta == 0) return HUGE_VAL;
    return 2 *
           (std::log(static_cast<double>(sigma)) - std::log(static_cast<double>(magnitude(theta))));
  }
  [[nodiscard]] bool pruned(float theta, float sigma) const noexcept {
    return place_of(theta) == 0 ||
           (is_above(sigma, 0) && log_alpha(theta, sigma) >= static_cast<double>(log_alpha_limit));
  }
  /// The code of a posterior; sigma >= 0.
  [[nodiscard]] code_t map_code(float theta, float sigma) const noexcept {
    return pruned(theta, sigma) ? code_t{ternary::zero} : lowbit::encode(*this, theta);
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

LOWBIT_END

#endif
