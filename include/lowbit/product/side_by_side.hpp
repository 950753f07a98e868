// lowbit/product/side_by_side.hpp – inputs of products that decode their weights: up to eight rows side by side.
//
// Decoding costs more than multiplying, so one pass over compressed weights serves up to eight inputs. Element c of
// input l then lies at [c * 8 + l]. A single input stays as it is.
#ifndef LOWBIT_PRODUCT_SIDE_BY_SIDE_HPP
#define LOWBIT_PRODUCT_SIDE_BY_SIDE_HPP

#include "lowbit/core/buffer.hpp"
#include "lowbit/core/matrix_view.hpp"
#include "lowbit/core/tensor_view.hpp"
#include "lowbit/core/window.hpp"
#include "lowbit/kernel/compressed/row_target.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// Floats that lie side by side for M inputs.
[[nodiscard]] constexpr index_t side_by_side_floats(index_t m, index_t depth) noexcept {
  return saturating_mul(depth, m > 1 ? kernel::most_lanes : 1);
}

/// A type of sums as a value: registers are not passed by value.
template <class Sum>
struct sum_type {
  using type = Sum;
};

/// run(sum_type<Sum>, x, first, count) for inputs first ... first + count - 1 of m, where x = gather(first, count, lanes)
/// and Sum is double for one input, else simd::double_lanes. Lanes from `count` on hold zeros.
template <class Gather, class Run>
void in_lanes(index_t m, const Gather& gather, const Run& run) {
  if (m == 1) return run(sum_type<double>{}, gather(0, 1, 1), 0, 1);
  for (index_t first = 0; first < m; first += kernel::most_lanes) {
    const index_t count = min_of(kernel::most_lanes, m - first);
    run(sum_type<simd::double_lanes>{}, gather(first, count, kernel::most_lanes), first, count);
  }
}

/// Rows of a matrix. Allocates for more than one row.
class gather_rows {
 public:
  explicit gather_rows(matrix_view<const float> x)
      : x_(x), floats_(x.rows() > 1 ? side_by_side_floats(x.rows(), x.cols()) : 0) {}

  const float* operator()(index_t first, index_t count, index_t lanes) const noexcept {
    if (lanes == 1) return x_.row(first).data();
    for (index_t l = 0; l < lanes; ++l)
      for (index_t c = 0; c < x_.cols(); ++c)
        floats_[c * lanes + l] = l < count ? x_(first + l, c) : 0;
    return floats_.data();
  }

 private:
  matrix_view<const float> x_;
  mutable buffer<float> floats_;
};

/// Images, pixel after pixel, each with its channels. `floats` has side_by_side_floats() floats.
struct gather_images {
  tensor_view<const float> x;
  float* floats;

  const float* operator()(index_t first, index_t count, index_t lanes) const noexcept {
    for (index_t l = 0; l < lanes; ++l) {
      float* to = floats + l;
      for (index_t i = 0; i < x.shape.height; ++i)
        for (index_t j = 0; j < x.shape.width; ++j)
          for (index_t c = 0; c < x.shape.channels; ++c, to += lanes)
            *to = l < count ? x(first + l, i, j, c) : 0;
    }
    return floats;
  }
};

/// Windows of images, tap after tap, each with its channels; 0 beyond the image. `out` is the shape of the result.
struct gather_windows {
  tensor_view<const float> x;
  window over;
  tensor_shape out;
  float* floats;

  const float* operator()(index_t first, index_t count, index_t lanes) const noexcept {
    for (index_t l = 0; l < lanes; ++l) {
      const index_t place = first + min_of(l, count - 1);
      const index_t image = place / (out.height * out.width);
      const index_t down =
          place / out.width % out.height * over.vertical.stride - over.vertical.before;
      const index_t right = place % out.width * over.horizontal.stride - over.horizontal.before;
      float* to = floats + l;
      for (index_t i = 0; i < over.vertical.size; ++i)
        for (index_t j = 0; j < over.horizontal.size; ++j) {
          const index_t y = down + i * over.vertical.dilation;
          const index_t col = right + j * over.horizontal.dilation;
          const bool inside =
              l < count && y >= 0 && y < x.shape.height && col >= 0 && col < x.shape.width;
          for (index_t c = 0; c < x.shape.channels; ++c, to += lanes)
            *to = inside ? x(image, y, col, c) : 0;
        }
    }
    return floats;
  }
};

}  // namespace detail::product
LOWBIT_END

#endif
