// lowbit/quantize/methods/xnor_weight.hpp – the scaled sign of Binary-Weight-Networks and XNOR-Net.
//
//     alpha = mean |w| over the group          y = alpha * sign(w)
//
// alpha * sign(w) is the closest scaled sign to w: for fixed B = sign(w) the minimiser of
// ||w - alpha B||^2 is <w, B> / n = mean |w|. The group is a filter or a row in the paper
// (per_group(xnor_weight<>{}, per::row)). An all-zero group has alpha 0 and codes +1.
//
// The gradient exists in three versions (n elements in the group, m = 1[|w| <= 1]):
//
//     paper      g (1/n + alpha m)                             eq. 11 of the paper; drops cross terms
//     exact      alpha m g + sign(w)/n * sum_j g_j sign(w_j)   the chain rule: a reduction
//     detached   alpha m g                                     alpha treated as a constant
//
// Source: Rastegari et al., "XNOR-Net", arXiv:1603.05279, eq. 6, 9-11.
#ifndef LOWBIT_QUANTIZE_METHODS_XNOR_WEIGHT_HPP
#define LOWBIT_QUANTIZE_METHODS_XNOR_WEIGHT_HPP

#include "lowbit/encoding/binary.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// Which of the three gradients of XNOR-Net weights; see the head of this file.
enum class weight_gradient { paper, exact, detached };

/// alpha * sign(w) with alpha = mean |w|, fitted per group.
template <weight_gradient Gradient = weight_gradient::paper>
struct xnor_weight {
  using encoding = binary;

  float alpha = 1;         ///< fitted: mean |w|
  index_t group_size = 1;  ///< fitted: n, for the paper's gradient

  /// Errors: an element is not finite.
  [[nodiscard]] xnor_weight fit(std::span<const float> group) const {
    return {static_cast<float>(detail::quantizers::mean_abs(group, "xnor_weight")),
            static_cast<index_t>(group.size())};
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {alpha, 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats w) const noexcept {
    return std::array{~w.negative()};
  }
  [[nodiscard]] constexpr float gradient(float w, float upstream) const noexcept
      requires(Gradient != weight_gradient::exact) {
    const float inside = magnitude(w) <= 1 ? alpha : 0;
    if constexpr (Gradient == weight_gradient::paper)
      return upstream * (inside + (group_size > 0 ? 1 / static_cast<float>(group_size) : 0));
    else
      return upstream * inside;
  }
  void backward(std::span<const float> w, std::span<const float> upstream,
                std::span<float> dw) const requires(Gradient == weight_gradient::exact) {
    double through_scale = 0;
    for (std::size_t i = 0; i < w.size(); ++i)
      through_scale += static_cast<double>(is_negative(w[i]) ? -upstream[i] : upstream[i]);
    const auto shared = static_cast<float>(through_scale / static_cast<double>(w.size()));
    for (std::size_t i = 0; i < w.size(); ++i)
      dw[i] =
          (magnitude(w[i]) <= 1 ? alpha * upstream[i] : 0) + (is_negative(w[i]) ? -shared : shared);
  }
};

LOWBIT_END

#endif
