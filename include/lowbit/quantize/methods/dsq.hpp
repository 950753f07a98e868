// lowbit/quantize/methods/dsq.hpp – differentiable soft quantization.
//
// 2^K levels from lower to upper, Delta = (upper - lower) / (2^K - 1) apart. Between two levels the soft value follows
// a scaled tanh, which is steeper for a smaller alpha. In the limit alpha -> 0 it is the step of the code:
//
//     i = the interval of x, m_i its middle            c = ln(2 / alpha - 1)        s = 1 / (1 - alpha)
//     phi = s tanh(c (x - m_i) / Delta)                in [-1, 1] over the interval
//     soft(x) = lower + Delta (i + (phi + 1) / 2)
//     code    = i + 1[x >= m_i]                        round half up on the grid: what runs, and what is packed
//
// Training computes the hard value forward and the soft derivative backward; evaluation is hard. alpha is
// trained: it starts at 0.2 and stays in (0, 1/2), with L2 decay that makes the steps harder. With r = (x - lower) /
// Delta and w = c s (1 - tanh^2) / 2, c fixed by alpha alone:
//
//     dy/dx     = w                                    inside, ends included; outside 0
//     dy/dupper = (i + 1/2 + phi/2 - w r) / (2^K - 1)  inside; 1 above upper
//     dy/dlower = 1 - w - dy/dupper                    inside; 1 below lower
//     dy/dalpha = Delta/2 (ds/dalpha tanh + s (1 - tanh^2) (x - m_i)/Delta dc/dalpha)
//                 ds/dalpha = s^2,  dc/dalpha = -2 / (alpha (2 - alpha))
//
// which is the exact derivative of soft(x) with i held fixed. NaN gets code 0 and gradient 0.
//
// Source: Gong et al., "Differentiable soft quantization", arXiv:1908.05033, eq. 2-10.
#ifndef LOWBIT_QUANTIZE_METHODS_DSQ_HPP
#define LOWBIT_QUANTIZE_METHODS_DSQ_HPP

#include <cmath>

#include "lowbit/quantize/fit/gaussian_levels.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// 2^K levels on [lower, upper] with a tanh between them for the gradient.
template <int K>
struct dsq {
  using encoding = unsigned_bits<K>;
  static constexpr bool monotone = true;  ///< see quantize/fit/monotone.hpp
  static constexpr int steps = (1 << K) - 1;
  struct parameters {
    float lower, upper, alpha;
  };

  static constexpr std::array learned_numbers{learned_number{"lower"}, learned_number{"upper"},
                                              learned_number{"alpha", 1, 1, true}};

  float lower = -1;
  float upper = 1;
  float alpha = 0.2f;
  bool hardens =
      false;  ///< at(progress) lowers `softest`: the steps end hard whatever alpha learns
  float softest = 0.499f;  ///< the bound of alpha

