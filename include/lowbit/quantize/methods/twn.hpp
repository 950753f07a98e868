// lowbit/quantize/methods/twn.hpp – ternary weight networks.
//
//     delta = factor * mean |w|        t = +1 if w > delta, -1 if w < -delta, else 0  (strict)
//     alpha = mean of |w| over |w| > delta                          y = alpha * t
//
// For a given support of t the best alpha is that mean; factor 0.7 is the paper's compromise between
// uniform and normal weights. An all-zero group has delta = alpha = 0 and codes 0; a constant group c
// has all codes sign(c) and alpha |c| (for factors below 1).
//
// The paper's backward pass is the identity; twn<ste::hard_tanh> is the windowed form that larq uses.
//
// Source: Li, Zhang, Liu, "Ternary weight networks", arXiv:1605.04711, eq. 3-6.
#ifndef LOWBIT_QUANTIZE_METHODS_TWN_HPP
#define LOWBIT_QUANTIZE_METHODS_TWN_HPP

#include "lowbit/encoding/ternary.hpp"
#include "lowbit/gradient/surrogate.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// Ternary codes with a fitted threshold and a fitted scale. `factor` (>= 0) times the mean magnitude
/// is the threshold.
template <surrogate Surrogate = ste::identity>
struct twn {
  using encoding = ternary;

  Surrogate surrogate_gradient{};
  float factor = 0.7f;
  float delta = 0;  ///< fitted threshold
  float alpha = 1;  ///< fitted scale

  void validate() const {
    if (!is_finite(factor) || is_negative(factor))
      detail::fail("twn: factor is %g: it must be finite and not negative",
                   static_cast<double>(factor));
  }
  /// The product factor * mean is taken in double and rounded once, so the stored threshold, not the
  /// formula, decides. Errors: those of validate(); an element is not finite.
  [[nodiscard]] twn fit(std::span<const float> group) const {
    validate();
    twn q = *this;
    q.delta = static_cast<float>(detail::quantizers::mean_abs(group, "twn") *
                                 static_cast<double>(factor));
    index_t kept = 0;
    for (const float w : group) kept += magnitude(w) > q.delta ? 1 : 0;
    const double sum = detail::quantizers::sum_of(group, [&](float w) {
      return detail::core::select(magnitude(w) > q.delta, magnitude(w), 0);
    });
    q.alpha = kept == 0 ? 0 : static_cast<float>(sum / static_cast<double>(kept));
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
