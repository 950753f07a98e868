// lowbit/quantize/methods/shiftcnn.hpp – weights as sums of N signed powers of two, found greedily.
//
//     w / max |w| ~ c_1 + ... + c_N        c_n in {0, +-2^(1-n), +-2^(-n), ..., 2^B - 1 values}
//
//     r = w / max |w|;  for each n:  e = floor(log2 |r|), one more if |r| > 1.5 * 2^e
//                                    c_n = sign(r) 2^e, or 0 if e is below the last exponent of term n
//                                    r -= c_n
//
// A term is stored as an index of B bits. 0 stands for zero; else the index is 2 - n - e (1 for the largest), with a
// sign bit on top. Term n has bits (n-1) B ... nB - 1 of the code. The zero is decided after rounding, so |r| down to
// 0.75 of the smallest power survives. Nothing is divided: r stands in units of max |w|, and exponents are read from
// the bits of two doubles. The differences are exact, so results are the same everywhere.
//
// Two terms of 4 bits lose next to no accuracy in the paper, without training. More than 8 bits have
// indices (shift_terms) but no packed code. An all-zero group has max 0 and codes 0. Gradient: identity.
//
// Source: Gudovskiy, Rigazio, "ShiftCNN: generalized low-precision architecture for inference of
// convolutional neural networks", arXiv:1706.02393, algorithm 1.
#ifndef LOWBIT_QUANTIZE_METHODS_SHIFTCNN_HPP
#define LOWBIT_QUANTIZE_METHODS_SHIFTCNN_HPP

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/encoding/codebook.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// The signed indices of N terms of B bits.
template <int N, int B>
struct shift_terms {
  static_assert(N >= 1 && B >= 2 && B <= 8,
                "lowbit::shift_terms<N, B>: N >= 1 terms of 2 to 8 bits");
  static constexpr int largest_index = (1 << (B - 1)) - 1;

  std::array<int, static_cast<std::size_t>(N)> index{};

  /// The terms of w / largest; numbers beyond +-largest are cut off there, NaN gives zeros.
  [[nodiscard]] static constexpr shift_terms of(float w, float largest) noexcept {
    shift_terms terms;
    if (!is_above(largest, 0) || is_nan(w)) return terms;
    const double unit = exact_double(largest);
    double r = clip(exact_double(w), -unit, unit);
    for (int n = 1; n <= N && r != 0; ++n) {
      const double size = r < 0 ? -r : r;
      const int exponent = exponent_of(size) - exponent_of(unit);  // of the quotient, or one more
      const int below = size < unit * wide_power_of_two(exponent) ? exponent - 1 : exponent;
      const int nearest = size > 1.5 * unit * wide_power_of_two(below) ? below + 1 : below;
      const int index = 2 - n - nearest;
      if (index > largest_index) continue;
      terms.index[static_cast<std::size_t>(n - 1)] = r < 0 ? -index : index;
      const double power = unit * wide_power_of_two(nearest);
      r -= r < 0 ? -power : power;
    }
    return terms;
  }
  /// What they add up to, times largest.
  [[nodiscard]] constexpr float real(float largest) const noexcept {
    double sum = 0;
    for (int n = 1; n <= N; ++n) {
      const int i = index[static_cast<std::size_t>(n - 1)];
      if (i != 0) sum += i < 0 ? -wide_power_of_two(2 - n + i) : wide_power_of_two(2 - n - i);
    }
    return static_cast<float>(sum * static_cast<double>(largest));
  }

 private:
  [[nodiscard]] LOWBIT_INLINE static constexpr int exponent_of(double x) noexcept {
    return static_cast<int>(__builtin_bit_cast(std::uint64_t, x) >> 52 & 0x7ff) - 1023;
  }
};

/// N terms of B bits as one code of N * B <= 8, fitted per group (the layer in the paper).
template <int N, int B>
struct shiftcnn {
  static_assert(N * B <= 8, "lowbit::shiftcnn<N, B>: a code has at most 8 bits: N * B <= 8");
  using encoding = codebook<N * B>;
  static constexpr bool monotone =
      N == 1;  ///< see quantize/fit/monotone.hpp; sums may have several codes
  using terms = shift_terms<N, B>;

  float largest = 1;                       ///< fitted: max |w|
  level_table<N* B> table = table_for(1);  ///< fitted

  /// Errors: an element is not finite.
  [[nodiscard]] shiftcnn fit(std::span<const float> group) const {
    const float max = detail::quantizers::max_abs(group, "shiftcnn");
    return {max, table_for(max)};
  }
  [[nodiscard]] constexpr const level_table<N * B>& levels() const noexcept { return table; }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float w) const noexcept {
    const terms t = terms::of(w, largest);
    unsigned code = 0;
    for (int n = 0; n < N; ++n) {
      const int i = t.index[static_cast<std::size_t>(n)];
      const unsigned field =
          i < 0 ? static_cast<unsigned>(-i) | 1u << (B - 1) : static_cast<unsigned>(i);
      code |= field << (n * B);
    }
    return static_cast<code_t>(code);
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }

 private:
  [[nodiscard]] static constexpr level_table<N * B> table_for(float largest) noexcept {
    level_table<N * B> out;
    for (unsigned code = 0; code < out.table.size(); ++code) {
      terms t;
      for (int n = 0; n < N; ++n) {
        const int field = static_cast<int>(code >> (n * B)) & ((1 << B) - 1);
        const int i = field & terms::largest_index;
        t.index[static_cast<std::size_t>(n)] = field >> (B - 1) != 0 ? -i : i;
      }
      out.table[code] = t.real(largest);
    }
    return out;
  }
};

LOWBIT_END

#endif
