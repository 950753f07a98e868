// lowbit/quantize/methods/tsq_activation.hpp – the sparse half-wave quantizer, step one of two-step quantization.
//
//     y = 0 if x <= eps, else q_i on (t_i, t_{i+1}]      t_1 = eps, the other t_i between two levels
//
// Small positive activations become zero on purpose. eps is the quantile below which `sparsity` of the elements lie;
// the 2^K - 1 levels above are Lloyd's. gaussian(eps) has the levels for N(0, 1), the output of a batch norm. fit()
// finds eps and levels from the data, n log n.
//
//     dL/dx = g 1[eps < x <= q_m]        the clipped window, q_m the largest level
//
// A group without elements above eps has all codes 0.
//
// Source: Wang et al., "Two-step quantization for low-bit neural networks", CVPR 2018, section 3.1.
#ifndef LOWBIT_QUANTIZE_METHODS_TSQ_ACTIVATION_HPP
#define LOWBIT_QUANTIZE_METHODS_TSQ_ACTIVATION_HPP

#include "lowbit/encoding/codebook.hpp"
#include "lowbit/quantize/fit/gaussian_levels.hpp"
#include "lowbit/quantize/fit/lloyd.hpp"
#include "lowbit/quantize/fit/staircase.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// Zero and up to 2^K - 1 positive levels.
template <int K>
struct tsq_activation {
  using encoding = codebook<K>;
  static constexpr bool activations_alone = true;  ///< see quantize/quantizer.hpp
  static constexpr std::size_t positive_levels = (std::size_t{1} << K) - 1;

  double sparsity = 0.5;   ///< share of the elements that fit() sends to 0, in [0, 1)
  float epsilon = 0;       ///< fitted; >= 0
  level_table<K> table{};  ///< fitted
  detail::quantizers::staircase<K> stairs{};  ///< fitted

  void validate() const {
    if (is_nan(sparsity) || !(sparsity >= 0 && sparsity < 1))
      detail::fail("tsq_activation: sparsity is %g: it must be in [0, 1)", sparsity);
  }
  /// These ascending levels above eps; at most 2^K - 1. Errors: more levels; eps negative; a level that
  /// is not above eps and its neighbour, or no float.
  [[nodiscard]] static tsq_activation with_levels(float eps, std::span<const double> levels) {
    if (levels.size() > positive_levels)
      detail::fail("tsq_activation: %zu levels in %d bits: there can be %zu", levels.size(), K,
                   positive_levels);
    if (!is_finite(eps) || !(eps >= 0))
      detail::fail("tsq_activation: eps is %g: it must be finite and not negative",
                   static_cast<double>(eps));
    for (std::size_t i = 0; i < levels.size(); ++i)
      if (is_nan(levels[i]) || !(levels[i] > (i == 0 ? static_cast<double>(eps) : levels[i - 1])) ||
          levels[i] > 0x1.fffffep127)
        detail::fail(
            "tsq_activation: level %zu is %g: levels must rise from eps = %g, and be finite", i,
            levels[i], static_cast<double>(eps));
    tsq_activation q;
    q.place(eps, levels);
    return q;
  }
  /// The best levels for N(0, 1) above eps.
  [[nodiscard]] static tsq_activation gaussian(float eps) {
    std::array<double, positive_levels> levels{};
    half_wave_levels(levels, static_cast<double>(eps));
    return with_levels(eps, levels);
  }
  /// Errors: those of validate(); an element is not finite.
  [[nodiscard]] tsq_activation fit(std::span<const float> group) const {
    validate();
    const detail::quantizers::sorted_sample sample(group, "tsq_activation");
    const index_t n = sample.size();
    const auto below = static_cast<index_t>(sparsity * static_cast<double>(n));
    const float quantile = below > 0 && sample[below - 1] > 0 ? sample[below - 1] : 0;
    const index_t first = sample.end_of(0, [&](float x) { return x <= quantile; });
    tsq_activation q = *this;
    std::array<double, positive_levels> levels{};
    if (first < n) {
      const double low = static_cast<double>(quantile), high = static_cast<double>(sample[n - 1]);
      for (std::size_t i = 0; i < positive_levels; ++i)
        levels[i] = low + (high - low) * static_cast<double>(i + 1) / positive_levels;
      detail::quantizers::lloyd(sample, {first, n}, levels, 1000);
    }
    q.place(quantile, std::span<const double>(levels.data(), first < n ? positive_levels : 0));
    return q;
  }
  [[nodiscard]] constexpr const level_table<K>& levels() const noexcept { return table; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats x) const noexcept requires(K <= 5) {
    return stairs.planes(x);
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept requires(K > 5) {
    return stairs.encode(x);
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return x > epsilon && x <= table.table[stairs.codes.back()] ? upstream : 0;
  }

 private:
  void place(float eps, std::span<const double> level) noexcept {
    epsilon = eps;
    table = {};
    stairs = {};
    for (std::size_t i = 0; i < level.size(); ++i) {
      table.table[i + 1] = static_cast<float>(level[i]);
      stairs.set(i + 1,
                 detail::quantizers::smallest_above(i == 0 ? static_cast<double>(eps)
                                                           : (level[i - 1] + level[i]) / 2),
                 static_cast<code_t>(i + 1));
    }
  }
};

LOWBIT_END

#endif
