// lowbit/quantize/methods/fixed_point.hpp – two's complement numbers with a binary point.
//
//     code = clip(round(x 2^f), -2^(K-1), 2^(K-1) - 1)               y = code * 2^-f
//
// f is the fraction length. Rounding is half away from zero, as in Ristretto. The stochastic form is floor(x 2^f + u)
// with a uniform u in [0, 1); its mean is x. dL/dx = g, also where x was clipped: latent weights are trained.
//
// "Dynamic" fixed point has one f per group of floats. With max the largest magnitude and i the bits in front of the
// point,
//
//     i = ceil(log2 max)  for layer inputs and outputs,   + 1 for parameters            f = K - i
//
// so activations whose maximum is a power of two saturate by one step, parameters never do. All zero
// counts as i = 1.
//
// Source: Gysel et al., "Hardware-oriented approximation of convolutional neural networks"
// (Ristretto), arXiv:1605.06402, section 4.
#ifndef LOWBIT_QUANTIZE_METHODS_FIXED_POINT_HPP
#define LOWBIT_QUANTIZE_METHODS_FIXED_POINT_HPP

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// What a dynamic fixed-point format is for; see the head of this file.
enum class fixed_point_role { activations, parameters };

/// The bits in front of the binary point for numbers up to `largest` (finite, >= 0).
[[nodiscard]] constexpr int fixed_point_integer_bits(float largest,
                                                     fixed_point_role role) noexcept {
  return (largest > 0 ? ceil_log2(largest) : 0) + (role == fixed_point_role::parameters ? 1 : 0);
}

namespace detail::quantizers {

inline void require_fraction_bits(int bits, const char* who) {
  if (bits < -120 || bits > 126)
    fail("%s: fraction_bits is %d: it must be in -120 ... 126", who, bits);
}

}  // namespace detail::quantizers

/// K-bit multiples of 2^-fraction_bits.
template <int K, class Rounding = rounding::half_away>
struct fixed_point {
  using encoding = signed_bits<K>;

  int fraction_bits = K - 1;

  void validate() const { detail::quantizers::require_fraction_bits(fraction_bits, "fixed_point"); }
  [[nodiscard]] constexpr affine levels() const noexcept {
    return {power_of_two(-fraction_bits), 0};
  }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    return integer_grid<encoding>::template quotient<Rounding>(1,
                                                               wide_power_of_two(-fraction_bits));
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

/// The same with the next multiple up or down drawn in proportion.
template <int K>
struct stochastic_fixed_point {
  using encoding = signed_bits<K>;

  int fraction_bits = K - 1;

  void validate() const {
    detail::quantizers::require_fraction_bits(fraction_bits, "stochastic_fixed_point");
  }
  [[nodiscard]] constexpr affine levels() const noexcept {
    return {power_of_two(-fraction_bits), 0};
  }
  /// What evaluation uses.
  [[nodiscard]] constexpr fixed_point<K, rounding::half_even> deterministic() const noexcept {
    return {fraction_bits};
  }
  /// Clipped before the uniform is added: at the upper bound u < 1 cannot lift it.
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x, float u) const noexcept {
    const double position = exact_double(x) * wide_power_of_two(fraction_bits);
    const double inside = clip(position, integer_grid<encoding>::low, integer_grid<encoding>::high);
    return code_of_value<encoding>(rounding::stochastic_to(inside, exact_double(u)));
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

/// Fixed point whose fraction length is fitted to the group's largest magnitude.
template <int K, fixed_point_role Role = fixed_point_role::parameters>
struct dynamic_fixed_point {
  using encoding = signed_bits<K>;

  int fraction_bits = K - 1;  ///< fitted

  /// Errors: an element is not finite.
  [[nodiscard]] dynamic_fixed_point fit(std::span<const float> group) const {
    const float largest = detail::quantizers::max_abs(group, "dynamic_fixed_point");
    const int fraction = largest > 0 ? K - fixed_point_integer_bits(largest, Role) : K - 1;
    return {fraction > 126 ? 126 : fraction < K - 128 ? K - 128 : fraction};  // finite levels
  }
  [[nodiscard]] constexpr affine levels() const noexcept {
    return {power_of_two(-fraction_bits), 0};
  }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    return fixed_point<K>{fraction_bits}.quotient();
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

LOWBIT_END

#endif
