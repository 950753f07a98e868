// lowbit/epilogue/any_multi_thresholds.hpp – multi-thresholds for any quantizer, per class of windows.
//
// epilogue/multi_threshold.hpp turns integer sums into codes of an encoding whose every pattern is a code. Here the
// codes are those of any quantizer as data (epilogue/code_boundaries.hpp): ternary codes, tables, planes. What is added
// to a sum before its batch norm may differ from window to window. A window at the edge of an image has fewer taps with
// an offset. So there is a set of bounds for each class of windows.
//
//     f(sum) = batch norm of (start(class, channel) + sum * scale(channel))        a float, monotone in the sum
//     bound j = the smallest sum at which f reaches boundary j (f decreasing: does not reach it any more)
//
// A boundary lies between two codes. Plane p changes there if the codes differ in bit p:
//
//     plane p = bit p of the first code,  xor over the boundaries j where bit p changes  of  (f reaches boundary j)
//
// so a vector kernel needs one comparison per boundary, and the xors of masks. Bounds are found by bisection on the
// function that the float path calls.
#ifndef LOWBIT_EPILOGUE_ANY_MULTI_THRESHOLDS_HPP
#define LOWBIT_EPILOGUE_ANY_MULTI_THRESHOLDS_HPP

#include "lowbit/core/checked.hpp"
#include "lowbit/epilogue/bisection.hpp"
#include "lowbit/epilogue/code_boundaries.hpp"
#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/epilogue/lanes.hpp"

LOWBIT_BEGIN

/// The bounds of every class of windows and output channel.
class any_multi_thresholds {
 public:
  any_multi_thresholds() = default;
  /// The bounds of f(sum, class, channel) -> float, each monotone in the sum over |sum| <= largest, and not NaN. About
  /// 32 calls of f per bound. Errors: largest not in [0, 2^31 - 3]; sizes that cannot be counted.
  template <class F>
  requires requires(const F& f, std::int32_t sum, index_t i) {
    { f(sum, i, i) } -> std::same_as<float>;
  }
  any_multi_thresholds(const F& f, const channel_boundaries& codes_of, index_t classes,
                       index_t channels, std::int32_t largest)
      : steps_(codes_of(0).size()),
        channels_(channels),
        bounds_(detail::checked_mul(
            detail::checked_mul(classes, steps_, "multi_thresholds: classes x boundaries"),
            channels, "multi_thresholds: classes x boundaries x channels")),
        decreasing_(classes * words()),
        first_(codes_of(0).code(0)) {
    const code_boundaries& codes = codes_of(0);
    detail::epilogues::require_largest("multi_thresholds", largest);
    for (index_t i = 0; i < steps_; ++i)
      changes_[i] = static_cast<code_t>(codes.code(i) ^ codes.code(i + 1));
    all_changes_ = static_cast<code_t>(codes.code(0) ^ codes.code(steps_));
    for (index_t k = 0; k < classes; ++k)
      for (index_t c = 0; c < channels; ++c) {
        const bool falls = place_of(f(-largest, k, c)) > place_of(f(largest, k, c));
        if (falls)
          decreasing_[k * words() + c / word_bits] |= word{1}
                                                      << static_cast<unsigned>(c % word_bits);
        for (index_t i = 0; i < steps_; ++i)
          bounds_[(k * steps_ + i) * channels + c] = detail::epilogues::first_sum(
              largest,
              [&](std::int32_t sum) { return codes_of(c).reaches(f(sum, k, c), i) != falls; });
      }
  }

  [[nodiscard]] LOWBIT_INLINE index_t size() const noexcept { return channels_; }
  /// Boundaries between codes.
  [[nodiscard]] LOWBIT_INLINE index_t steps() const noexcept { return steps_; }
  [[nodiscard]] LOWBIT_INLINE code_t first_code() const noexcept { return first_; }
  /// The bits in which the codes before and behind a boundary differ.
  [[nodiscard]] LOWBIT_INLINE code_t change(index_t step) const noexcept { return changes_[step]; }
  /// The bits in which the first and the last code differ.
  [[nodiscard]] LOWBIT_INLINE code_t all_changes() const noexcept { return all_changes_; }
  /// One bound of all channels of a class, and as bits which channels decrease: what vector code reads.
  [[nodiscard]] LOWBIT_INLINE const std::int32_t* bounds(index_t of_class,
                                                         index_t step) const noexcept {
    return bounds_.data() + (of_class * steps_ + step) * channels_;
  }
  [[nodiscard]] LOWBIT_INLINE const word* decreasing_bits(index_t of_class) const noexcept {
    return decreasing_.data() + of_class * words();
  }
  [[nodiscard]] index_t bytes() const noexcept {
    return 4 * bounds_.size() + 8 * decreasing_.size();
  }

