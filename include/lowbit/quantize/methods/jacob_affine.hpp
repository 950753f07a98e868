// lowbit/quantize/methods/jacob_affine.hpp – affine codes with a zero point, for integer-only inference.
//
//     real = S (code - Z)          code = clip(round(Z + x / S), 0, 2^K - 1), ties away from zero
//
// from a range [lower, upper] of real numbers, which is first widened to contain 0. An end that is less than 2^-20 of
// the other counts as 0, so that upper - lower times an integer is exact in double:
//
//     S = (upper - lower) / (2^K - 1)         Z = round(-lower / S), ties away, clipped to the codes
//
// Z is an integer, so that real zero (padding, the output of a ReLU) has a code of its own and decodes to 0 exactly.
// For this, levels() rounds S to a few bits fewer, so that the offset Z S is a float without rounding. That changes the
// levels by a factor of at most 1 + 2^-16; the codes are made with S itself. [0, 0] has S = 1, Z = 0.
//
// With it the range is *nudged*: it now ends at S (0 - Z) and S (2^K - 1 - Z). Gradients follow it:
//
//     dL/dx = g where nudged_lower <= x <= nudged_upper, else 0
//     dL/dlower = the sum of g below, dL/dupper = the sum of g above
//
// Activations take their range from a moving average, weights from their minimum and maximum. Behind a ReLU the paper's
// ranges begin at 0: with affine_range::from_zero the quantizer is that ReLU, too. Symmetric narrow weights
// (Z = 0, +-(2^(K-1) - 1), for kernels that add pairs in 16 bits) are jacob_weight.
// core/fixed_multiplier.hpp brings the accumulators back to codes.
//
// Source: Jacob et al., arXiv:1712.05877, eq. 1, 11-13 and section 3; google/gemmlowp.
#ifndef LOWBIT_QUANTIZE_METHODS_JACOB_AFFINE_HPP
#define LOWBIT_QUANTIZE_METHODS_JACOB_AFFINE_HPP

#include "lowbit/quantize/fit/in_blocks.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/learnable.hpp"
#include "lowbit/quantize/number/moving_range.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Which ranges are fitted and trained: any, or those that begin at 0, so that every x <= 0 has the code of 0.
enum class affine_range { any, from_zero };

/// 2^K codes over a range of real numbers, zero among them.
template <int K = 8, affine_range Range = affine_range::any>
struct jacob_affine {
  using encoding = unsigned_bits<K>;
  static constexpr int steps = (1 << K) - 1;
  struct parameters {
    float lower, upper;
  };

  static constexpr std::array learned_numbers{learned_number{"lower"}, learned_number{"upper"}};

  float lower = 0;
  float upper = 1;

