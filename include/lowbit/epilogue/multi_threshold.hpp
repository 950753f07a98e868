// lowbit/epilogue/multi_threshold.hpp – batch norm and a k-bit quantizer as integer comparisons.
//
// epilogue/threshold.hpp does this for sign; here it is done for every quantizer whose code rises or falls with its
// input. Between two quantized layers stands code(f(sum)), a step function of the integers, which its bounds
// describe:
//
//     level:   7 |                  ____           level(sum) = number of bounds that sum reaches
//              2 |         ________|               bound j    = the smallest sum at level j or above
//              1 |    ____|                        (decreasing: the same function, levels counted
//              0 |____|                             from the top)
//                     b1   b2      b7    sum ->
//
// The 2^K - 1 comparisons need not be added up. Bit p of a level is the number of multiples of 2^p among the bounds
// that were passed, modulo two, so
//
//     plane p = xor over j = 2^p, 2 * 2^p, 3 * 2^p, ...   of   (sum >= bound j)
//
// and a vector kernel turns a register of sums into planes with one comparison per bound and xors of masks. Codes are
// ordered by value. Where the lowest value is not code 0 (signed_bits), the planes of its bits are inverted. All planes
// of a decreasing channel are inverted.
//
// Bounds are found by bisection on the function that the float path calls, so both agree to the bit.
// Source: the multi-threshold units of FINN (Blott et al., "FINN-R", arXiv:1809.04570, section 3.2) and
// the streamlining of Umuroglu & Jahre (arXiv:1709.04060).
#ifndef LOWBIT_EPILOGUE_MULTI_THRESHOLD_HPP
#define LOWBIT_EPILOGUE_MULTI_THRESHOLD_HPP

#include "lowbit/core/checked.hpp"
#include "lowbit/core/reset_when_moved.hpp"
#include "lowbit/encoding/encoding.hpp"
#include "lowbit/epilogue/affine.hpp"
#include "lowbit/epilogue/batch_norm.hpp"
#include "lowbit/epilogue/bisection.hpp"
#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/epilogue/lanes.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

namespace detail::epilogues {

template <plane_code E>
consteval bool every_pattern_is_code() {
  for (int c = 0; c < 1 << E::plane_count; ++c)
    if (!is_code<E>(static_cast<code_t>(c))) return false;
  return true;
}

}  // namespace detail::epilogues

/// An encoding whose every pattern of bits is a code: binary, unsigned_bits, signed_bits, bipolar_bits.
template <class E>
concept full_encoding = plane_code<E> && detail::epilogues::every_pattern_is_code<E>();

/// The bounds of every output channel. Made by requantize().
template <full_encoding E>
class multi_thresholds {
 public:
  using encoding = E;
  static constexpr int step_count = (1 << E::plane_count) - 1;  ///< bounds of a channel

  /// The code of the smallest value: level p has the code p ^ lowest.
  static constexpr code_t lowest = [] {
    code_t best = 0;
    for (int c = 1; c <= step_count; ++c)
      if (value<E>(static_cast<code_t>(c)) < value<E>(best)) best = static_cast<code_t>(c);
    return best;
  }();

  multi_thresholds() = default;
  explicit multi_thresholds(index_t channels)
      : bounds_(detail::checked_mul(detail::checked_size(channels, "multi_thresholds: channels"),
                                    step_count, "multi_thresholds: channels x steps")),
        decreasing_(channels / word_bits + 1),
        channels_(channels) {}

  [[nodiscard]] index_t size() const noexcept { return channels_; }
  /// Bound `step` (1 ... step_count) of a channel.
  [[nodiscard]] LOWBIT_INLINE std::int32_t bound(int step, index_t channel) const noexcept {
    return bounds(step)[channel];
  }
  [[nodiscard]] LOWBIT_INLINE bool decreasing(index_t channel) const noexcept {
    return (decreasing_[channel / word_bits] >> channel % word_bits & 1) != 0;
  }
  void set_bound(int step, index_t channel, std::int32_t bound) noexcept {
    bounds_[(step - 1) * channels_ + channel] = bound;
  }
  void set_decreasing(index_t channel) noexcept {
    decreasing_[channel / word_bits] |= word{1} << channel % word_bits;
  }

  /// The code of a channel for a sum.
  [[nodiscard]] LOWBIT_INLINE code_t operator()(std::int32_t sum, index_t channel) const noexcept {
    int level = 0;
    for (int step = 1; step <= step_count; ++step) level += sum >= bound(step, channel) ? 1 : 0;
    return static_cast<code_t>((decreasing(channel) ? step_count - level : level) ^ lowest);
  }

