// lowbit/epilogue/affine.hpp – integer sums to real numbers: scale and bias, per row and per column.
//
//     out(m, n) = float( double(float(sum)) * double(scale) + double(bias(n)) )
//     scale     = float( double(row_scale(m)) * double(col_scale(n)) )
//
// Sums above 2^24 in magnitude are rounded to float first. Every product is exact in double, so fused
// multiply-add cannot change a bit; scaled() sees to it that compilers leave it a double's.
#ifndef LOWBIT_EPILOGUE_AFFINE_HPP
#define LOWBIT_EPILOGUE_AFFINE_HPP

#include "lowbit/core/matrix_view.hpp"
#include "lowbit/epilogue/epilogue.hpp"

LOWBIT_BEGIN

/// The product of two scales, rounded to float once: the only place that combines them.
[[nodiscard]] LOWBIT_INLINE constexpr float combine(float a, float b) noexcept {
  return static_cast<float>(static_cast<double>(a) * static_cast<double>(b));
}

/// sum * scale, exact in double for |sum| <= 2^24; never -0. Adding zero keeps the product a double's:
/// compilers turn float(double(a) * double(b)) into a product of floats, and may fuse that with a
/// subtraction behind it.
[[nodiscard]] LOWBIT_INLINE constexpr double scaled(std::int32_t sum, float scale) noexcept {
  return static_cast<double>(static_cast<float>(sum)) * static_cast<double>(scale) + 0.0;
}

/// Stores scaled sums. Spans have one element for all rows (columns), one each, or none (scale 1,
/// bias 0).
struct store_affine {
  matrix_view<float> out;
  std::span<const float> row_scale;
  std::span<const float> col_scale;
  std::span<const float> bias;

  void require(index_t rows, index_t cols) const {
    detail::require_output("store_affine", rows, cols, out.rows(), out.cols());
    require_count("row scales", row_scale.size(), rows);
    require_count("column scales", col_scale.size(), cols);
    require_count("biases", bias.size(), cols);
  }
  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    for (index_t r = 0; r < place.rows; ++r)
      for (index_t c = 0; c < place.cols; ++c) {
        const index_t m = place.row + r, n = place.col + c;
        const float scale = combine(pick(row_scale, m, 1), pick(col_scale, n, 1));
        out(m, n) =
            static_cast<float>(scaled(tile(r, c), scale) + static_cast<double>(pick(bias, n, 0)));
      }
  }
  template <class Lanes>
  LOWBIT_INLINE void lanes(const Lanes& sums, index_t row, index_t col,
                           index_t count) const noexcept {
    using detail::finish::for_each_lane;
    float scale[detail::finish::stage_lanes] = {}, shift[detail::finish::stage_lanes] = {};
    const float of_row = pick(row_scale, row, 1);
    if (col_scale.size() > 1) {
      const float* const of_col = col_scale.data() + col;
      for_each_lane(count,
                    [&](index_t i) LOWBIT_INLINE_LAMBDA { scale[i] = combine(of_row, of_col[i]); });
    } else {
      const float of_all = combine(of_row, pick(col_scale, 0, 1));
      for_each_lane(count, [&](index_t i) LOWBIT_INLINE_LAMBDA { scale[i] = of_all; });
    }
    if (bias.size() > 1) {
      const float* const of_col = bias.data() + col;
      for_each_lane(count, [&](index_t i) LOWBIT_INLINE_LAMBDA { shift[i] = of_col[i]; });
    } else {
      const float of_all = pick(bias, 0, 0);
      for_each_lane(count, [&](index_t i) LOWBIT_INLINE_LAMBDA { shift[i] = of_all; });
    }
    Lanes::store_scaled(sums, &out(row, col), scale, shift, count);
  }

 private:
  static void require_count(const char* what, std::size_t count, index_t wanted) {
    if (count > 1 && static_cast<index_t>(count) != wanted)
      detail::fail("store_affine: %zu %s: it takes none, one, or %td", count, what, wanted);
  }
  [[nodiscard]] static float pick(std::span<const float> s, index_t i, float none) noexcept {
    return s.empty() ? none : s.size() == 1 ? s[0] : s[static_cast<std::size_t>(i)];
  }
};

LOWBIT_END

#endif
