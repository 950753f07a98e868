// lowbit/epilogue/code_boundaries.hpp – any quantizer as data: sorted boundaries, and a code for each interval.
//
// The floats that a quantizer gives one code are an interval, whatever its formula is: signs, quotients, tables, sums
// of planes. So a list of boundaries and codes holds all that a network needs to encode like a quantizer:
//
//          b1      b2           b3
//     -----|-------|------------|-------->  x          code = codes[number of boundaries that x reaches]
//      c0     c1        c2          c3                 NaN has a code of its own
//
// The list is found by bisection over all floats, with 32 calls of encode() per boundary. It is compiled once for all
// quantizers, and can be saved. An 8-bit quantizer has at most 255 boundaries.
//
// Most boundaries are equidistant, give or take a rounding. Then a float's place among them is estimated, and compared
// with the boundaries on both sides. Others are searched.
#ifndef LOWBIT_EPILOGUE_CODE_BOUNDARIES_HPP
#define LOWBIT_EPILOGUE_CODE_BOUNDARIES_HPP

#include <concepts>
#include <limits>
#include <span>

#include "lowbit/core/buffer.hpp"
#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/reason.hpp"

LOWBIT_BEGIN

/// What a deterministic quantizer does to floats. As it is made, every float has code 0.
class code_boundaries {
 public:
  static constexpr index_t most = 255;  ///< boundaries

  code_boundaries() : codes_(1) {}
  /// The boundaries of encode(float) -> code_t. Errors: a code has more than one interval, as far as a thousand floats
  /// of all sizes show it.
  template <class Encode>
  requires requires(const Encode& encode, float x) {
    { encode(x) } -> std::same_as<code_t>;
  }
  explicit code_boundaries(const Encode& encode) : nan_code_(encode(float_of(0x7fc00000u))) {
    constexpr std::int64_t lowest = -0x7f800000, highest = 0x7f800000;  // -inf and +inf
    float from[most];
    code_t codes[most + 1];
    std::int64_t begin = lowest;
    codes[0] = encode(float_at(lowest));
    const code_t last = encode(float_at(highest));
    index_t count = 0;
    while (codes[count] != last) {
      if (count == most) fail_intervals();
      std::int64_t same = begin, other = highest;
      while (other - same > 1) {
        const std::int64_t middle = same + (other - same) / 2;
        (encode(float_at(middle)) == codes[count] ? same : other) = middle;
      }
      begin = other;
      from[count++] = float_at(begin);
      codes[count] = encode(float_at(begin));
    }
    *this = code_boundaries({from, static_cast<std::size_t>(count)},
                            {codes, static_cast<std::size_t>(count) + 1}, nan_code_);
    if (problem()) fail_intervals();
    for (std::int64_t probe = lowest; probe <= highest; probe += 1 << 22)
      if ((*this)(float_at(probe)) != encode(float_at(probe))) fail_intervals();
  }
  /// From its parts: boundary i is the first float with codes[i + 1]. See problem().
  code_boundaries(std::span<const float> from, std::span<const code_t> codes, code_t nan_code)
      : keys_(static_cast<index_t>(from.size())),
        codes_(static_cast<index_t>(codes.size())),
        nan_code_(nan_code) {
    for (index_t i = 0; i < keys_.size(); ++i)
      keys_[i] = place_of(from[static_cast<std::size_t>(i)]);
    for (index_t i = 0; i < codes_.size(); ++i) codes_[i] = codes[static_cast<std::size_t>(i)];
    estimate_ = estimate_of(from);
    if (!estimate_.exists) return;
    fenced_ = buffer<std::int32_t>(keys_.size() + 2);
    fenced_[0] = (std::numeric_limits<std::int32_t>::min)();
    for (index_t i = 0; i < keys_.size(); ++i) fenced_[i + 1] = keys_[i];
    fenced_[keys_.size() + 1] = (std::numeric_limits<std::int32_t>::max)();
  }

