// lowbit/quantize/methods/abc_weight.hpp – the weights of ABC-Net: signs at M shifts of the mean.
//
//     B_m = sign(W - mean + u_m std)     u_m = -1 + 2 m / (M - 1), m = 0 ... M - 1; one plane: u = 0
//     W ~ sum_m alpha_m B_m              alpha = least squares
//
// So plane m is +1 if w is at least mean - u_m std: M comparisons. The standard deviation is that of
// the population (n, not n - 1). In the paper a group is a layer, in common practice a channel.
// Constant weights have std 0: all planes are +1 and share the constant, alpha_m = c / M.
//
// The gradient treats alpha as constant and each sign as the identity: dL/dw = g sum_m alpha_m.
//
// Source: Lin, Zhao, Pan, "Towards accurate binary convolutional neural network", arXiv:1711.11294,
// eq. 2-5.
#ifndef LOWBIT_QUANTIZE_METHODS_ABC_WEIGHT_HPP
#define LOWBIT_QUANTIZE_METHODS_ABC_WEIGHT_HPP

#include "lowbit/gradient/surrogate.hpp"
#include "lowbit/quantize/fit/boundaries.hpp"
#include "lowbit/quantize/fit/plane_coefficients.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// M planes of shifted signs with fitted coefficients.
template <int M, surrogate Surrogate = ste::identity>
struct abc_weight {
  using encoding = lowbit::planes<M>;
  static constexpr auto count = static_cast<std::size_t>(M);

  Surrogate surrogate_gradient{};
  std::array<float, count> threshold{};  ///< fitted: plane m is +1 from here on; falling
  std::array<float, count> alpha{};      ///< fitted

  /// The paper's u_m.
  [[nodiscard]] static constexpr double shift(std::size_t m) noexcept {
    return count == 1 ? 0 : -1 + 2 * static_cast<double>(m) / static_cast<double>(count - 1);
  }
  /// Errors: an element is not finite.
  [[nodiscard]] abc_weight fit(std::span<const float> group) const {
    const auto [mean, deviation] = detail::quantizers::mean_and_deviation(group, "abc_weight");
    abc_weight q = *this;
    for (std::size_t m = 0; m < count; ++m)
      q.threshold[m] = detail::quantizers::smallest_from(mean - shift(m) * deviation);
    q.alpha = detail::quantizers::rounded(
        detail::quantizers::best_coefficients<encoding>(detail::quantizers::code_moments<M>::of(
            group, [&](float w) { return lowbit::encode(q, w); })));
    return q;
  }
  [[nodiscard]] constexpr plane_levels<M> levels() const noexcept { return {alpha}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats w) const noexcept {
    std::array<typename Floats::answer, count> bits{};
    for (std::size_t m = 0; m < count; ++m) bits[m] = w.at_least(threshold[m]);
    return bits;
  }
  [[nodiscard]] constexpr float gradient(float w, float upstream) const noexcept {
    float sum = 0;
    for (const float a : alpha) sum += a;
    return sum * surrogate_gradient(w, upstream);
  }
};

LOWBIT_END

#endif
