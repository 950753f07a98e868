// lowbit/quantize/methods/lsq.hpp – learned step size quantization.
//
//     code = round(clip(v / s, -Qn, Qp))   half to even          y = s * code
//
//     dL/dv = g where -Qn < v/s < Qp, else 0: the ends belong to the clipped part
//     dL/ds = 1 / sqrt(N Qp) * sum of g * (round(v/s) - v/s  inside,  -Qn or Qp  from the ends on)
//
// The factor balances the step's learning rate with that of the N weights. N is the number of weights in
// the layer, or of features for activations: the group's size unless `elements` says otherwise.
//
//     lsq<K>                       signed weights: Qn = 2^(K-1), Qp = 2^(K-1) - 1, K >= 2
//     lsq<K, unsigned_bits<K>>     activations behind a ReLU: Qn = 0, Qp = 2^K - 1
//
// initialized() sets the step that the paper starts from, 2 mean |v| / sqrt(Qp). It is not called fit(), because a step
// that is being learned must not be found again in each batch.
//
// Source: Esser et al., "Learned step size quantization", arXiv:1902.08153, eq. 1-5.
#ifndef LOWBIT_QUANTIZE_METHODS_LSQ_HPP
#define LOWBIT_QUANTIZE_METHODS_LSQ_HPP

#include <cmath>

#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Multiples of a trained step; see the head of this file.
template <int K, plane_code Encoding = signed_bits<K>>
struct lsq {
  using encoding = Encoding;
  using grid = integer_grid<Encoding>;
  static constexpr bool activations_alone = grid::low >= 0;
  static_assert(grid::high > 0, "lowbit::lsq<1> on signed bits has no positive level: use sign");
  struct parameters {
    float step;
  };

  static constexpr std::array learned_numbers{learned_number{"step"}};

  float step = 1;
  index_t elements = 0;  ///< N in the step's gradient; 0: as many as are passed

  void validate() const { detail::quantizers::require_positive(step, "lsq", "step"); }
  /// With the step 2 mean |v| / sqrt(Qp). Errors: an element is not finite; all are 0.
  [[nodiscard]] lsq initialized(std::span<const float> group) const {
    lsq q = *this;
    q.step = static_cast<float>(2 * detail::quantizers::mean_abs(group, "lsq") /
                                std::sqrt(static_cast<double>(grid::high)));
    q.validate();
    return q;
  }
  [[nodiscard]] constexpr parameters learned() const noexcept { return {step}; }
  [[nodiscard]] constexpr lsq with_learned(parameters p) const noexcept {
    return {p.step, elements};
  }
  [[nodiscard]] constexpr parameters in_range(parameters p) const noexcept {
    return {detail::gradient::kept_positive(p.step, step)};
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {step, 0}; }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    return grid::template quotient<rounding::half_even>(1, exact_double(step));
  }
  [[nodiscard]] constexpr float gradient(float v, float upstream) const noexcept {
    return position(v) > grid::low && position(v) < grid::high ? upstream : 0;
  }
  /// dy/ds of one element.
  [[nodiscard]] constexpr double step_slope(float v) const noexcept {
    const double p = position(v);
    if (!(p > grid::low)) return p <= grid::low ? grid::low : 0;  // NaN: 0
    return p < grid::high ? rounding::half_even::to(p) - p : grid::high;
  }
  [[nodiscard]] parameters parameter_gradient(std::span<const float> v,
                                              std::span<const float> upstream) const noexcept {
    const auto n = static_cast<double>(elements > 0 ? elements : static_cast<index_t>(v.size()));
    const double sum = static_cast<double>(
        detail::gradient::slope_sum(v, upstream, [this](float x) { return step_slope(x); }));
    return {n > 0 ? static_cast<float>(sum / std::sqrt(n * grid::high)) : 0};
  }

 private:
  [[nodiscard]] LOWBIT_INLINE constexpr double position(float v) const noexcept {
    return static_cast<double>(v) / static_cast<double>(step);
  }
};

LOWBIT_END

#endif
