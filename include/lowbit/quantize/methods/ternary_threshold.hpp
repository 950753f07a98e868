// lowbit/quantize/methods/ternary_threshold.hpp – three levels with given thresholds.
//
//     t = +1 if x > upper, -1 if x < lower, else 0  (strict; NaN gives 0)          y = scale * t
//
//     ternary_threshold<>              thresholds +-1/2: TernaryConnect at test time
//     lower and upper set apart        TNN's student weights, FGQ's signed thresholds
//
// Thresholds that are fitted to the data are in twn and its relatives.
//
// Sources: Lin et al., "Neural networks with few multiplications", arXiv:1510.03009; Alemdar et al.,
// "Ternary neural networks for resource-efficient AI applications", arXiv:1609.00222.
#ifndef LOWBIT_QUANTIZE_METHODS_TERNARY_THRESHOLD_HPP
#define LOWBIT_QUANTIZE_METHODS_TERNARY_THRESHOLD_HPP

#include "lowbit/encoding/ternary.hpp"
#include "lowbit/gradient/surrogate.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Ternary codes from two thresholds, lower <= upper; `scale` (> 0) is the magnitude of the outer
/// levels.
template <surrogate Surrogate = ste::identity>
struct ternary_threshold {
  using encoding = ternary;

  Surrogate surrogate_gradient{};
  float lower = -0.5f;
  float upper = 0.5f;
  float scale = 1;

  /// Thresholds -delta and +delta.
  [[nodiscard]] static constexpr ternary_threshold symmetric(float delta) noexcept {
    return {{}, -delta, delta, 1};
  }
  void validate() const {
    detail::quantizers::require_positive(scale, "ternary_threshold", "scale");
    if (is_nan(lower) || is_nan(upper) || !(lower <= upper))
      detail::fail("ternary_threshold: the thresholds are %g and %g: lower must not exceed upper",
                   static_cast<double>(lower), static_cast<double>(upper));
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {scale, 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats x) const noexcept {
    return ternary_planes(x, lower, upper);
  }
  /// The outer levels, as in TernaryConnect; 0 (no clip) if weights could then not pass the thresholds.
  [[nodiscard]] constexpr float latent_clip() const noexcept {
    return -scale < lower && upper < scale ? scale : 0;
  }
};

LOWBIT_END

#endif
