// lowbit/quantize/methods/inq.hpp – incremental network quantization: powers of two, the largest weights first.
//
//     levels = {0, +-2^n2, ..., +-2^n1}      n1 = floor(log2(4 max |w| / 3))      n2 = n1 + 1 - 2^(K-2)
//     |w| -> the nearest level, a tie to the larger; below 2^n2 / 2 to 0
//
// K counts the sign and the zero: 2^(K-2) magnitudes, two signs, and one zero, in codes of K bits:
//
//     code 0: zero      bits 0 ... K-2: 1 for 2^n2, ..., 2^(K-2) for 2^n1      bit K-1: negative
//
// n1 comes from the bits of max |w| = m 2^e. It is e, or e + 1 from m = 1.5 on, and 127 at most, so that the level is a
// float. No log2 is called.
//
// Training quantizes a part of the weights, freezes it, trains the rest, and continues (inq_portions). freeze_largest()
// quantizes and freezes; frozen weights take no gradient. n1 does not change between the rounds, because the largest
// frozen weight is 2^n1. Only a retrained weight above 1.5 * 2^n1 could change it: set `keep_exponent` after the first
// round. An all-zero group has only zeros.
//
// Source: Zhou et al., "Incremental network quantization", arXiv:1702.03044, eq. 1-4 and 8.
#ifndef LOWBIT_QUANTIZE_METHODS_INQ_HPP
#define LOWBIT_QUANTIZE_METHODS_INQ_HPP

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/core/rounding.hpp"
#include "lowbit/encoding/codebook.hpp"
#include "lowbit/quantize/fit/largest_open.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/fit/staircase.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// The accumulated portions of frozen weights in the paper.
inline constexpr std::array inq_portions{0.5, 0.75, 0.875, 1.0};

/// Zero and 2^(K-2) powers of two of either sign.
template <int K>
struct inq {
  static_assert(K >= 2 && K <= 8, "lowbit::inq<K>: the bit width K must be 2 to 8");
  using encoding = codebook<K>;
  static constexpr int magnitudes = 1 << (K - 2);

  bool keep_exponent = false;                 ///< fit() leaves n1 as it is
  int n1 = 0;                                 ///< fitted: exponent of the largest level
  level_table<K> table{};                     ///< fitted
  detail::quantizers::staircase<K> stairs{};  ///< fitted

  /// Exponent of the smallest level but 0.
  [[nodiscard]] constexpr int n2() const noexcept { return n1 + 1 - magnitudes; }

  /// The portion that is frozen when training has come so far, progress from 0 to 1: each of inq_portions lasts equally
  /// long.
  [[nodiscard]] static constexpr double portion_at(double progress) noexcept {
    const double at = progress * static_cast<double>(inq_portions.size());
    const auto last = inq_portions.size() - 1;
    return inq_portions[at >= static_cast<double>(last) ? last
                        : at > 0                        ? static_cast<std::size_t>(at)
                                                        : 0];
  }
  void validate() const {
    if (keep_exponent && (n1 < -149 || n1 > 127))
      detail::fail("inq: the exponent to keep is %d: it must be that of a float, -149 ... 127", n1);
  }
  /// Errors: those of validate(); an element is not finite.
  [[nodiscard]] inq fit(std::span<const float> group) const {
    validate();
    const float largest = detail::quantizers::max_abs(group, "inq");
    if (!(largest > 0)) {
      inq q = *this;
      q.table = {};
      q.stairs = {};
      return q;
    }
    const binary_logarithm log = logarithm_of(largest);
    const int exponent = log.exponent + (log.fraction >= 0x400000u ? 1 : 0);
    return with_exponent(keep_exponent ? n1 : exponent < 127 ? exponent : 127);
  }
  /// The levels up to 2^exponent, whatever the data.
  [[nodiscard]] constexpr inq with_exponent(int exponent) const noexcept {
    constexpr unsigned negative = 1u << (K - 1);
    constexpr auto half = static_cast<std::size_t>(magnitudes);
    inq q = *this;
    q.n1 = exponent;
    q.table = {};
    q.stairs = {};
    // The lower end of magnitude i (1 ... half), in double: it may be below the smallest float.
    const auto lower_end = [&](std::size_t i) {
      const double level = wide_power_of_two(q.n2() + static_cast<int>(i) - 1);
      return i == 1 ? level / 2 : level * 0.75;
    };
    for (std::size_t i = half; i >= 1; --i) {
      const auto code = static_cast<code_t>(i | negative);
      q.table.table[code] = -power_of_two(q.n2() + static_cast<int>(i) - 1);
      // The step above the next larger magnitude's, whose last element is its lower end.
      q.stairs.set(half - i, i == half ? 0 : detail::quantizers::smallest_above(-lower_end(i + 1)),
                   code);
    }
    q.stairs.set(half, detail::quantizers::smallest_above(-lower_end(1)), 0);
    for (std::size_t i = 1; i <= half; ++i) {
      q.table.table[i] = power_of_two(q.n2() + static_cast<int>(i) - 1);
      q.stairs.set(half + i, detail::quantizers::smallest_from(lower_end(i)),
                   static_cast<code_t>(i));
    }
    return q;
  }
  /// The exponent that frozen weights keep, where no fit finds it again; beyond the floats without levels.
  [[nodiscard]] constexpr std::array<float, 1> numbers() const noexcept {
    return {table.table[1] > 0 ? static_cast<float>(n1) : 1000};
  }
  [[nodiscard]] constexpr inq with_numbers(const std::array<float, 1>& exponent) const noexcept {
    const bool levels = exponent[0] >= -149 && exponent[0] <= 127;
    return levels ? with_exponent(static_cast<int>(exponent[0])) : *this;
  }
  [[nodiscard]] constexpr const level_table<K>& levels() const noexcept { return table; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats w) const noexcept requires(K <= 5) {
    return stairs.planes(w);
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float w) const noexcept requires(K > 5) {
    return stairs.encode(w);
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

/// Freezes the weights of largest magnitude until round(portion * n) are frozen: sets frozen[i] to 1 and
/// w[i] to its level. Frozen weights stay frozen; of equal magnitudes the first are taken. Cost: n log n.
/// Errors: the lengths differ; portion is not in [0, 1].
template <quantizer Q>
void freeze_largest(const Q& q, double portion, std::span<float> w,
                    std::span<std::uint8_t> frozen) {
  detail::quantizers::for_each_largest_open(
      portion, w, frozen, [&](std::size_t i) { w[i] = decode(q, encode(q, w[i])); });
}

LOWBIT_END

#endif
