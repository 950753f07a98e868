// lowbit/quantize/methods/twn_exact.hpp – the ternary codes and the scale of least squared error, exactly.
//
//     minimise ||w - alpha t||^2 over alpha >= 0 and t in {-1, 0, 1}^n
//
// For a given number k of nonzero codes, the best t keeps the k largest magnitudes with their signs. The best alpha is
// their mean. With S_k their sum, the error is ||w||^2 - S_k^2 / k. So the solution is to sort the magnitudes and look
// for the largest S_k^2 / k: n log n. Of equal values the smallest k is taken. Among equal magnitudes S_k^2 / k is
// convex in k, so the best k never separates them. Therefore a threshold is enough: codes are nonzero for |w| > delta.
//
// twn's 0.7 mean |w| is a rule that comes close for normal and uniform weights. Ternary networks with
// fine-grained quantization (FGQ) are this solver on small groups of the depth, with scales of 8 bits (fgq.hpp).
//
// An all-zero group has k = 0, alpha = 0. The gradient is the identity, as in TWN.
//
// Sources: Li, Zhang, Liu, arXiv:1605.04711, eq. 4-5; Mellempudi et al., "Ternary neural networks with
// fine-grained quantization", arXiv:1705.01462, eq. 2-5.
#ifndef LOWBIT_QUANTIZE_METHODS_TWN_EXACT_HPP
#define LOWBIT_QUANTIZE_METHODS_TWN_EXACT_HPP

#include "lowbit/encoding/ternary.hpp"
#include "lowbit/gradient/surrogate.hpp"
#include "lowbit/quantize/fit/sorted_sample.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// Ternary codes with the best threshold and the best scale.
template <surrogate Surrogate = ste::identity>
struct twn_exact {
  using encoding = ternary;

  Surrogate surrogate_gradient{};
  float delta = 0;       ///< fitted: the largest magnitude that becomes 0
  float alpha = 1;       ///< fitted
  index_t nonzeros = 0;  ///< fitted: k

  /// Errors: an element is not finite.
  [[nodiscard]] twn_exact fit(std::span<const float> group) const {
    const detail::quantizers::sorted_sample sample(group, "twn_exact",
                                                   detail::quantizers::descending_magnitude{},
                                                   [](float w) { return magnitude(w); });
    double best = 0, mean = 0;
    index_t nonzero = 0;
    for (index_t k = 1; k <= sample.size(); ++k) {
      const double sum = sample.over({0, k}).sum, gain = sum * (sum / static_cast<double>(k));
      if (!(gain > best)) continue;
      best = gain;
      mean = sum / static_cast<double>(k);
      nonzero = k;
    }
    twn_exact q = *this;
    q.delta = nonzero < sample.size() ? magnitude(sample[nonzero]) : 0;
    q.alpha = static_cast<float>(mean);
    q.nonzeros = nonzero;
    return q;
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {alpha, 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats w) const noexcept {
    return ternary_planes(w, -delta, delta);
  }
};

LOWBIT_END

#endif
