// lowbit/quantize/methods/fgq.hpp – ternary weights in small groups, with scales of 8 bits.
//
//     per group g:   minimise ||w - alpha t||^2 over alpha >= 0 and t in {-1, 0, 1}^n          (twn_exact)
//     y = k u t      k = round(alpha / u), 1 ... 255            u = 2^e, the smallest with max |w| <= 255 u
//
// u belongs to the layer, k to a group of the depth. The smaller the groups, the smaller the error: float networks become
// ternary without retraining. A product has one multiplication by k per group and additions elsewhere; k is an integer,
// so all of it can be integers. The paper takes 4 to 64 neighbouring channels of one tap:
//
//     quantize(per_group(fgq<>{}, per::group<64>), weights)           depth in the order (taps, channels)
//
// alpha is a mean of magnitudes, so it never exceeds 255 u. A group whose alpha is below u / 2 has k = 1, so that its
// codes keep a meaning. An all-zero group has t = 0 and alpha = 0. Fitted alone, without fit_layer(), a group has a u of
// its own. Where u would be below 2^-126, alpha is not rounded. The gradient is the identity, as in TWN.
//
// Source: Mellempudi et al., "Ternary neural networks with fine-grained quantization", arXiv:1705.01462, section 3, eq.
// 2-5 and section 4 (8-bit scales).
#ifndef LOWBIT_QUANTIZE_METHODS_FGQ_HPP
#define LOWBIT_QUANTIZE_METHODS_FGQ_HPP

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/core/rounding.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/methods/twn_exact.hpp"

LOWBIT_BEGIN

/// Ternary codes with the best threshold and the best scale, which is then rounded to 8 bits.
template <surrogate Surrogate = ste::identity>
struct fgq {
  using encoding = ternary;
  static constexpr int largest_scale = 255;

  Surrogate surrogate_gradient{};
  float layer_unit = -1;  ///< fit_layer's u; negative: fit() takes the group's own
  float delta = 0;        ///< fitted: the largest magnitude that becomes 0
  float alpha = 1;        ///< fitted: k u

  /// Errors: an element is not finite.
  [[nodiscard]] fgq fit_layer(std::span<const float> all) const {
    fgq q = *this;
    q.layer_unit = unit_of(all);
    return q;
  }
  [[nodiscard]] fgq fit(std::span<const float> group) const {
    const float own = unit_of(group), u = is_negative(layer_unit) ? own : layer_unit;
    const twn_exact<> best = twn_exact<>{}.fit(group);
    fgq q = *this;
    q.delta = best.delta;
    q.alpha = best.alpha;
    if (u > 0 && best.nonzeros > 0) {
      const int most = u > 0x1p120f ? largest_scale / 2 : largest_scale;  // k u is a float
      const double k =
          clip(exact_double(best.alpha) / exact_double(u), 1.0, static_cast<double>(most));
      q.alpha = u * static_cast<float>(rounding::half_even::to(k));
    }
    return q;
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {alpha, 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats w) const noexcept {
    return ternary_planes(w, -delta, delta);
  }

 private:
  [[nodiscard]] static float unit_of(std::span<const float> group) {
    const float part = detail::quantizers::max_abs(group, "fgq") / largest_scale;
    return part > 0x1p-126f ? power_of_two(ceil_log2(part)) : 0;
  }
};

LOWBIT_END

#endif
