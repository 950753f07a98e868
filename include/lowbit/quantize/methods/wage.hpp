// lowbit/quantize/methods/wage.hpp – training with integers: weights, activations, errors and gradients.
//
// Everything in WAGE lives on grids of step sigma(k) = 2^(1-k), 2^k - 1 symmetric levels:
//
//     Q(x, k)  = clip(sigma round(x / sigma), -1 + sigma, 1 - sigma)    half to even
//     Shift(x) = 2^round(log2 x)                                        nearest_power_of_two()
//
//     weights      Q(w, kW)                    dL/dw = g, also where clipped. kW = 2 is ternary, +-1/2 and 0;
//                                              latent weights stay in +-(1 - sigma(kG)), whatever kW is
//     activations  Q(a / alpha, kA)            dL/da = g / alpha where |a / alpha| <= 1 - sigma, else 0
//     errors       Q(e / Shift(max |e|), kE)   the scale is *not* put back: only directions propagate
//     gradients    sigma(kG) sgn(s) (floor |s| + [u < frac |s|]),  s = eta g / Shift(max |g|)
//
// alpha is a constant of the layer, fixed at the start: weights are drawn uniformly from +-L with
//
//     L = max(L0, Lmin)    L0 = sqrt(6 / fan in)    Lmin = 1.5 sigma(kW)    alpha = max(Shift(Lmin / L0), 1)
//
// alpha uses L0 and not L: with L as eq. 5 of the paper defines it, its eq. 7 would always give 1. Zero errors and zero
// gradients stay zero: Shift(0) is never computed.
//
// Source: Wu et al., "Training and inference with integers in deep neural networks", arXiv:1802.04680,
// eq. 2-12.
#ifndef LOWBIT_QUANTIZE_METHODS_WAGE_HPP
#define LOWBIT_QUANTIZE_METHODS_WAGE_HPP

#include <cmath>

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

/// Q(x, K): 2^K - 1 levels, sigma apart.
template <int K>
struct wage_grid {
  static_assert(K >= 2 && K <= 8, "lowbit: WAGE's bit width K must be 2 to 8; one bit is sign");
  static constexpr int inverse_sigma = 1 << (K - 1);
  static constexpr affine levels{1.0f / inverse_sigma, 0};
  [[nodiscard]] LOWBIT_INLINE static constexpr auto quotient(double unit) noexcept {
    return narrow_grid<K>::template quotient<rounding::half_even>(inverse_sigma, unit);
  }
};

}  // namespace detail::quantizers

/// K-bit weights.
template <int K>
struct wage_weight {
  using encoding = narrow_bits<K>;
  using grid = detail::quantizers::wage_grid<K>;

  [[nodiscard]] constexpr affine levels() const noexcept { return grid::levels; }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept { return grid::quotient(1); }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
  /// The end of the grid that latent weights move on: 1 - sigma(8), the paper's kG = 8.
  [[nodiscard]] constexpr float latent_clip() const noexcept { return 1 - 0x1p-7f; }
};

/// K-bit activations, divided by the layer's alpha (> 0, a power of two).
template <int K>
struct wage_activation {
  using encoding = narrow_bits<K>;
  using grid = detail::quantizers::wage_grid<K>;

  float alpha = 1;

  void validate() const { detail::quantizers::require_positive(alpha, "wage_activation", "alpha"); }
  [[nodiscard]] constexpr affine levels() const noexcept { return grid::levels; }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    return grid::quotient(exact_double(alpha));
  }
  [[nodiscard]] constexpr float gradient(float a, float upstream) const noexcept {
    return magnitude(a / alpha) <= 1 - grid::levels.scale ? upstream / alpha : 0;
  }
};

/// K-bit errors, divided by the power of two next to their largest.
template <int K>
struct wage_error {
  using encoding = narrow_bits<K>;
  using grid = detail::quantizers::wage_grid<K>;

  float shift = 1;  ///< fitted: Shift(max |e|); 1 for an all-zero group

  /// Errors: an element is not finite.
  [[nodiscard]] wage_error fit(std::span<const float> group) const {
    const float largest = detail::quantizers::max_abs(group, "wage_error");
    return {largest > 0 ? nearest_power_of_two(largest) : 1};
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return grid::levels; }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    return grid::quotient(exact_double(shift));
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

/// The step that a gradient becomes, a multiple of sigma(bits). `rate` is the paper's eta, a power of two. `shift` is
/// Shift(max |g|) of the layer (0 if all are zero: then nothing moves). u is uniform in [0, 1).
struct wage_gradient {
  int bits = 8;
  float rate = 1;

  [[nodiscard]] constexpr float operator()(float g, float shift, float u) const noexcept {
    if (!(shift > 0)) return 0;
    const double scaled =
        static_cast<double>(rate) * static_cast<double>(magnitude(g)) / static_cast<double>(shift);
    const auto whole = static_cast<double>(round_down(scaled));
    const double move = whole + (static_cast<double>(u) < scaled - whole ? 1 : 0);
    const auto step = static_cast<float>(move * wide_power_of_two(1 - bits));
    return is_negative(g) ? -step : step;
  }
};

/// How a layer with `fan_in` inputs a unit and K-bit weights begins.
struct wage_start {
  float limit;  ///< L: weights are uniform in [-L, L]
  float alpha;  ///< what its activations are divided by
};

/// Errors: fan_in is less than 1.
template <int K>
[[nodiscard]] wage_start wage_initial(index_t fan_in, double beta = 1.5) {
  if (fan_in < 1) detail::fail("wage_initial: fan_in is %td: it must be at least 1", fan_in);
  const double wanted = std::sqrt(6 / static_cast<double>(fan_in));
  const double least = beta / detail::quantizers::wage_grid<K>::inverse_sigma;
  const float alpha = nearest_power_of_two(static_cast<float>(least / wanted));
  return {static_cast<float>(wanted > least ? wanted : least), alpha > 1 ? alpha : 1};
}

LOWBIT_END

#endif