  /// One bound of all channels, and as bits which channels decrease: what vector code reads.
  [[nodiscard]] LOWBIT_INLINE const std::int32_t* bounds(int step) const noexcept {
    return bounds_.data() + (step - 1) * channels_;
  }
  [[nodiscard]] LOWBIT_INLINE const word* decreasing_bits() const noexcept {
    return decreasing_.data();
  }
  [[nodiscard]] index_t bytes() const noexcept {
    return 4 * bounds_.size() + 8 * decreasing_.size();
  }

 private:
  buffer<std::int32_t> bounds_;
  buffer<word> decreasing_;
  reset_when_moved<index_t> channels_;
};

/// The multi_thresholds of `channels` functions f(sum, channel) -> code of E, each monotone in the value of the
/// code over |sum| <= largest. About 32 calls of f per bound. Errors: largest not in [0, 2^31 - 3].
template <full_encoding E, class F>
requires requires(const F& f, std::int32_t sum, index_t channel) {
  { f(sum, channel) } -> std::same_as<code_t>;
}
[[nodiscard]] multi_thresholds<E> requantize(const F& f, index_t channels, std::int32_t largest) {
  detail::epilogues::require_largest("requantize", largest);
  multi_thresholds<E> result(channels);
  using steps = multi_thresholds<E>;
  for (index_t c = 0; c < channels; ++c) {
    const auto level = [&](std::int32_t sum) { return f(sum, c) ^ steps::lowest; };
    const bool decreasing = level(-largest) > level(largest);
    if (decreasing) result.set_decreasing(c);
    for (int step = 1; step <= steps::step_count; ++step)
      result.set_bound(step, c, detail::epilogues::first_sum(largest, [&](std::int32_t sum) {
                         return (decreasing ? steps::step_count - level(sum) : level(sum)) >= step;
                       }));
  }
  return result;
}

/// The multi_thresholds of encode(q, bn(float(sum * scale))): what a quantized layer makes of integer sums.
/// Without `largest` they hold for all sums that a product can have.
template <deterministic_quantizer Q>
[[nodiscard]] multi_thresholds<typename Q::encoding> requantize(const Q& q, const batch_norm& bn,
                                                                float scale = 1,
                                                                std::int32_t largest = 2147483645) {
  return requantize<typename Q::encoding>(
      [&](std::int32_t sum, index_t c) { return encode(q, bn(scaled_float(sum, scale), c)); },
      bn.size(), largest);
}

/// Writes the codes into packed rows: plane p of row m begins at words + m * row_stride + p * plane_stride; column n is
/// bit n. Bits behind the last column stay as they are.
template <full_encoding E>
struct store_codes {
  const multi_thresholds<E>& channels;
  word* words;
  index_t row_stride;
  index_t plane_stride;

  void require_shape(index_t, index_t cols) const {
    if (cols != channels.size())
      detail::fail("store_codes: multi_thresholds of %td channels for %td columns", channels.size(),
                   cols);
    if (plane_stride < ceil_div(cols, word_bits) || row_stride / E::plane_count < plane_stride)
      detail::fail(
          "store_codes: rows of %td words in planes of %td words for %d planes of %td bits",
          row_stride, plane_stride, E::plane_count, cols);
  }

  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    for (index_t r = 0; r < place.rows; ++r)
      for (index_t c = 0; c < place.cols; ++c) {
        const index_t n = place.col + c;
        const code_t code = channels(tile(r, c), n);
        for (int p = 0; p < E::plane_count; ++p) {
          word& to = words[(place.row + r) * row_stride + p * plane_stride + n / word_bits];
          to = (to & ~(word{1} << n % word_bits)) | word{code >> p & 1u} << n % word_bits;
        }
      }
  }
  template <class Lanes, std::size_t V>
  LOWBIT_INLINE void lanes(const Lanes (&sums)[V], index_t row, index_t col) const noexcept {
    using namespace detail::epilogues;
    word planes[E::plane_count] = {};
    for (int step = 1; step <= multi_thresholds<E>::step_count; ++step) {
      const word reached = at_least(sums, channels.bounds(step), col);
      for (int p = 0; p < E::plane_count && step % (1 << p) == 0; ++p) planes[p] ^= reached;
    }
    const word decreasing = load_bits<V>(channels.decreasing_bits(), col);
    for (int p = 0; p < E::plane_count; ++p) {
      const word lowest = (multi_thresholds<E>::lowest >> p & 1) != 0 ? ~word{0} : 0;
      store_bits<V>(words + row * row_stride + p * plane_stride, col,
                    planes[p] ^ decreasing ^ lowest);
    }
  }
};

LOWBIT_END

#endif
