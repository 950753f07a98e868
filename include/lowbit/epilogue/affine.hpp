// lowbit/epilogue/affine.hpp – integer sums to real numbers: scale and bias, per row and per column.
//
//     out(m, n) = float( double(float(sum)) * double(scale) + double(bias(n)) )
//     scale     = float( double(row_scale(m)) * double(col_scale(n)) )
//
// Sums above 2^24 in magnitude are rounded to float first. Every product is exact in double, so fused
// multiply-add cannot change a bit.
#ifndef LOWBIT_EPILOGUE_AFFINE_HPP
#define LOWBIT_EPILOGUE_AFFINE_HPP

#include "lowbit/core/matrix_view.hpp"
#include "lowbit/epilogue/epilogue.hpp"

LOWBIT_BEGIN

/// The product of two scales, rounded to float once: the only place that combines them.
[[nodiscard]] LOWBIT_INLINE constexpr float combine(float a, float b) noexcept {
  return static_cast<float>(static_cast<double>(a) * static_cast<double>(b));
}

/// sum * scale, exact in double for |sum| <= 2^24.
[[nodiscard]] LOWBIT_INLINE constexpr double scaled(std::int32_t sum, float scale) noexcept {
  return static_cast<double>(static_cast<float>(sum)) * static_cast<double>(scale);
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
    float scale[16], shift[16];
    const float of_row = pick(row_scale, row, 1);
    for (index_t i = 0; i < 16; ++i) {
      const bool exists = i < count;
      scale[i] = exists ? combine(of_row, pick(col_scale, col + i, 1)) : 0;
      shift[i] = exists ? pick(bias, col + i, 0) : 0;
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