  void validate() const {
    if (!is_finite(lower) || !is_finite(upper) || !(lower <= upper))
      detail::fail("jacob_affine: the range is [%g, %g]: lower must not exceed upper, both finite",
                   static_cast<double>(lower), static_cast<double>(upper));
    const int z = zero_point();
    if ((z > steps - z ? z : steps - z) * scale() > 0x1.fffffep127)
      detail::fail("jacob_affine: the range is [%g, %g]: with %d steps its levels are no floats",
                   static_cast<double>(lower), static_cast<double>(upper), steps);
  }
  /// With the range of the group: the whole of weights, or a first batch. Errors: an element is not finite.
  [[nodiscard]] jacob_affine initialized(std::span<const float> group) const {
    const auto [low, high] = detail::quantizers::range_of(group, "jacob_affine");
    return over({low, high});
  }
  /// With the moving average of ranges, after one more batch (quantize/number/moving_range.hpp, decay 0.99). Errors: an
  /// element is not finite.
  [[nodiscard]] jacob_affine observed(std::span<const float> batch) const {
    moving_range range;
    range.lower = static_cast<double>(lower);
    range.upper = static_cast<double>(upper);
    range.batches = 1;
    range.update(batch);
    return over({static_cast<float>(range.lower), static_cast<float>(range.upper)});
  }
  [[nodiscard]] constexpr parameters learned() const noexcept { return {lower, upper}; }
  [[nodiscard]] constexpr jacob_affine with_learned(parameters p) const noexcept {
    return {p.lower, p.upper};
  }
  /// Zero stays within.
  [[nodiscard]] constexpr parameters in_range(parameters p) const noexcept {
    return {Range == affine_range::any && is_finite(p.lower) && p.lower < 0 ? p.lower : 0,
            is_finite(p.upper) && p.upper > 0 ? p.upper : 0};
  }
  /// S.
  [[nodiscard]] LOWBIT_INLINE constexpr double scale() const noexcept { return width() / steps; }
  /// Z.
  [[nodiscard]] LOWBIT_INLINE constexpr int zero_point() const noexcept {
    return round_quotient<rounding::half_away>(-low() * steps, width(), 0, steps);
  }
  [[nodiscard]] constexpr affine levels() const noexcept {
    const float s = rounded_scale();
    return {s, -s * static_cast<float>(zero_point())};
  }
  /// Z + x / S is clipped to 0 from below, so that ties away from zero are ties up.
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    const int z = zero_point();
    return rounded_quotient<K, rounding::half_up>{steps, width(), -z, steps - z, z};
  }
  [[nodiscard]] constexpr float nudged_lower() const noexcept {
    return static_cast<float>(-zero_point() * scale());
  }
  [[nodiscard]] constexpr float nudged_upper() const noexcept {
    return static_cast<float>((steps - zero_point()) * scale());
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return x >= nudged_lower() && x <= nudged_upper() ? upstream : 0;
  }
  /// gradient() of each element, with the ends of the range computed once.
  void backward(std::span<const float> x, std::span<const float> upstream,
                std::span<float> dx) const noexcept {
    const float bottom = nudged_lower(), top = nudged_upper();
    detail::quantizers::in_blocks(
        dx, x, upstream, [=](float v, float g) { return v >= bottom && v <= top ? g : 0; });
  }
  [[nodiscard]] parameters parameter_gradient(std::span<const float> x,
                                              std::span<const float> upstream) const noexcept {
    using detail::gradient::slope_sum;
    const float bottom = nudged_lower(), top = nudged_upper();
    return {slope_sum(x, upstream, [=](float v) { return v < bottom ? 1.0f : 0.0f; }),
            slope_sum(x, upstream, [=](float v) { return v > top ? 1.0f : 0.0f; })};
  }

 private:
  [[nodiscard]] static constexpr jacob_affine over(parameters ends) noexcept {
    if constexpr (Range == affine_range::from_zero)
      return {0, ends.upper > 0 ? ends.upper : 0};
    else
      return {ends.lower, ends.upper};
  }
  [[nodiscard]] LOWBIT_INLINE constexpr double low() const noexcept {
    const double least = exact_double(detail::core::select(is_negative(lower), lower, 0));
    return detail::core::select(least < exact_double(upper) * -0x1p-20, least, 0);
  }
  [[nodiscard]] LOWBIT_INLINE constexpr double high() const noexcept {
    const double most = exact_double(detail::core::select(is_above(upper, 0), upper, 0));
    return detail::core::select(most > exact_double(lower) * -0x1p-20, most, 0);
  }
  [[nodiscard]] LOWBIT_INLINE constexpr double width() const noexcept {
    const double difference = high() - low();
    return detail::core::select(difference > 0, difference, steps);
  }
  /// S as a float whose product with Z is one too, rounded to as few bits less as that takes.
  [[nodiscard]] constexpr float rounded_scale() const noexcept {
    const auto z = static_cast<double>(zero_point());
    const std::uint32_t bits = bits_of(static_cast<float>(scale()));
    for (std::uint32_t unit = 1;; unit *= 2) {
      const float s = float_of((bits + unit / 2) / unit * unit);
      const double product = z * static_cast<double>(s);
      if (product == static_cast<double>(static_cast<float>(product))) return s;
    }
  }
};

/// Symmetric weights: codes of +-(2^(K-1) - 1), Z = 0, the scale fitted to the largest magnitude.
template <int K = 8>
struct jacob_weight {
  static_assert(K >= 2, "lowbit::jacob_weight<K>: K must be 2 to 8");
  using encoding = narrow_bits<K>;

  float step = 1;  ///< fitted: max |w| / (2^(K-1) - 1)

  /// Errors: an element is not finite.
  [[nodiscard]] jacob_weight fit(std::span<const float> group) const {
    return {detail::quantizers::step_to(detail::quantizers::max_abs(group, "jacob_weight"),
                                        narrow_grid<K>::high)};
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {step, 0}; }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    return narrow_grid<K>::template quotient<rounding::half_away>(
        1, is_above(step, 0) ? exact_double(step) : 1);
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

LOWBIT_END

#endif
