// lowbit/quantize/methods/dorefa_weight.hpp – K-bit weights of DoReFa-Net.
//
//     K = 1:   y = mean |w| * sign(w)                                          dL/dw = g
//     K >= 2:  r = tanh(w) / (2 max |tanh w|) + 1/2
//              y = 2 round((2^K - 1) r) / (2^K - 1) - 1      dL/dw = g (1 - tanh^2 w) / max |tanh w|
//
// The levels are the odd multiples of 1 / (2^K - 1). No level is zero, and an exact zero weight is a tie, which
// rounding half to even decides. mean and max run over the fitted group, in the paper the whole layer. An all-zero
// group takes tanh(w) / (2 max) as 0.
//
// The formula is monotone in w, so after a fit it *is* its 2^K - 1 sorted boundaries
// (quantize/fit/boundaries.hpp). encode only compares: no tanh in the loop, and no dependence on a math
// library's last bit between fit and encode. Up to 3 bits, 64 weights at a time are compared with every boundary. For
// more bits, a binary search (K comparisons) costs less.
//
// max_gradient::detached treats the maximum as a constant (larq); max_gradient::through adds the
// derivative with respect to the element that is the maximum, as automatic differentiation does.
//
// Source: Zhou et al., "DoReFa-Net", arXiv:1606.06160, eq. 7-10.
#ifndef LOWBIT_QUANTIZE_METHODS_DOREFA_WEIGHT_HPP
#define LOWBIT_QUANTIZE_METHODS_DOREFA_WEIGHT_HPP

#include <cmath>
#include <limits>
#include <type_traits>

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/rounding.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/quantize/fit/boundaries.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// Whether the gradient of DoReFa weights flows through the maximum; see the head of this file.
enum class max_gradient { detached, through };

/// 2^K bipolar levels of tanh-compressed weights, fitted per group (the layer in the paper).
template <int K, max_gradient Gradient = max_gradient::detached>
struct dorefa_weight {
  using encoding = bipolar_bits<K>;
  static constexpr bool monotone = true;  ///< see quantize/fit/monotone.hpp
  static constexpr int steps = (1 << K) - 1;

  float scale = 1 / static_cast<float>(steps);  ///< fitted for K = 1 only: mean |w|
  float max_tanh = 1;                           ///< fitted: max |tanh w|
  std::array<float, (std::size_t{1} << K) - 1>
      boundaries{};  ///< fitted: sorted; all 0 before a fit

  /// Errors: an element is not finite.
  [[nodiscard]] dorefa_weight fit(std::span<const float> group) const {
    dorefa_weight q;
    if constexpr (K == 1) {
      q.scale = static_cast<float>(detail::quantizers::mean_abs(group, "dorefa_weight"));
    } else {
      // tanh is monotone: the largest |tanh w| belongs to the largest |w|.
      q.max_tanh = std::tanh(detail::quantizers::max_abs(group, "dorefa_weight"));
      q.boundaries = detail::quantizers::boundaries_of<std::size_t{steps}>(
          [&q](float w) noexcept { return q.formula(w); },
          [&q](int c) noexcept {  // where the formula gives c + 1/2
            const double ratio = (c + 0.5) / steps - 0.5;
            return static_cast<float>(std::atanh(2 * static_cast<double>(q.max_tanh) * ratio));
          });
    }
    return q;
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {scale, 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats w) const noexcept requires(K <= 3) {
    if constexpr (K == 1)
      return std::array{~w.negative()};
    else
      return detail::quantizers::count_planes<K>(w, boundaries);
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float w) const noexcept requires(K > 3) {
    std::size_t code = 0;  // the number of boundaries at or below w, by halving; NaN gives 0
    for (std::size_t half = std::size_t{1} << (K - 1); half > 0; half /= 2) {
      code += is_at_least(w, boundaries[code + half - 1]) ? half : 0;
      if (!std::is_constant_evaluated()) LOWBIT_HIDE(code);
    }
    return static_cast<code_t>(code);
  }
  [[nodiscard]] float gradient(float w, float upstream) const noexcept
      requires(K == 1 || Gradient == max_gradient::detached) {
    if constexpr (K == 1) return upstream;
    const float t = std::tanh(w);
    return max_tanh > 0 ? upstream * ((1 - t) * (1 + t)) / max_tanh : 0;
  }
  /// dL/dw_i = s_i (g_i - 1[i = argmax] sign(w_i) sum_j g_j tanh(w_j) / max) / max with
  /// s = 1 - tanh^2; equal maxima share the reduction's derivative with their first element.
  void backward(std::span<const float> w, std::span<const float> upstream,
                std::span<float> dw) const requires(K > 1 && Gradient == max_gradient::through) {
    if (w.empty()) return;
    std::size_t top = 0;
    double through_max = 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
      if (magnitude(w[i]) > magnitude(w[top])) top = i;
      through_max += static_cast<double>(upstream[i]) * std::tanh(static_cast<double>(w[i]));
    }
    const double top_sign = is_negative(w[top]) ? -1 : 1;
    for (std::size_t i = 0; i < w.size(); ++i) {
      const double t = std::tanh(static_cast<double>(w[i])), m = static_cast<double>(max_tanh);
      const double direct = static_cast<double>(upstream[i]);
      const double total = i == top && m > 0 ? direct - top_sign * through_max / m : direct;
      dw[i] = m > 0 ? static_cast<float>(total * ((1 - t) * (1 + t)) / m) : 0;
    }
  }

 private:
  /// The paper's formula, in double: the code of w before it becomes boundaries.
  [[nodiscard]] int formula(float w) const noexcept {
    const double m = static_cast<double>(max_tanh);
    double ratio = m > 0 ? std::tanh(static_cast<double>(w)) / (2 * m) : 0;
    ratio = ratio < -0.5 ? -0.5 : ratio > 0.5 ? 0.5 : ratio;
    return static_cast<int>(round_half_even(steps * (ratio + 0.5)));
  }
};

LOWBIT_END

#endif
