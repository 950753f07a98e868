// lowbit/epilogue/affine.hpp – integer sums to floats: scale and bias, per row and per column.
//
//     out(m, n) = float( double(float(sum)) * double(scale) + double(bias(n)) )
//     scale     = float( double(row_scale(m)) * double(col_scale(n)) )
//
// Sums above 2^24 in magnitude are rounded to float first. Every product is exact in double, so fused multiply-add
// cannot change a bit. scaled() makes sure that compilers keep the product in double.
#ifndef LOWBIT_EPILOGUE_AFFINE_HPP
#define LOWBIT_EPILOGUE_AFFINE_HPP

#include "lowbit/core/matrix_view.hpp"
#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/epilogue/lanes.hpp"

LOWBIT_BEGIN

/// The product of two scales, rounded to float once: the only place that combines them.
[[nodiscard]] LOWBIT_INLINE constexpr float combine(float a, float b) noexcept {
  return static_cast<float>(static_cast<double>(a) * static_cast<double>(b));
}

/// sum * scale, exact in double for |sum| <= 2^24; never -0. Adding zero keeps the product in double: without it
/// compilers turn float(double(a) * double(b)) into a product of floats, and may fuse that with a subtraction.
[[nodiscard]] LOWBIT_INLINE constexpr double scaled(std::int32_t sum, float scale) noexcept {
  return static_cast<double>(static_cast<float>(sum)) * static_cast<double>(scale) + 0.0;
}
/// float(scaled(sum, scale)), with a tenth of the instructions: one rounding of the product. The zero that is added is
/// all that compilers may fuse with the product.
[[nodiscard]] LOWBIT_INLINE constexpr float scaled_float(std::int32_t sum, float scale) noexcept {
  return static_cast<float>(sum) * scale + 0.0f;
}

/// Stores scaled sums. Each span has one element for all rows (columns), one per row (column), or none (scale 1,
/// bias 0).
struct store_affine {
  matrix_view<float> out;
  std::span<const float> row_scale;
  std::span<const float> col_scale;
  std::span<const float> bias;

  void require_shape(index_t rows, index_t cols) const {
    detail::core::require_same_sizes("store_affine", {"the product", rows, cols},
                                     {"the output", out.rows(), out.cols()});
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
  template <class Lanes, std::size_t V>
  LOWBIT_INLINE void lanes(const Lanes (&sums)[V], index_t row, index_t col) const noexcept {
    using namespace detail::epilogues;
    const float of_row = pick(row_scale, row, 1);
    for_each_register(sums, col, [&](const Lanes& sum, index_t first) LOWBIT_INLINE_LAMBDA {
      float scale[stage_lanes], shift[stage_lanes];
      spread(col_scale, first, 1, scale);
      for_each_lane(all_lanes{},
                    [&](index_t i) LOWBIT_INLINE_LAMBDA { scale[i] = combine(of_row, scale[i]); });
      spread(bias, first, 0, shift);
      Lanes::store_scaled(sum, &out(row, first), scale, shift, stage_lanes);
    });
  }

 private:
  static void require_count(const char* what, std::size_t count, index_t wanted) {
    if (count > 1 && static_cast<index_t>(count) != wanted)
      detail::fail("store_affine: %zu %s: it takes none, one, or %td", count, what, wanted);
  }
  /// pick() for 16 columns, with its branches outside of the loops that are vectorized.
  LOWBIT_INLINE static void spread(std::span<const float> s, index_t col, float none,
                                   float (&to)[detail::epilogues::stage_lanes]) noexcept {
    using namespace detail::epilogues;
    if (s.size() > 1) {
      const float* const from = s.data() + col;
      for_each_lane(all_lanes{}, [&](index_t i) LOWBIT_INLINE_LAMBDA { to[i] = from[i]; });
    } else {
      const float one = pick(s, 0, none);
      for_each_lane(all_lanes{}, [&](index_t i) LOWBIT_INLINE_LAMBDA { to[i] = one; });
    }
  }
  [[nodiscard]] static float pick(std::span<const float> s, index_t i, float none) noexcept {
    return s.empty() ? none : s.size() == 1 ? s[0] : s[static_cast<std::size_t>(i)];
  }
};

LOWBIT_END

#endif
