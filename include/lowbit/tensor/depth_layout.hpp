// lowbit/tensor/depth_layout.hpp – where element k of a row sits in the row's words.
//
// Usually the elements of a row follow each other without gaps: element k is bit k mod 64 of word
// k / 64. Groups along depth (per::group<N>) must start at a word boundary, because each group's
// integer sum gets its own scale. If N is a multiple of 64 that is so already; otherwise every group
// is a *segment* padded to whole words:
//
//     depth 100, segment 40:   [40 bits | 24 zeros][40 bits | 24 zeros][20 bits | 44 zeros]
//
// Bits that belong to no element are zero, always. A *run* is a stretch of elements without gaps that
// starts at a word boundary: what one kernel call multiplies.
#ifndef LOWBIT_TENSOR_DEPTH_LAYOUT_HPP
#define LOWBIT_TENSOR_DEPTH_LAYOUT_HPP

#include "lowbit/core/checked.hpp"
#include "lowbit/kernel/operand.hpp"

namespace lowbit {

/// The map from element to bit for rows of `depth` elements. segment = 0 means without gaps.
class depth_layout {
 public:
  LOWBIT_INLINE constexpr depth_layout() noexcept {}
  /// Segments of `segment` elements that start at word boundaries. Segments of 0, of a multiple of 64, or of at least
  /// the depth are the layout without gaps, and compare equal to it.
  LOWBIT_INLINE constexpr explicit depth_layout(index_t depth, index_t segment = 0) noexcept
      : depth_(depth), segment_(segment >= depth || segment % word_bits == 0 ? 0 : segment) {}

  [[nodiscard]] LOWBIT_INLINE constexpr index_t depth() const noexcept { return depth_; }
  [[nodiscard]] LOWBIT_INLINE constexpr index_t segment() const noexcept { return segment_; }

  /// Number of runs: 1 without gaps (0 for depth 0), one a segment otherwise.
  [[nodiscard]] LOWBIT_INLINE constexpr index_t runs() const noexcept {
    return segment_ == 0 ? (depth_ == 0 ? 0 : 1) : (depth_ - 1) / segment_ + 1;
  }
  [[nodiscard]] LOWBIT_INLINE constexpr depth_run run(index_t i) const noexcept {
    if (segment_ == 0) return {0, depth_};
    const index_t begin = i * segment_;
    const index_t rest = depth_ - begin;
    return {i * segment_words(), rest < segment_ ? rest : segment_};
  }
  /// Words of one plane of one row.
  [[nodiscard]] LOWBIT_INLINE constexpr index_t words() const noexcept {
    if (segment_ == 0) return depth_ / word_bits + (depth_ % word_bits != 0 ? 1 : 0);
    const depth_run last = run(runs() - 1);
    return last.first_word + (last.depth - 1) / word_bits + 1;
  }
  /// The most elements that a word holds: fewer than its bits where segments are shorter.
  [[nodiscard]] LOWBIT_INLINE constexpr index_t word_depth() const noexcept {
    return segment_ > 0 && segment_ < word_bits ? segment_ : word_bits;
  }
  /// Position of element k, counted in bits from the row's first word.
  [[nodiscard]] LOWBIT_INLINE constexpr index_t bit_index(index_t k) const noexcept {
    return segment_ == 0 ? k : k / segment_ * segment_words() * word_bits + k % segment_;
  }
  [[nodiscard]] LOWBIT_INLINE friend constexpr bool operator==(depth_layout a,
                                                               depth_layout b) noexcept {
    return a.depth_ == b.depth_ && a.segment_ == b.segment_;
  }

 private:
  [[nodiscard]] LOWBIT_INLINE constexpr index_t segment_words() const noexcept {
    return (segment_ - 1) / word_bits + 1;
  }
  index_t depth_ = 0;
  index_t segment_ = 0;
};

}  // namespace lowbit

#endif
