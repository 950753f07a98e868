// lowbit/quantize/methods/log_quantizer.hpp – levels that are powers of two, or of its square root.
//
//     e = round(m log2 |x|) / m        m = 1: octaves (base 2), m = 2: half octaves (base sqrt 2)
//     y = 2^e within the window, the largest level above it, 0 below
//
// With b bits of magnitude and full scale range R the window is R - 2^b / m < e < R, and the codes are
//
//     0          zero: also everything below the window
//     1 ... 2^b - 1      e = R - (2^b - c) / m
//
// so that code differences are ratios, and a product of two codes is a sum of exponents. Activations are
// unsigned: x <= 0 is 0. Weights have their sign in the top bit of the code, K = b + 1 (a sign on zero never
// occurs). The rounding boundary is geometric, sqrt(2) 2^k, and decided on the bits of x
// (core/power_of_two.hpp): no log2 is called. dL/dx = g.
//
// Source: Miyashita, Lee, Murmann, "Convolutional neural networks using logarithmic data
// representation", arXiv:1603.01025; LogNet, ICASSP 2017.
#ifndef LOWBIT_QUANTIZE_METHODS_LOG_QUANTIZER_HPP
#define LOWBIT_QUANTIZE_METHODS_LOG_QUANTIZER_HPP

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/encoding/codebook.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Whether the top bit of a logarithmic code is a sign.
enum class log_sign { none, top_bit };

/// K-bit logarithmic codes with `PerOctave` levels per octave (1 or 2).
template <int K, int PerOctave = 1, log_sign Sign = log_sign::none>
struct log_quantizer {
  static_assert(
      PerOctave == 1 || PerOctave == 2,
      "lowbit::log_quantizer<K, PerOctave>: 1 (base 2) or 2 (base sqrt 2) levels per octave");
  static_assert(
      Sign == log_sign::none || K >= 2,
      "lowbit::log_quantizer<K>: a sign bit leaves no bit for the exponent: K must be 2 to 8");
  using encoding = codebook<K>;
  static constexpr bool monotone = true;  ///< see quantize/fit/monotone.hpp
  static constexpr bool activations_alone = Sign == log_sign::none;
  static constexpr int magnitudes = 1 << (Sign == log_sign::none ? K : K - 1);

  int range = 0;  ///< R: the levels end one step below 2^R

  void validate() const {
    if (range < -60 || range > 120)
      detail::fail("log_quantizer: range is %d: it must be in -60 ... 120", range);
  }
  [[nodiscard]] constexpr level_table<K> levels() const noexcept {
    level_table<K> out;
    for (int c = 1; c < magnitudes; ++c) {
      const int steps = PerOctave * range - (magnitudes - c);  // PerOctave times the exponent
      const int octave = steps >= 0 ? steps / PerOctave : -((PerOctave - 1 - steps) / PerOctave);
      const float fraction = steps - octave * PerOctave == 0 ? 1.0f : 0x1.6a09e6p+0f;  // sqrt 2
      out.table[static_cast<std::size_t>(c)] = power_of_two(octave) * fraction;
      if constexpr (Sign == log_sign::top_bit)
        out.table[static_cast<std::size_t>(magnitudes + c)] = -power_of_two(octave) * fraction;
    }
    return out;
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept {
    const bool zero = !is_above(Sign == log_sign::none ? x : magnitude(x), 0);
    const int nearest = PerOctave == 1 ? round_log2(x) : round_half_octaves(x);
    const int index = nearest - PerOctave * range + magnitudes;
    const int code = zero || index < 0 ? 0 : index < magnitudes ? index : magnitudes - 1;
    const int sign = Sign == log_sign::top_bit && is_negative(x) && code > 0 ? magnitudes : 0;
    return static_cast<code_t>(code | sign);
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

LOWBIT_END

#endif
