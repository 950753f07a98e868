// lowbit/epilogue/threshold.hpp – batch norm and sign as one integer comparison.
//
// Between two binarized layers stands sign(f(sum)) with f monotone in the integer sum: batch norm, possibly after a
// scale and a bias. So the output bit says on which side of an integer the sum is:
//
//     f increasing    bit = sum >= T      T the smallest integer with f(T) not negative
//     f decreasing    bit = sum <  T      T the smallest integer with f(T) negative    (gamma < 0)
//     f constant      bit = the same for all sums                                      (gamma = 0)
//
// T is found by bisection on the function that the float path calls, not from a formula of its own. So the two paths
// cannot disagree, and ties, negative gammas and rounding need no special care. Stored as bit = (sum >= bound) != flip.
//
// Source: the folding is common knowledge of the field (e.g. Umuroglu et al., "FINN", arXiv:1612.07119, section
// 4.2.2). The bisection makes it exact.
#ifndef LOWBIT_EPILOGUE_THRESHOLD_HPP
#define LOWBIT_EPILOGUE_THRESHOLD_HPP

#include "lowbit/core/float_bits.hpp"
#include "lowbit/epilogue/batch_norm.hpp"
#include "lowbit/epilogue/bisection.hpp"
#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/epilogue/lanes.hpp"

namespace lowbit {

/// One integer comparison per output channel. Made by threshold().
class thresholds {
 public:
  LOWBIT_INLINE thresholds() noexcept {}
  LOWBIT_INLINE thresholds(const thresholds&) = default;
  LOWBIT_INLINE thresholds(thresholds&&) noexcept = default;
  LOWBIT_INLINE thresholds& operator=(thresholds other) noexcept {
    bound_.swap(other.bound_);
    flip_.swap(other.flip_);
    return *this;
  }
  LOWBIT_INLINE ~thresholds() = default;
  LOWBIT_INLINE explicit thresholds(index_t channels)
      : bound_(channels), flip_(channels / word_bits + 1) {}

  /// Number of channels.
  [[nodiscard]] LOWBIT_INLINE index_t size() const noexcept { return bound_.size(); }
  [[nodiscard]] LOWBIT_INLINE std::int32_t bound(index_t channel) const noexcept {
    return bound_[channel];
  }
  [[nodiscard]] LOWBIT_INLINE bool flip(index_t channel) const noexcept {
    return (flip_[channel / word_bits] >> channel % word_bits & 1) != 0;
  }
  LOWBIT_INLINE void set(index_t channel, std::int32_t bound, bool flip) noexcept {
    bound_[channel] = bound;
    const word mask = word{1} << channel % word_bits;
    word& w = flip_[channel / word_bits];
    w = flip ? w | mask : w & ~mask;
  }
  /// The output bit of a channel for a sum.
  [[nodiscard]] LOWBIT_INLINE bool operator()(std::int32_t sum, index_t channel) const noexcept {
    return (sum >= bound_[channel]) != flip(channel);
  }
  /// The bounds of all channels, and their flips as bits: what vector code reads.
  [[nodiscard]] LOWBIT_INLINE const std::int32_t* bounds() const noexcept { return bound_.data(); }
  [[nodiscard]] LOWBIT_INLINE const word* flips() const noexcept { return flip_.data(); }
  /// Bytes held: four bytes and one bit per channel.
  [[nodiscard]] LOWBIT_INLINE index_t bytes() const noexcept {
    return 4 * bound_.size() + 8 * flip_.size();
  }

 private:
  buffer<std::int32_t> bound_;
  buffer<word> flip_;
};

}  // namespace lowbit

LOWBIT_BEGIN

/// Thresholds for `channels` functions f(sum, channel) -> float that are monotone (increasing, decreasing or constant)
/// in sum over |sum| <= largest. The bit is 1 where f is not negative. About 32 calls of f per channel; allocates the
/// result. Errors: largest not in [0, 2^31 - 3].
template <class F>
requires requires(const F& f, std::int32_t sum, index_t channel) {
  { f(sum, channel) } -> std::same_as<float>;
}
[[nodiscard]] thresholds threshold(const F& f, index_t channels, std::int32_t largest) {
  detail::epilogues::require_largest("threshold", largest);
  thresholds result(channels);
  for (index_t c = 0; c < channels; ++c) {
    const auto is_one = [&](std::int32_t sum) { return !is_negative(f(sum, c)); };
    const bool decreasing = is_one(-largest) && !is_one(largest);
    const std::int32_t bound = detail::epilogues::first_sum(
        largest, [&](std::int32_t sum) { return is_one(sum) != decreasing; });
    result.set(c, bound, decreasing);
  }
  return result;
}

/// Thresholds of sign(bn(sum)): bit (channel c) = bn(float(sum), c) is not negative. Without `largest`
/// they hold for all sums that a product can have.
[[nodiscard]] inline thresholds threshold(const batch_norm& bn, std::int32_t largest = 2147483645) {
  return threshold([&](std::int32_t sum, index_t c) { return bn(static_cast<float>(sum), c); },
                   bn.size(), largest);
}

/// Writes threshold bits into packed binary rows: row m begins at words + m * row_stride, column n is bit n. Bits
/// behind the last column stay as they are (zero, in a new packed_matrix). The thresholds must outlive it.
struct store_threshold {
  const thresholds& channels;
  word* words;
  index_t row_stride;

  void require_shape(index_t, index_t cols) const {
    if (cols != channels.size())
      detail::fail("store_threshold: %td thresholds for %td columns", channels.size(), cols);
    if (row_stride < ceil_div(cols, word_bits))
      detail::fail("store_threshold: rows of %td words for %td columns", row_stride, cols);
  }

  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    for (index_t r = 0; r < place.rows; ++r) {
      word* const row = words + (place.row + r) * row_stride;
      for (index_t c = 0; c < place.cols; ++c) {
        const index_t n = place.col + c;
        const word bit = channels(tile(r, c), n) ? 1 : 0;
        row[n / word_bits] =
            (row[n / word_bits] & ~(word{1} << n % word_bits)) | bit << n % word_bits;
      }
    }
  }
  template <class Lanes, std::size_t V>
  LOWBIT_INLINE void lanes(const Lanes (&sums)[V], index_t row, index_t col) const noexcept {
    using namespace detail::epilogues;
    store_bits<V>(words + row * row_stride, col,
                  at_least(sums, channels.bounds(), col) ^ load_bits<V>(channels.flips(), col));
  }
};

LOWBIT_END

#endif
