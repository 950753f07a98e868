// lowbit/quantize/methods/ttq.hpp – trained ternary quantization: one scale per sign.
//
//     delta = factor * max |w|       wq = +Wp if w > delta, -Wn if w < -delta, else 0     (strict)
//
// Two different scales are not integers times one number. So the codes are two 0/1 planes, P (positive) and N
// (negative), with the coefficients Wp and -Wn. Wp and Wn are trained:
//
//     dL/dw  = Wp g  |  g  |  Wn g        where w > delta  |  between  |  w < -delta
//     dL/dWp = sum of g over P            dL/dWn = -(sum of g over N)
//
// The minus follows from the chain rule. The paper prints a plus for both, which would move the negative scale the
// wrong way.
//
// Training starts with the scales as they are given, 1 by default, as in the authors' program (initialized()). The
// paper's units need scales near 1: the gradient of a weight between the thresholds has the factor 1, and scales have
// the learning rate of the weights. Suppose scales of 0.04, the size of the weights. Weights at 0 would have 25 times
// the gradient of the other ones, and a step of Adam with rate 2e-3 would change a scale by 5 %. A batch norm behind the
// layer takes off the size of the scales; give a layer without one smaller scales.
//
// To quantize weights without training, fit() finds scales too, while `trained` is false: the mean magnitude of the
// weights of each sign. Set `trained` when the scales are yours.
//
// Source: Zhu, Han, Mao, Dally, "Trained ternary quantization", arXiv:1612.01064, eq. 6-8. What the scales start
// from: the authors' program, github.com/czhu95/ternarynet.
#ifndef LOWBIT_QUANTIZE_METHODS_TTQ_HPP
#define LOWBIT_QUANTIZE_METHODS_TTQ_HPP

#include "lowbit/encoding/planes.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Ternary codes with a positive and a negative scale (both > 0).
struct ttq {
  using encoding = lowbit::planes<2, plane_kind::unipolar>;
  /// The trained numbers, or dL/d each of them.
  struct parameters {
    float positive = 0, negative = 0;
  };

  static constexpr std::array learned_numbers{learned_number{"positive"},
                                              learned_number{"negative"}};

  float factor = 0.05f;              ///< the paper's t, in [0, 1)
  bool trained = false;              ///< fit() leaves the scales alone
  float positive = 1, negative = 1;  ///< what training starts from
  float delta = 0;                   ///< fitted threshold

  void validate() const {
    if (is_nan(factor) || !(factor >= 0 && factor < 1))
      detail::fail("ttq: factor is %g: it must be in [0, 1)", static_cast<double>(factor));
    detail::quantizers::require_number(positive, "ttq", "the positive scale");
    detail::quantizers::require_number(negative, "ttq", "the negative scale");
  }
  /// The product factor * max is rounded to float once. Errors: those of validate(); an element is not
  /// finite.
  [[nodiscard]] ttq fit(std::span<const float> group) const {
    validate();
    ttq q = *this;
    q.delta = static_cast<float>(static_cast<double>(detail::quantizers::max_abs(group, "ttq")) *
                                 static_cast<double>(factor));
    if (!trained) {
      q.positive = mean_of(group, [&](float w) { return w > q.delta; });
      q.negative = mean_of(group, [&](float w) { return w < -q.delta; });
    }
    return q;
  }
  /// What training starts from: the threshold of fit(), and these scales. Errors: those of fit(); a scale is not
  /// positive.
  [[nodiscard]] ttq initialized(std::span<const float> group) const {
    detail::quantizers::require_positive(positive, "ttq", "the positive scale");
    detail::quantizers::require_positive(negative, "ttq", "the negative scale");
    return fit(group).with_learned(learned());
  }
  [[nodiscard]] constexpr parameters learned() const noexcept { return {positive, negative}; }
  [[nodiscard]] constexpr ttq with_learned(parameters p) const noexcept {
    ttq q = *this;
    q.positive = p.positive;
    q.negative = p.negative;
    return q;
  }
  [[nodiscard]] constexpr parameters in_range(parameters p) const noexcept {
    return {detail::gradient::kept_positive(p.positive, positive),
            detail::gradient::kept_positive(p.negative, negative)};
  }
  [[nodiscard]] constexpr plane_levels<2> levels() const noexcept {
    return {{positive, -negative}};
  }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats w) const noexcept {
    return std::array{w.above(delta), w.below(-delta)};
  }
  [[nodiscard]] constexpr float gradient(float w, float upstream) const noexcept {
    return upstream * (w > delta ? positive : w < -delta ? negative : 1);
  }
  [[nodiscard]] parameters parameter_gradient(std::span<const float> w,
                                              std::span<const float> upstream) const noexcept {
    return {
        detail::gradient::slope_sum(w, upstream, [&](float x) { return x > delta ? 1.0f : 0; }),
        detail::gradient::slope_sum(w, upstream, [&](float x) { return x < -delta ? -1.0f : 0; })};
  }

 private:
  template <class Keep>
  [[nodiscard]] static float mean_of(std::span<const float> group, Keep keep) noexcept {
    double kept = 0;
    for (const float w : group) kept += keep(w) ? 1 : 0;
    const double sum = detail::quantizers::sum_of(
        group, [&](float w) { return detail::core::select(keep(w), magnitude(w), 0); });
    return kept > 0 ? static_cast<float>(sum / kept) : 0;
  }
};

LOWBIT_END

#endif