  void validate() const {
    detail::quantizers::require_range(lower, upper, "dsq");
    if (is_nan(alpha) || !(alpha > 0) || !(alpha < 1))
      detail::fail("dsq: alpha is %g: it must be between 0 and 1", static_cast<double>(alpha));
  }
  /// With the bounds that lose least of a Gaussian of the group's mean and deviation (midrise_step()), but within its
  /// range. Unchanged if all elements are equal. Errors: an element is not finite.
  [[nodiscard]] dsq initialized(std::span<const float> group) const {
    const auto [low, high] = detail::quantizers::range_of(group, "dsq");
    if (!(low < high)) return *this;
    const auto [mean, deviation] = detail::quantizers::mean_and_deviation(group, "dsq");
    const double reach = midrise_step(K) * steps / 2 * deviation;
    const auto first = static_cast<float>(mean - reach), last = static_cast<float>(mean + reach);
    const parameters p{first > low ? first : low, last < high ? last : high, alpha};
    return with_learned(p.lower < p.upper ? p : parameters{low, high, alpha});
  }
  [[nodiscard]] constexpr parameters learned() const noexcept { return {lower, upper, alpha}; }
  [[nodiscard]] constexpr dsq with_learned(parameters p) const noexcept {
    return {p.lower, p.upper, p.alpha, hardens, softest};
  }
  /// With a bound of alpha that falls to 0 with the progress of training, where `hardens` is set.
  [[nodiscard]] constexpr dsq at(double progress) const noexcept {
    dsq q = *this;
    const auto bound = static_cast<float>(0.499 * (1 - progress));
    if (hardens) q.softest = bound > 0.001f ? bound : 0.001f;
    if (hardens && q.alpha > q.softest) q.alpha = q.softest;
    return q;
  }
  /// The range keeps an eighth of its width at least. alpha stays in (0, softest), and the slope c / Delta of the tanh
  /// below the paper's 1000.
  [[nodiscard]] parameters in_range(parameters p) const noexcept {
    const float least = detail::gradient::kept_positive(p.upper - p.lower, upper - lower);
    if (!is_finite(p.lower) || !is_finite(p.upper)) {
      p.lower = lower;
      p.upper = upper;
    } else if (!(p.upper - p.lower >= least)) {
      const float middle = p.lower / 2 + p.upper / 2, apart = magnitude(middle) * 0x1p-20f;
      p.lower = middle - (least / 2 > apart ? least / 2 : apart);
      p.upper = middle + (least / 2 > apart ? least / 2 : apart);
    }
    const double sharpest =
        1000 * (static_cast<double>(p.upper) - static_cast<double>(p.lower)) / steps;
    const auto hard = static_cast<float>(2 / (std::exp(sharpest < 20 ? sharpest : 20) + 1));
    p.alpha = p.alpha > hard ? p.alpha : hard;
    p.alpha = p.alpha < softest ? p.alpha : softest;
    return p;
  }
  [[nodiscard]] constexpr affine levels() const noexcept {
    return {static_cast<float>(delta()), lower};
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept {
    const double at = exact_double(x) * steps, width = exact_double(upper) - exact_double(lower);
    const auto code = static_cast<std::int32_t>(
        detail::core::divide(at - exact_double(lower) * steps, width, 0, steps).whole);
    const std::int32_t up = at >= middle(code), down = at < middle(code - 1);
    const std::int32_t reached = code + up - down, raised = reached > 0 ? reached : 0;
    return static_cast<code_t>(raised < steps ? raised : steps);
  }
  /// The soft value, what the gradient is the derivative of.
  [[nodiscard]] float soft(float x) const noexcept {
    const curve at(*this, shape(*this), x);
    return x < lower   ? lower
           : x > upper ? upper
                       : static_cast<float>(static_cast<double>(lower) +
                                            delta() * (at.interval + (at.phi + 1) / 2));
  }
  [[nodiscard]] float gradient(float x, float upstream) const noexcept {
    return gradient(shape(*this), x, upstream);
  }
  /// dx = the gradient, element by element; what all elements share is computed once.
  void backward(std::span<const float> x, std::span<const float> upstream,
                std::span<float> dx) const noexcept {
    const shape same(*this);
    for (std::size_t i = 0; i < x.size(); ++i) dx[i] = gradient(same, x[i], upstream[i]);
  }
  [[nodiscard]] parameters parameter_gradient(std::span<const float> x,
                                              std::span<const float> upstream) const noexcept {
    const shape same(*this);
    const auto [of_lower, of_upper, of_alpha] =
        detail::gradient::slope_sums<3>(x, upstream, [&](float v) { return slopes(same, v); });
    return {of_lower, of_upper, of_alpha};
  }

 private:
  /// c and s: what alpha makes of all intervals.
  struct shape {
    double c, s;

    explicit shape(const dsq& q) noexcept
        : c(std::log(2 / static_cast<double>(q.alpha) - 1)),
          s(1 / (1 - static_cast<double>(q.alpha))) {}
  };
  /// The tanh of the interval that x lies in.
  struct curve {
    int interval;
    double position;  ///< (x - lower) / Delta
    double distance;  ///< (x - m_i) / Delta
    double tanh, phi, slope;

    curve(const dsq& q, const shape& of, float x) noexcept : position(q.position(x)) {
      interval = rounding::down::to(clip(position, 0, steps - 1));
      distance = position - interval - 0.5;
      tanh = std::tanh(of.c * distance);
      phi = of.s * tanh;
      slope = of.c * of.s * (1 - tanh * tanh) / 2;
    }
  };

  [[nodiscard]] constexpr double delta() const noexcept {
    return (static_cast<double>(upper) - static_cast<double>(lower)) / steps;
  }
  /// The middle m_i of an interval, times `steps`: a sum of two exact products.
  [[nodiscard]] LOWBIT_INLINE constexpr double middle(std::int32_t i) const noexcept {
    return (i + 0.5) * exact_double(upper) + (steps - i - 0.5) * exact_double(lower);
  }
  /// (x - lower) / Delta.
  [[nodiscard]] LOWBIT_INLINE constexpr double position(float x) const noexcept {
    return (static_cast<double>(x) - static_cast<double>(lower)) * steps /
           (static_cast<double>(upper) - static_cast<double>(lower));
  }
  [[nodiscard]] constexpr bool inside(float x) const noexcept { return x >= lower && x <= upper; }

  [[nodiscard]] float gradient(const shape& of, float x, float upstream) const noexcept {
    if (!inside(x)) return 0;
    return static_cast<float>(static_cast<double>(upstream) * curve(*this, of, x).slope);
  }
  /// dy/dlower, dy/dupper and dy/dalpha of one element.
  [[nodiscard]] std::array<double, 3> slopes(const shape& of, float x) const noexcept {
    if (!inside(x)) return {x < lower ? 1.0 : 0.0, x > upper ? 1.0 : 0.0, 0.0};
    const curve at(*this, of, x);
    const double of_upper = (at.interval + 0.5 + at.phi / 2 - at.slope * at.position) / steps;
    const double a = static_cast<double>(alpha), sharpness = -2 / (a * (2 - a));  // dc/dalpha
    const double of_alpha =
        delta() / 2 *
        (of.s * of.s * at.tanh + of.s * (1 - at.tanh * at.tanh) * at.distance * sharpness);
    return {1 - at.slope - of_upper, of_upper, of_alpha};
  }
};

LOWBIT_END

#endif
