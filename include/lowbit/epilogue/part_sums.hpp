// lowbit/epilogue/part_sums.hpp – sums of several parts as one number: the one order in which they are added.
//
// Codes that are not one integer times one scale are a sum of parts. Parts are planes with a coefficient each, entries
// of a table, groups of depth with scales of their own, and offsets. A sum of products of two such operands is
//
//     total = start(class, channel)  +  sum over pairs of parts  of  float(integer sum of the pair) * scale(channel)
//     y     = float(total)
//
// where `start` is what the offsets of the inputs add. It depends on which taps of the window lie on the image (its
// class) and not on the data. Additions are in double, pair after pair. Each term is an exact product of two floats
// (epilogue/affine.hpp), so no compiler and no flag changes a bit. If there is one pair and no start, y is
// scaled_float(sum, scale).
//
//     add_part              one addition; float paths call the same function
//     store_parts           an epilogue: totals before + this pair -> totals
//     store_shared_parts    the same for a pair whose sums belong to all channels of a group
//     part_epilogue         the last pair: totals before + this pair -> floats through stages (float_stage.hpp)
#ifndef LOWBIT_EPILOGUE_PART_SUMS_HPP
#define LOWBIT_EPILOGUE_PART_SUMS_HPP

#include "lowbit/core/bits.hpp"
#include "lowbit/epilogue/any_multi_thresholds.hpp"
#include "lowbit/epilogue/float_stage.hpp"
#include "lowbit/simd/byte_planes.hpp"
#include "lowbit/simd/sign_masks.hpp"

LOWBIT_BEGIN

/// total + sum * scale.
[[nodiscard]] LOWBIT_INLINE constexpr double add_part(double total, std::int32_t sum,
                                                      float scale) noexcept {
  return total + scaled(sum, scale);
}

/// Totals so far: a row of channels per row of the result, or one per class of windows, or one for all (row_stride 0).
struct totals_before {
  const double* data = nullptr;
  index_t row_stride = 0;
  const std::int32_t* classes =
      nullptr;  ///< per row of the result; none: row m of `data` belongs to row m

  [[nodiscard]] LOWBIT_INLINE const double* row(index_t m) const noexcept {
    return data + (classes == nullptr ? m : index_t{classes[m]}) * row_stride;
  }
};

/// total(m, n) = before(m, n) + sum * scale[n]. `before` may be `total`.
struct store_parts {
  static constexpr bool compiled_per_isa = true;  // see epilogue/any_epilogue.hpp

  matrix_view<double> total;
  totals_before before;
  std::span<const float> scale;

  void require_shape(index_t rows, index_t cols) const {
    detail::core::require_same_sizes("store_parts", {"the product", rows, cols},
                                     {"the totals", total.rows(), total.cols()});
  }
  LOWBIT_INLINE void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    const float* const factors = scale.data() + place.col;
    for (index_t r = 0; r < place.rows; ++r) {
      const std::int32_t* const sums = tile.sums + r * tile.row_stride;
      const double* const from = before.row(place.row + r) + place.col;
      double* const to = total.data() + (place.row + r) * total.row_stride() + place.col;
      for (index_t c = 0; c < place.cols; ++c) to[c] = add_part(from[c], sums[c], factors[c]);
    }
  }
};

/// The same where column g of the product belongs to channels g * each ... of the totals.
struct store_shared_parts {
  matrix_view<double> total;
  totals_before before;
  std::span<const float> scale;  ///< one per channel
  index_t each;                  ///< channels per column

  void require_shape(index_t rows, index_t cols) const {
    detail::core::require_same_sizes("store_shared_parts", {"the product", rows, cols * each},
                                     {"the totals", total.rows(), total.cols()});
  }
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    for (index_t r = 0; r < place.rows; ++r) {
      const double* const from = before.row(place.row + r);
      double* const to = total.data() + (place.row + r) * total.row_stride();
      for (index_t c = 0; c < place.cols; ++c)
        for (index_t o = (place.col + c) * each; o < (place.col + c + 1) * each; ++o)
          to[o] = add_part(from[o], tile(r, c), scale[static_cast<std::size_t>(o)]);
    }
  }
};

/// An epilogue: float(total before + sum * scale), then through the stages.
template <float_stage... Ss>
class part_epilogue {
 public:
  static constexpr bool compiled_per_isa = true;  // see epilogue/any_epilogue.hpp

  explicit part_epilogue(const totals_before& before, std::span<const float> scale, Ss... parts)
      : before_(before), scale_(scale), stages_(parts...) {}

