// lowbit/quantize/methods/half_wave.hpp – half-wave Gaussian quantization.
//
// Behind a batch norm, activations are close to N(0, 1) in every layer, so one table serves all layers. The negative
// half becomes 0, as in a ReLU, and the positive half has M levels q_1 < ... < q_M:
//
//     y = 0 for x <= 0,  q_i for t_i < x <= t_(i+1)          t_1 = 0, t_i = (q_(i-1) + q_i) / 2
//
// The first threshold is 0, not q_1 / 2: any positive number is at least q_1. Ties stay low.
//
//     half_wave<K>          equidistant levels, codes 0 ... 2^K - 1 times the step     (0.538 for 2 bits)
//     half_wave_table<M>    the best M levels, or yours, as a codebook      (0.453, 1.51 for M = 2)
//
// The tables are the Lloyd-Max levels of half a normal distribution, and the best steps for it, found by alternation
// and line search. quantize/fit/gaussian_levels.hpp finds others; quantize/methods/tsq_activation.hpp has a first
// threshold above 0.
//
// Of the staircase's derivative three versions are known (q_M = the largest level):
//
//     vanilla      g where x > 0
//     clipped      g where 0 < x <= q_M                                  the default
//     log_tailed   the same, and g / (x - (q_M - 1)) beyond q_M
//
// Source: Cai et al., "Deep learning with low precision by half-wave Gaussian quantization",
// arXiv:1702.00953, section 4.
#ifndef LOWBIT_QUANTIZE_METHODS_HALF_WAVE_HPP
#define LOWBIT_QUANTIZE_METHODS_HALF_WAVE_HPP

#include "lowbit/encoding/codebook.hpp"
#include "lowbit/quantize/fit/boundaries.hpp"
#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Which derivative of the half wave; see the head of this file.
enum class half_wave_gradient { vanilla, clipped, log_tailed };

namespace detail::quantizers {

template <half_wave_gradient Gradient>
[[nodiscard]] constexpr float half_wave_slope(float x, float last) noexcept {
  if (!(x > 0)) return 0;
  if (Gradient == half_wave_gradient::vanilla || x <= last) return 1;
  return Gradient == half_wave_gradient::clipped ? 0 : 1 / (x - (last - 1));
}

/// ceil(x / step - 1/2), ties low, and at least 1 where x > 0. Codes below 0 are cut off later.
struct half_down_above_zero {
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t of(std::int32_t whole, double rest,
                                                               double unit) noexcept {
    return above_zero(rounding::half_down::of(whole, rest, unit), whole * unit + rest);
  }
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t quotient(double dividend,
                                                                     double divisor) noexcept {
    return above_zero(rounding::half_down::quotient(dividend, divisor), dividend);
  }

 private:
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t above_zero(std::int32_t nearest,
                                                                       double x) noexcept {
    return nearest | (static_cast<std::int32_t>(nearest == 0) & static_cast<std::int32_t>(x > 0));
  }
};

/// The best steps of 2^K - 1 equidistant levels for the positive half of N(0, 1), K = 1 ... 8.
inline constexpr float half_wave_steps[] = {0.797885f, 0.538f,     0.321729f,  0.184243f,
                                            0.102983f, 0.0565844f, 0.0306915f, 0.0164819f};

/// The best M levels for it, where they are tabulated.
template <int M>
inline constexpr std::array<float, static_cast<std::size_t>(M)> half_wave_levels{};
template <>
inline constexpr std::array<float, 1> half_wave_levels<1>{0.797885f};
template <>
inline constexpr std::array<float, 2> half_wave_levels<2>{0.453f, 1.51f};
template <>
inline constexpr std::array<float, 3> half_wave_levels<3>{0.317716f, 1.000106f, 1.893595f};
template <>
inline constexpr std::array<float, 7> half_wave_levels<7>{
    0.145706f, 0.441321f, 0.750443f, 1.085635f, 1.467528f, 1.938612f, 2.625063f};
template <>
inline constexpr std::array<float, 15> half_wave_levels<15>{
    0.070155f, 0.210928f, 0.353110f, 0.497714f, 0.645876f, 0.798927f, 0.958490f, 1.126640f,
    1.306147f, 1.500912f, 1.716779f, 1.963224f, 2.257440f, 2.636614f, 3.213562f};

}  // namespace detail::quantizers

/// 2^K - 1 positive multiples of a step, and 0.
template <int K, half_wave_gradient Gradient = half_wave_gradient::clipped>
struct half_wave {
  using encoding = unsigned_bits<K>;
  static constexpr bool activations_alone = true;  ///< see quantize/quantizer.hpp
  static constexpr int steps = (1 << K) - 1;

  float step = detail::quantizers::half_wave_steps[K - 1];

  void validate() const { detail::quantizers::require_positive(step, "half_wave", "step"); }
  [[nodiscard]] constexpr affine levels() const noexcept { return {step, 0}; }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    return rounded_quotient<K, detail::quantizers::half_down_above_zero>{1, exact_double(step), 0,
                                                                         steps, 0};
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return upstream *
           detail::quantizers::half_wave_slope<Gradient>(x, step * static_cast<float>(steps));
  }
};

/// M positive levels of any spacing, and 0.
template <int M, half_wave_gradient Gradient = half_wave_gradient::clipped>
struct half_wave_table {
  static_assert(M >= 1 && M <= 15, "lowbit::half_wave_table<M>: M must be 1 to 15");
  static constexpr int bits = M < 2 ? 1 : M < 4 ? 2 : M < 8 ? 3 : 4;
  using encoding = codebook<bits>;
  static constexpr bool monotone = true;           ///< see quantize/fit/monotone.hpp
  static constexpr bool activations_alone = true;  ///< see quantize/quantizer.hpp

  std::array<float, static_cast<std::size_t>(M)> positive = detail::quantizers::half_wave_levels<M>;

  void validate() const {
    for (std::size_t i = 0; i < M; ++i)
      if (!is_finite(positive[i]) || !(positive[i] > (i == 0 ? 0 : positive[i - 1])))
        detail::fail("half_wave_table: level %zu is %g: levels must be positive, finite and rising",
                     i, static_cast<double>(positive[i]));
  }
  /// Codes above M, which encode never gives, repeat the last level.
  [[nodiscard]] constexpr level_table<bits> levels() const noexcept {
    level_table<bits> out;
    for (std::size_t c = 1; c < out.table.size(); ++c)
      out.table[c] = positive[(c < M ? c : std::size_t{M}) - 1];
    return out;
  }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats x) const noexcept requires(M <= 7) {
    return counted(x);
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept requires(M > 7) {
    return code_of(counted(one_float{x}));
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return upstream *
           detail::quantizers::half_wave_slope<Gradient>(x, positive[std::size_t{M} - 1]);
  }

 private:
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto counted(Floats x) const noexcept {
    using detail::quantizers::smallest_above;
    std::array<float, static_cast<std::size_t>(M)> boundaries{smallest_above(0)};
    for (std::size_t i = 1; i < M; ++i)
      boundaries[i] = smallest_above(
          (static_cast<double>(positive[i - 1]) + static_cast<double>(positive[i])) / 2);
    return detail::quantizers::count_planes<static_cast<std::size_t>(bits)>(x, boundaries);
  }
};

LOWBIT_END

#endif
