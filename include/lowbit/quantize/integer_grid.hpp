// lowbit/quantize/integer_grid.hpp – a quotient rounded to an integer: half of the literature in one line.
//
//     value = clip(round(x * n / unit), low, high)        code = the pattern that stands for this integer
//
// The methods differ in three independent things:
//
//     the position     x / step in LSQ, x n / alpha in PACT, x / S in affine codes
//     the rounding     rounding::half_even, half_away, half_up, half_down, up, down (core/rounding.hpp)
//     the integers     0 ... 2^K - 1 of unsigned_bits, two's complement of signed_bits, its symmetric part, ...
//
// So such a quantizer has one member instead of encode():
//
//     constexpr auto quotient() const noexcept {
//       return integer_grid<encoding>::template quotient<rounding::half_even>(1, exact_double(step));
//     }
//
// No rounded quotient decides a code. x n is exact in double, and so is its distance from a multiple of the unit
// (core/rounding.hpp). Therefore the code is the formula's, to the last tie: on every ISA, with every compiler and
// flag, in every rounding direction, with flushed denormals. NaN gets the code of `low`.
//
// A quotient is data, not a type per quantizer: the kernels are compiled once per width and rounding, and run
// all methods (kernel/pack/quotient_row.hpp).
#ifndef LOWBIT_QUANTIZE_INTEGER_GRID_HPP
#define LOWBIT_QUANTIZE_INTEGER_GRID_HPP

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/rounding.hpp"
#include "lowbit/encoding/codebook.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/encoding/ternary.hpp"

LOWBIT_BEGIN

/// The K-bit code (first + clip(round(x * n / unit), low, high)) mod 2^K. n >= 0 has 8 bits at most; unit is
/// positive and has at most 44 significant bits; |low| and |high| are less than 2^29.
template <int K, class Rounding>
struct rounded_quotient {
  using encoding = codebook<K>;  ///< any with K planes: kernels ask for no meaning

  int n;
  double unit;
  std::int32_t low, high, first;

  /// NaN gets the code of low.
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept {
    return code(round_quotient<Rounding>(exact_double(x) * n, unit, low, high));
  }
  /// The same for a float in front of limit(), as a double.
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode_near(double x) const noexcept {
    const std::int32_t rounded = Rounding::quotient(x * n, unit);
    const std::int32_t raised = rounded > low ? rounded : low;
    return code(raised < high ? raised : high);
  }
  /// The bits of a power of two, at most those of infinity: |x| * n / unit < 2^28 for magnitudes below.
  [[nodiscard]] constexpr std::uint32_t limit() const noexcept {
    const double most = unit * 0x1p28 / (n > 0 ? n : 1);
    const auto exponent =
        static_cast<int>(__builtin_bit_cast(std::uint64_t, most) >> 52) - 1023 + 127;
    return static_cast<std::uint32_t>(exponent < 0 ? 0 : exponent > 255 ? 255 : exponent) << 23;
  }

 private:
  [[nodiscard]] LOWBIT_INLINE constexpr code_t code(std::int32_t value) const noexcept {
    return static_cast<code_t>((first + value) & ((1 << K) - 1));
  }
};

/// The code that stands for an integer, where the encoding's values are equidistant: the inverse of
/// value<E>(). The integer must be one of them.
template <plane_code E>
[[nodiscard]] LOWBIT_INLINE constexpr code_t code_of_value(int integer) noexcept {
  return static_cast<code_t>((integer - E::offset) / E::weight(0) & ((1 << E::plane_count) - 1));
}

/// The integers in [Low, High] and their codes; all of E's unless said otherwise. E's values are 1 apart.
template <plane_code E, int Low = min_value<E>(), int High = max_value<E>()>
struct integer_grid {
  static constexpr int low = Low, high = High;

  /// The position x * n / unit, rounded and clipped.
  template <class Rounding>
  [[nodiscard]] LOWBIT_INLINE static constexpr rounded_quotient<E::plane_count, Rounding> quotient(
      int n, double unit) noexcept {
    static_assert(E::weight(0) * E::weight(0) == 1,
                  "lowbit::integer_grid<E>: the values of E must be 1 apart");
    return {n, unit, Low, High, -E::offset};
  }
};

/// Two's complement without the most negative number: symmetric around zero. For K = 2 one ternary digit,
/// which multiplies faster and has the same bits.
template <int K>
using narrow_bits = std::conditional_t<K == 2, ternary, signed_bits<K>>;
template <int K>
using narrow_grid = integer_grid<narrow_bits<K>, 1 - (1 << (K - 1)), (1 << (K - 1)) - 1>;

namespace detail::quantizers {

/// True if each of 64 floats is zero or normal, and its magnitude's bits are below `limit`: encode_near() is for these.
[[nodiscard]] LOWBIT_INLINE bool all_near(const float* x, std::uint32_t limit) noexcept {
  std::uint32_t largest = 0, smallest = ~0u;  // of magnitudes; 0 counts as 2^32
  for (index_t i = 0; i < word_bits; ++i) {
    const std::uint32_t size = bits_of(x[i]) & 0x7fffffffu;
    largest = largest > size ? largest : size;
    smallest = smallest < size - 1 ? smallest : size - 1;
  }
  return (largest < limit) & (smallest >= 0x7fffffu);
}

/// largest / count, so that count steps reach `largest`; a last bit less where they would overflow.
[[nodiscard]] constexpr float step_to(float largest, int count) noexcept {
  const float step = largest / static_cast<float>(count);
  return is_finite(step * static_cast<float>(count)) ? step : float_of(bits_of(step) - 1);
}

}  // namespace detail::quantizers
LOWBIT_END

#endif
