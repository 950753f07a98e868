// lowbit/quantize/number/scaled_integer.hpp – the dynamic fixed point of low-precision training.
//
//     m = clip(round(x 2^(n - i)), -(2^n - 1), 2^n - 1)  half to even              y = m 2^(i - n)
//
// n bits besides the sign, i of them in front of the binary point; symmetric. Each group of floats has its own i: the
// weights, biases, sums and outputs of a layer, and the gradient of each. A controller moves i when it has seen enough
// examples (10000 in the paper):
//
//     overflow rate > limit                          i + 1
//     overflow rate with i - 1 would be <= limit     i - 1          limit = 0.01 %
//
// A number overflows if |x| is at least the largest value, the largest itself included. The paper's widths are
// 10 bits for propagation and 12 for updates.
//
// Source: Courbariaux, Bengio, David, "Training deep neural networks with low precision multiplications",
// arXiv:1412.7024, section 5.
#ifndef LOWBIT_QUANTIZE_NUMBER_SCALED_INTEGER_HPP
#define LOWBIT_QUANTIZE_NUMBER_SCALED_INTEGER_HPP

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/core/rounding.hpp"
#include "lowbit/quantize/number/word_code.hpp"

LOWBIT_BEGIN

/// n-bit magnitudes with a sign, `integer_bits` of them in front of the point.
struct scaled_integer {
  int bits = 9;          ///< n, without the sign: 1 to 15
  int integer_bits = 0;  ///< i

  void validate() const {
    if (bits < 1 || bits > 15) detail::fail("scaled_integer: bits is %d: it must be 1 to 15", bits);
    if (integer_bits < -100 || integer_bits > 100)
      detail::fail("scaled_integer: integer_bits is %d: it must be in -100 ... 100", integer_bits);
  }
  [[nodiscard]] constexpr int largest_code() const noexcept { return (1 << bits) - 1; }
  [[nodiscard]] LOWBIT_INLINE constexpr std::int16_t encode(float x) const noexcept {
    const double position = exact_double(x) * wide_power_of_two(bits - integer_bits);
    return static_cast<std::int16_t>(
        rounding::half_even::to(clip(position, -largest_code(), largest_code())));
  }
  [[nodiscard]] constexpr float decode(std::int16_t m) const noexcept {
    return static_cast<float>(m * wide_power_of_two(integer_bits - bits));
  }
  /// Whether |x| is at least the largest value.
  [[nodiscard]] constexpr bool overflows(float x) const noexcept {
    return is_at_least(magnitude(x), decode(static_cast<std::int16_t>(largest_code())));
  }
  /// The share of numbers that overflow; 0 of none.
  [[nodiscard]] double overflow_rate(std::span<const float> x) const noexcept {
    index_t over = 0;
    for (const float v : x) over += overflows(v) ? 1 : 0;
    return x.empty() ? 0 : static_cast<double>(over) / static_cast<double>(x.size());
  }
};

/// What the controller adds to integer_bits: 1, 0 or -1. The rates are those of the present format and of
/// one with half the range.
[[nodiscard]] constexpr int scaled_integer_move(double overflow, double overflow_of_half,
                                                double limit = 1e-4) noexcept {
  return overflow > limit ? 1 : overflow_of_half <= limit ? -1 : 0;
}

LOWBIT_END

#endif
