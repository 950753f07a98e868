// lowbit/epilogue/float_stages.hpp – the stages on floats between two convolutions of bits.
//
//     stage::normalise{bn}                            x = bn(x, channel)
//     stage::add{shortcut}                            x = x + shortcut(row, channel)
//     stage::rprelu{gamma, beta, zeta}                x = x - gamma + zeta, or beta (x - gamma) + zeta
//     stage::store{out}                               out(row, channel) = x
//     stage::store_signs{words, row_stride, shift}    bit (row, channel) = x is not below the shift
//
// A Bi-Real block is convolution, normalise, add, store, store_signs. The stored floats are the next shortcut, the
// stored signs the next input. The destination may be the shortcut: each float is read before it is written. With
// the shift the sign is ReActNet's RSign (there x = shift gives -1, here +1, as zero does everywhere in this library).
//
// Every step is one rounding of a double or a comparison: fused multiply-add cannot change a bit.
//
// Sources: Liu et al., "Bi-Real Net", arXiv:1808.00278, figure 3; Liu et al., "ReActNet",
// arXiv:2003.03488, eqs. 4 and 5.
#ifndef LOWBIT_EPILOGUE_FLOAT_STAGES_HPP
#define LOWBIT_EPILOGUE_FLOAT_STAGES_HPP

#include "lowbit/core/bits.hpp"
#include "lowbit/core/float_bits.hpp"
#include "lowbit/epilogue/batch_norm.hpp"
#include "lowbit/epilogue/float_stage.hpp"
#include "lowbit/quantize/methods/rprelu.hpp"
#include "lowbit/simd/sign_masks.hpp"

LOWBIT_BEGIN

namespace detail::epilogues {

inline void require_channels(const char* who, std::size_t count, index_t cols) {
  if (static_cast<index_t>(count) != cols)
    fail("%s: parameters of %zu channels for %td columns", who, count, cols);
}

}  // namespace detail::epilogues

namespace stage {

/// x = bn(x, channel). The batch norm must outlive the stage and must not be assigned to meanwhile.
struct normalise {
  batch_norm_view bn;

  void require_shape(index_t, index_t cols) const {
    detail::epilogues::require_channels("stage::normalise", static_cast<std::size_t>(bn.size),
                                        cols);
  }
  template <class Count>
  LOWBIT_INLINE void operator()(float* x, index_t, index_t col, Count count) const noexcept {
    detail::epilogues::for_each_lane(
        count, [&](index_t i) LOWBIT_INLINE_LAMBDA { x[i] = bn(x[i], col + i); });
  }
};

/// x = x + shortcut(row, channel), in float.
struct add {
  matrix_view<const float> shortcut;

  void require_shape(index_t rows, index_t cols) const {
    detail::core::require_same_sizes("stage::add", {"the product", rows, cols},
                                     {"the output", shortcut.rows(), shortcut.cols()});
  }
  template <class Count>
  LOWBIT_INLINE void operator()(float* x, index_t row, index_t col, Count count) const noexcept {
    const float* const from = shortcut.data() + row * shortcut.row_stride() + col;
    detail::epilogues::for_each_lane(
        count, [&](index_t i) LOWBIT_INLINE_LAMBDA { x[i] = x[i] + from[i]; });
  }
};

/// ReActNet's activation (quantize/methods/rprelu.hpp), one set of parameters per channel.
struct rprelu {
  std::span<const float> gamma, beta, zeta;

  void require_shape(index_t, index_t cols) const {
    for (const auto& one : {gamma, beta, zeta})
      detail::epilogues::require_channels("stage::rprelu", one.size(), cols);
  }
  template <class Count>
  LOWBIT_INLINE void operator()(float* x, index_t, index_t col, Count count) const noexcept {
    const float *const g = gamma.data() + col, *const b = beta.data() + col,
                       *const z = zeta.data() + col;
    detail::epilogues::for_each_lane(count, [&](index_t i) LOWBIT_INLINE_LAMBDA {
      x[i] = lowbit::rprelu{g[i], b[i], z[i]}(x[i]);
    });
  }
};

/// out(row, channel) = x.
struct store {
  matrix_view<float> out;

  void require_shape(index_t rows, index_t cols) const {
    detail::core::require_same_sizes("stage::store", {"the product", rows, cols},
                                     {"the output", out.rows(), out.cols()});
  }
  template <class Count>
  LOWBIT_INLINE void operator()(float* x, index_t row, index_t col, Count count) const noexcept {
    float* const to = out.data() + row * out.row_stride() + col;
    detail::epilogues::for_each_lane(count, [&](index_t i) LOWBIT_INLINE_LAMBDA { to[i] = x[i]; });
  }
};

/// Bit (row, channel) of packed binary rows = not (x < shift(channel)), or, without shifts, = x is not negative. Row m
/// begins at words + m * row_stride. Bits behind the last column stay as they are.
struct store_signs {
  word* words;
  index_t row_stride;
  std::span<const float> shift;

  void require_shape(index_t, index_t cols) const {
    if (!shift.empty())
      detail::epilogues::require_channels("stage::store_signs", shift.size(), cols);
    if (row_stride < ceil_div(cols, word_bits))
      detail::fail("stage::store_signs: rows of %td words for %td columns", row_stride, cols);
  }
  template <class Count>
  LOWBIT_INLINE void operator()(float* x, index_t row, index_t col, Count count) const noexcept {
    const std::uint32_t bits = signs_of(x, col, count);
    word* const to = words + row * row_stride;
    if (count == detail::epilogues::stage_lanes && col % 8 == 0)
      return detail::epilogues::store_bits<1>(to, col, bits);
    store_anywhere(to, col, count, bits);
  }

 private:
  /// Stores the first `count` of `bits`, from any column on: for groups of channels, and for the last columns. A
  /// separate function, so that its words and shifts take no registers in the loops over tiles.
  LOWBIT_NOINLINE_COLD static void store_anywhere(word* row, index_t col, index_t count,
                                                  std::uint32_t bits) noexcept {
    detail::core::put_bits(bits, count, row, col);
  }
  template <class Count>
  [[nodiscard]] LOWBIT_INLINE std::uint32_t signs_of(const float* x, index_t col,
                                                     Count count) const noexcept {
    if constexpr (detail::epilogues::is_all_lanes<Count>) {
      constexpr typename Count::isa tag;
      return shift.empty() ? detail::simd::not_negative(tag, x)
                           : detail::simd::not_below(tag, x, shift.data() + col);
    } else {
      std::uint32_t bits = 0;
      detail::epilogues::for_each_lane(count, [&](index_t i) LOWBIT_INLINE_LAMBDA {
        const bool minus =
            shift.empty() ? is_negative(x[i]) : is_below(x[i], shift.data()[col + i]);
        bits |= std::uint32_t{!minus} << i;
      });
      return bits;
    }
  }
};

}  // namespace stage

LOWBIT_END

#endif
