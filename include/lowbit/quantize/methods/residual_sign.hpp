// lowbit/quantize/methods/residual_sign.hpp – signs of residuals: HORQ and Network Sketching.
//
//     R_1 = X        B_m = sign(R_m)        R_{m+1} = X - sum_{i <= m} a_i B_i        X ~ sum_m a_m B_m
//
// residual_fit::greedy keeps each coefficient once it is found, a_m = mean |R_m|: HORQ on activations,
// the direct sketch (algorithm 1) on weights. The error falls by n a_m^2 with each plane:
// ||R_{m+1}||^2 = ||R_m||^2 - n a_m^2. One plane is XNOR-Net.
//
// residual_fit::refined solves for all coefficients again after each new sign (algorithm 2 of sketching). A new plane
// never makes the error larger, and the error is usually less than that of the greedy fit.
//
// In both cases the sign of plane m depends on the coefficients at the time it was found. So a fit keeps all of them:
// history[m - 1] has those of the first m planes, the last row is what codes stand for. A residual of exactly 0 is +1
// with coefficient 0.
//
// Residuals are sums in double without a product, the same on every ISA, and rise with x. So for given signs of the
// planes before, the sign of a plane is a comparison with one float, which is found by bisection. A code takes M
// comparisons down a tree. Cost of a fit: O(n M^2), and 32 * 2^M for the thresholds.
//
// The gradient is that of the first plane's sign.
//
// Sources: Li et al., "Performance guaranteed network acceleration via high-order residual
// quantization" (HORQ), arXiv:1708.08687; Guo et al., "Network sketching", arXiv:1706.02021,
// algorithms 1 and 2.
#ifndef LOWBIT_QUANTIZE_METHODS_RESIDUAL_SIGN_HPP
#define LOWBIT_QUANTIZE_METHODS_RESIDUAL_SIGN_HPP

#include <type_traits>

#include "lowbit/gradient/hard_tanh.hpp"
#include "lowbit/quantize/fit/boundaries.hpp"
#include "lowbit/quantize/fit/plane_coefficients.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// How the coefficients of earlier planes fare when one is added; see the head of this file.
enum class residual_fit { greedy, refined };

/// M planes of signs of residuals, fitted per group.
template <int M, residual_fit Fit = residual_fit::greedy, surrogate Surrogate = ste::hard_tanh>
struct residual_sign {
  using encoding = lowbit::planes<M>;
  static constexpr auto count = static_cast<std::size_t>(M);

  Surrogate surrogate_gradient{};
  /// Fitted: row m has the coefficients of planes 0 ... m when there were no others.
  detail::quantizers::square_of<count> history{};

  /// Fitted: the smallest float whose residual is not negative, for each way to get to a plane. They are a tree: plane
  /// 0 is the root 1, and behind a -1 and a +1 at node i lie 2i and 2i + 1.
  std::array<float, std::size_t{1} << count> thresholds{};

  /// Errors: an element is not finite.
  [[nodiscard]] residual_sign fit(std::span<const float> group) const {
    detail::quantizers::require_finite(group, "residual_sign");
    residual_sign q{surrogate_gradient, {}, {}};
    const double n = group.empty() ? 1 : static_cast<double>(group.size());
    for (std::size_t m = 0; m < count; ++m) {
      if (m > 0) q.history[m] = q.history[m - 1];
      const double mean = detail::quantizers::sum_of(group,
                                                     [&](float x) {
                                                       const double rest =
                                                           q.residual(x, m, q.encode(x));
                                                       return rest < 0 ? -rest : rest;
                                                     }) /
                          n;
      if (Fit == residual_fit::greedy || !(mean > 0))
        q.history[m][m] = mean;
      else
        q.history[m] = detail::quantizers::best_coefficients<encoding>(
            detail::quantizers::code_moments<M>::of(group, [&](float x) { return q.encode(x); }),
            m + 1);
      q.find_thresholds(m + 1);
    }
    return q;
  }
  [[nodiscard]] plane_levels<M> levels() const noexcept {
    return {detail::quantizers::rounded(history[count - 1])};
  }
  /// A plane compares with the thresholds of all ways to it, and keeps the answer of the way that was taken.
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats x) const noexcept requires(M <= 3) {
    using answer = typename Floats::answer;
    std::array<answer, count> bits{};
    for (std::size_t m = 0; m < count; ++m)
      for (std::size_t way = 0; way < std::size_t{1} << m; ++way) {
        answer taken = ~x.below(thresholds[(std::size_t{1} << m) + way]);
        for (std::size_t i = 0; i < m; ++i)
          taken &= (way >> (m - 1 - i) & 1) != 0 ? bits[i] : ~bits[i];
        bits[m] |= taken;
      }
    return bits;
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept {
    unsigned code = 0;
    std::size_t node = 1;
    for (std::size_t m = 0; m < count; ++m) {
      const unsigned plus = !is_below(x, thresholds[node]);
      code |= plus << m;
      node = 2 * node + plus;
      if (!std::is_constant_evaluated()) LOWBIT_HIDE(node);
    }
    return static_cast<code_t>(code);
  }

 private:
  /// What is left of x after m planes with these bits.
  [[nodiscard]] LOWBIT_INLINE constexpr double residual(float x, std::size_t m,
                                                        unsigned code) const noexcept {
    double rest = exact_double(x);
    for (std::size_t i = 0; i < m; ++i)
      rest += (code >> i & 1) != 0 ? -history[m - 1][i] : history[m - 1][i];
    return rest;
  }
  /// Those of plane m, after the first m were found.
  void find_thresholds(std::size_t m) noexcept {
    if (m == count) return;
    for (std::size_t way = 0; way < std::size_t{1} << m; ++way) {
      unsigned code = 0;
      for (std::size_t i = 0; i < m; ++i)
        code |= static_cast<unsigned>(way >> (m - 1 - i) & 1) << i;
      thresholds[(std::size_t{1} << m) + way] = detail::quantizers::first_above(
          0, [&](float x) noexcept { return residual(x, m, code) < 0 ? 0 : 1; });
    }
  }
};

/// The two methods by their names.
template <int M, surrogate Surrogate = ste::hard_tanh>
using horq = residual_sign<M, residual_fit::greedy, Surrogate>;
template <int M, residual_fit Fit = residual_fit::refined>
using network_sketch = residual_sign<M, Fit, ste::identity>;

LOWBIT_END

#endif