  /// The code of a channel for a sum of a window of a class.
  [[nodiscard]] LOWBIT_INLINE code_t operator()(std::int32_t sum, index_t of_class,
                                                index_t channel) const noexcept {
    const bool falls =
        (decreasing_bits(of_class)[channel / word_bits] >> channel % word_bits & 1) != 0;
    code_t code = first_;
    for (index_t i = 0; i < steps_; ++i)
      if ((sum >= bounds(of_class, i)[channel]) != falls) code ^= changes_[i];
    return code;
  }

 private:
  [[nodiscard]] LOWBIT_INLINE index_t words() const noexcept { return channels_ / word_bits + 1; }

  index_t steps_ = 0, channels_ = 0;
  buffer<std::int32_t> bounds_;
  buffer<word> decreasing_;
  code_t first_ = 0, all_changes_ = 0;
  code_t changes_[code_boundaries::most] = {};
};

/// Where packed codes are written: plane p of row m begins at words + m * row_stride + p * plane_stride; column n is
/// bit n. Bits behind the last column stay as they are.
struct code_rows {
  word* words = nullptr;
  index_t row_stride = 0;
  index_t plane_stride = 0;
  int plane_count = 0;

  LOWBIT_INLINE void set(index_t row, index_t col, code_t code) const noexcept {
    for (int p = 0; p < plane_count; ++p) {
      word& to = words[row * row_stride + p * plane_stride + col / word_bits];
      to = (to & ~(word{1} << col % word_bits)) | word{code >> p & 1u} << col % word_bits;
    }
  }
};

/// An epilogue: the codes of sums. Row m is a window of class classes[m]; without classes all are of class 0. What it
/// refers to must outlive it.
struct store_any_codes {
  const any_multi_thresholds& channels;
  const std::int32_t* classes;
  code_rows to;

  void require_shape(index_t, index_t cols) const {
    if (cols != channels.size())
      detail::fail("store_any_codes: multi_thresholds of %td channels for %td columns",
                   channels.size(), cols);
    if (to.plane_stride < ceil_div(cols, word_bits) ||
        to.row_stride / to.plane_count < to.plane_stride)
      detail::fail(
          "store_any_codes: rows of %td words in planes of %td words for %d planes of %td bits",
          to.row_stride, to.plane_stride, to.plane_count, cols);
  }
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    for (index_t r = 0; r < place.rows; ++r)
      for (index_t c = 0; c < place.cols; ++c)
        to.set(place.row + r, place.col + c,
               channels(tile(r, c), class_of(place.row + r), place.col + c));
  }
  template <class Lanes, std::size_t V>
  LOWBIT_INLINE void lanes(const Lanes (&sums)[V], index_t row, index_t col) const noexcept {
    using namespace detail::epilogues;
    const index_t of_class = class_of(row);
    word planes[8] = {};
    for (index_t step = 0; step < channels.steps(); ++step) {
      const word reached = at_least(sums, channels.bounds(of_class, step), col);
      const int change = channels.change(step);
      for (int p = 0; p < to.plane_count; ++p)
        if ((change >> p & 1) != 0) planes[p] ^= reached;
    }
    // In decreasing channels every comparison is inverted: plane p as often as it changes.
    const word decreasing = load_bits<V>(channels.decreasing_bits(of_class), col);
    const int first = channels.first_code(), all = channels.all_changes();
    for (int p = 0; p < to.plane_count; ++p)
      store_bits<V>(to.words + row * to.row_stride + p * to.plane_stride, col,
                    planes[p] ^ ((all >> p & 1) != 0 ? decreasing : 0) ^
                        ((first >> p & 1) != 0 ? ~word{0} : 0));
  }

 private:
  [[nodiscard]] LOWBIT_INLINE index_t class_of(index_t row) const noexcept {
    return classes == nullptr ? 0 : classes[row];
  }
};

LOWBIT_END

#endif