  /// Number of boundaries.
  [[nodiscard]] LOWBIT_INLINE index_t size() const noexcept { return keys_.size(); }
  /// The first float beyond boundary i: the smallest one with code(i + 1).
  [[nodiscard]] LOWBIT_INLINE float boundary(index_t i) const noexcept {
    return float_at(keys_[i]);
  }
  /// The code of the floats between boundaries i - 1 and i, 0 <= i <= size().
  [[nodiscard]] LOWBIT_INLINE code_t code(index_t i) const noexcept { return codes_[i]; }
  [[nodiscard]] LOWBIT_INLINE code_t nan_code() const noexcept { return nan_code_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return 4 * (keys_.size() + fenced_.size()) + codes_.size();
  }

  /// Whether x is at boundary i or beyond it; NaN is not.
  [[nodiscard]] LOWBIT_INLINE bool reaches(float x, index_t i) const noexcept {
    return !is_nan(x) && place_of(x) >= keys_[i];
  }
  /// The code of x.
  [[nodiscard]] LOWBIT_INLINE code_t operator()(float x) const noexcept {
    if (is_nan(x)) return nan_code_;
    if (estimate_.exists) return codes_[corrected(estimate_.of(x), place_of(x))];
    const std::int32_t key = place_of(x);
    index_t reached = 0;
    for (index_t left = size(); left > 0;) {
      const index_t half = left / 2;
      const bool beyond = key >= keys_[reached + half];
      reached = beyond ? reached + half + 1 : reached;
      left = beyond ? left - half - 1 : half;
    }
    return codes_[reached];
  }

  /// codes[i] = the code of x[i], for N floats. Searches go side by side, so none waits for the answer of its last
  /// comparison. With 255 boundaries a float takes 3.4 ns, where a search alone takes 32 ns. Estimated, it takes 2.0
  /// ns, and 2.7 ns alone (Intel Xeon, 4.1 GHz).
  template <index_t N>
  void search(const float* x, code_t* codes) const noexcept {
    std::int32_t key[std::size_t{N}], reached[std::size_t{N}] = {};
    if (estimate_.exists) {
      for (index_t i = 0; i < N; ++i) {
        const float number = number_or_0(x[i]);
        key[i] = place_of(number);
        reached[i] = estimate_.of(number);
      }
      for (index_t i = 0; i < N; ++i) codes[i] = codes_[corrected(reached[i], key[i])];
      for (index_t i = 0; i < N; ++i) codes[i] = is_nan(x[i]) ? nan_code_ : codes[i];
      return;
    }
    for (index_t i = 0; i < N; ++i) key[i] = place_of(x[i]);
    for (auto left = static_cast<std::int32_t>(size()); left > 0; left /= 2) {
      const std::int32_t half = left / 2 + left % 2;
      const std::int32_t* const middle = keys_.data() + half - 1;
      LOWBIT_SIXTEEN_LANES
      for (index_t i = 0; i < N; ++i)  // A mask, because compilers may turn a choice into a jump.
        reached[i] += half & -static_cast<std::int32_t>(key[i] >= middle[reached[i]]);
    }
    for (index_t i = 0; i < N; ++i) codes[i] = is_nan(x[i]) ? nan_code_ : codes_[reached[i]];
  }

  /// What is wrong, or nothing. Wrong are boundaries that do not rise, a code twice, and a number of codes that is not
  /// that of boundaries plus 1.
  [[nodiscard]] reason problem() const noexcept {
    if (size() > most || codes_.size() != size() + 1)
      return make_reason(
          "%td boundaries and %td codes: at most 255 boundaries, and one code more than boundaries",
          size(), codes_.size());
    bool used[256] = {};
    for (index_t i = 0; i < codes_.size(); ++i) {
      if (used[codes_[i]]) return make_reason("code %d in two intervals", codes_[i]);
      used[codes_[i]] = true;
      if (i < size() && (is_nan(boundary(i)) || (i > 0 && keys_[i] <= keys_[i - 1])))
        return make_reason("boundary %td is not above the one before it", i);
    }
    return {};
  }

 private:
  /// The number of boundaries that x reaches, or one more or less: (x - first) / step, rounded down and clipped, plus 1.
  struct equidistant {
    bool exists = false;
    float first = 0, per_step = 0, count = 0;