  void require_shape(index_t rows, index_t cols) const {
    if (static_cast<index_t>(scale_.size()) != cols)
      detail::fail("part_epilogue: %zu scales for %td columns", scale_.size(), cols);
    stages_.require_shape(rows, cols);
  }
  /// Inlined into the function that calls it, so that stages are compiled for its ISA, which the tag names.
  template <class Tag>
  LOWBIT_INLINE void operator()(Tag tag, accumulator_tile tile, tile_place place) const noexcept {
    using namespace detail::epilogues;
    const stages<Ss...> through = stages_;
    const float* const scale = scale_.data() + place.col;
    for (index_t r = 0; r < place.rows; ++r) {
      const std::int32_t* const sums = tile.sums + r * tile.row_stride;
      const double* const before = before_.row(place.row + r) + place.col;
      for_each_sixteen(tag, place.cols, [&](index_t c, auto count) LOWBIT_INLINE_LAMBDA {
        float x[stage_lanes];
        for_each_lane(count, [&](index_t i) LOWBIT_INLINE_LAMBDA {
          x[i] = static_cast<float>(add_part(before[c + i], sums[c + i], scale[c + i]));
        });
        through(x, place.row + r, place.col + c, count);
      });
    }
  }
  LOWBIT_INLINE void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    (*this)(isa::scalar{}, tile, place);
  }

 private:
  totals_before before_;
  std::span<const float> scale_;
  stages<Ss...> stages_;
};

namespace stage {

/// The code of x (row, channel) into packed rows.
struct store_codes {
  channel_boundaries codes;
  code_rows to;

  void require_shape(index_t, index_t cols) const {
    if (to.plane_stride < ceil_div(cols, word_bits))
      detail::fail("stage::store_codes: planes of %td words for %td columns", to.plane_stride,
                   cols);
  }
  template <class Count>
  LOWBIT_INLINE void operator()(float* x, index_t row, index_t col, Count count) const noexcept {
    std::uint32_t planes[8] = {};
    if constexpr (detail::epilogues::is_all_lanes<Count>) {
      if (!codes.by_channel() && codes(0).size() <= most_comparisons && !has_nan(x))
        compare_all(typename Count::isa{}, x, planes);
      else
        search(x, col, count, planes);
    } else {
      search(x, col, count, planes);
    }
    for (int p = 0; p < to.plane_count; ++p)
      detail::core::put_bits(planes[p], count, to.words + row * to.row_stride + p * to.plane_stride,
                             col);
  }

 private:
  /// Up to here sixteen floats are compared with every boundary; beyond, they are searched for.
  static constexpr index_t most_comparisons = 31;

  [[nodiscard]] LOWBIT_INLINE static bool has_nan(const float* x) noexcept {
    std::uint32_t any = 0;
    LOWBIT_SIXTEEN_LANES
    for (index_t i = 0; i < detail::epilogues::stage_lanes; ++i) any |= is_nan(x[i]) ? 1u : 0u;
    return any != 0;
  }
  /// Plane p changes at each boundary between two codes that differ in bit p.
  template <class Tag>
  LOWBIT_INLINE void compare_all(Tag tag, const float* x,
                                 std::uint32_t (&planes)[8]) const noexcept {
    const code_boundaries& all = codes(0);
    for (int p = 0; p < to.plane_count; ++p) planes[p] = (all.code(0) >> p & 1) != 0 ? 0xffffu : 0u;
    for (index_t step = 0; step < all.size(); ++step) {
      float bound[detail::epilogues::stage_lanes];
      const float from = all.boundary(step);
      LOWBIT_SIXTEEN_LANES
      for (index_t i = 0; i < detail::epilogues::stage_lanes; ++i) bound[i] = from;
      const std::uint32_t reached = detail::simd::not_below(tag, x, bound);
      const int change = all.code(step) ^ all.code(step + 1);
      for (int p = 0; p < to.plane_count; ++p)
        if ((change >> p & 1) != 0) planes[p] ^= reached;
    }
  }
  template <class Count>
  void search(const float* x, index_t col, Count count, std::uint32_t (&planes)[8]) const noexcept {
    code_t found[word_bits] = {};
    if (detail::epilogues::is_all_lanes<Count> && !codes.by_channel())
      codes(0).template search<detail::epilogues::stage_lanes>(x, found);
    else
      for (index_t i = 0; i < count; ++i) found[i] = codes(col + i)(x[i]);
    for (int p = 0; p < to.plane_count; ++p) {
      word plane;
      detail::simd::bytes_of_baseline::plane_of_bytes(found, p, plane);
      planes[p] = static_cast<std::uint32_t>(plane);
    }
  }
};

}  // namespace stage

LOWBIT_END

#endif