    /// x is not NaN.
    [[nodiscard]] LOWBIT_INLINE std::int32_t of(float x) const noexcept {
      const float at = position(x), raised = at > 0 ? at : 0;
      return static_cast<std::int32_t>(raised < count ? raised : count);
    }
    /// Rises with x. Float arithmetic is right within 2^-12 of a step for 255 steps, in every mode of the processor.
    [[nodiscard]] LOWBIT_INLINE float position(float x) const noexcept {
      return (x - first) * per_step + 1;
    }
  };

  /// What is estimated must be right within 1 for all floats. Between two boundaries it rises, so both ends are looked at,
  /// with a margin for arithmetic. If one is wrong, nothing is estimated.
  [[nodiscard]] static equidistant estimate_of(std::span<const float> from) noexcept {
    const auto n = static_cast<index_t>(from.size());
    if (n < 4 || !is_finite(from.front()) || !is_finite(from.back())) return {};
    equidistant out{true, from.front(), 0, static_cast<float>(n)};
    const float range = from.back() - out.first;
    if (!(range > 0) || !is_finite(range)) return {};
    out.per_step = static_cast<float>(n - 1) / range;
    // Far from 0 a compiler that reorders sums would lose what decides.
    if (!(magnitude(out.first) * out.per_step < 4096)) return {};
    constexpr float margin = 0x1p-8f;
    for (index_t i = 0; i < n; ++i) {
      const float x = from[static_cast<std::size_t>(i)];
      const auto below = static_cast<float>(i);  // boundaries that the float below x reaches
      const float at = out.position(x) - below,
                  before = out.position(float_at(place_of(x) - std::int64_t{1})) - below;
      if (!(at > margin && at < 3 - margin && before > margin - 1 && before < 2 - margin))
        return {};
    }
    return out;
  }
  /// The estimated number of boundaries, corrected. key: the place of the same float.
  [[nodiscard]] LOWBIT_INLINE std::int32_t corrected(std::int32_t estimated,
                                                     std::int32_t key) const noexcept {
    const std::int32_t* const lower = fenced_.data() + estimated;
    return estimated + static_cast<std::int32_t>(key >= lower[1]) -
           static_cast<std::int32_t>(key < lower[0]);
  }
  /// x, but 0 for NaN.
  [[nodiscard]] LOWBIT_INLINE static float number_or_0(float x) noexcept {
    return float_of(bits_of(x) & ~(0u - std::uint32_t{is_nan(x)}));
  }

  /// The inverse of place_of().
  [[nodiscard]] LOWBIT_INLINE static float float_at(std::int64_t place) noexcept {
    return float_of(place < 0 ? 0x80000000u | static_cast<std::uint32_t>(-place)
                              : static_cast<std::uint32_t>(place));
  }
  [[noreturn]] static void fail_intervals() {
    detail::fail(
        "code_boundaries: the floats of a code are not one interval: such a quantizer is no list "
        "of boundaries");
  }

  buffer<std::int32_t> keys_;  ///< places of the boundaries
  buffer<code_t> codes_;
  code_t nan_code_ = 0;
  equidistant estimate_;
  buffer<std::int32_t>
      fenced_;  ///< where places are estimated: the keys between the least and the largest number
};

/// The boundaries of output channels: one list for all, or one for each with the same codes. The lists must outlive it.
class channel_boundaries {
 public:
  channel_boundaries(const code_boundaries& all) noexcept : first_(&all) {}
  /// One list, or one per channel.
  explicit channel_boundaries(std::span<const code_boundaries> each) noexcept
      : first_(each.data()), step_(each.size() > 1 ? 1 : 0) {}

  [[nodiscard]] LOWBIT_INLINE const code_boundaries& operator()(index_t channel) const noexcept {
    return first_[channel * step_];
  }
  /// True if each channel has a list of its own.
  [[nodiscard]] LOWBIT_INLINE bool by_channel() const noexcept { return step_ != 0; }

 private:
  const code_boundaries* first_;
  index_t step_ = 0;
};

LOWBIT_END

#endif
