// lowbit/nn/window_rows.hpp – windows of images as rows of a matrix, and back.
//
// While training, a convolution is a matrix product (im2col). Every output pixel's window becomes a row, tap after tap
// and channel after channel, as filters lie in memory:
//
//     gather     rows(pixel, (i, j, c)) = x(position of tap (i, j), c), or `beyond` where there is no image
//     scatter    dx(position, c) += rows(pixel, (i, j, c))                     the transposed map
//
// A row of taps with dilation 1 is one run of memory: width C numbers are copied at a time. The matrix has `taps` times
// the numbers of the image. So it is made for a few images at a time that stay in the L2 cache (images_at_a_time). On
// the way back it is made again instead of being kept.
//
// A window of one pixel, as every linear layer has, is a row as it lies in memory: nothing is gathered.
//
// Packed networks need none of this (convolution/conv2d.hpp).
#ifndef LOWBIT_NN_WINDOW_ROWS_HPP
#define LOWBIT_NN_WINDOW_ROWS_HPP

#include <algorithm>

#include "lowbit/core/for_each_window.hpp"
#include "lowbit/nn/feature_map.hpp"
#include "lowbit/nn/products.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// Images whose windows are gathered together: a megabyte of them, at least one image.
[[nodiscard]] inline index_t images_at_a_time(tensor_shape out, index_t depth) noexcept {
  constexpr index_t floats = 1 << 18;
  const index_t one = out.height * out.width * depth;
  return one < 1 ? floats : one > floats ? 1 : floats / one;
}

/// The row of pixels that a tap reads, that is (n * height + y) * width + x of the input.
[[nodiscard]] inline index_t input_row(tensor_shape in, const window& w,
                                       const core::output_pixel& to, index_t i,
                                       index_t j) noexcept {
  return (to.image * in.height + core::tap_position(w.vertical, to.y, i)) * in.width +
         core::tap_position(w.horizontal, to.x, j);
}

/// run(row, offset in the row, input row, floats): a stretch of one row of taps that lies on the image.
template <class Run>
void for_each_run(tensor_shape in, const window& w, tensor_shape out, index_t first, index_t images,
                  const Run& run) {
  const index_t first_row = first * out.height * out.width;
  core::for_each_window(
      in, w, out, first * out.height, (first + images) * out.height,
      [&](const core::output_pixel& to, core::tap_range vertical, core::tap_range horizontal) {
        const index_t step = w.horizontal.dilation == 1 ? horizontal.count() : 1;
        for (index_t i = vertical.first; i < vertical.last; ++i)
          for (index_t j = horizontal.first; j < horizontal.last; j += step)
            run(to.number - first_row, (i * w.horizontal.size + j) * in.channels,
                input_row(in, w, to, i, j), step * in.channels);
      });
}

/// The windows of images first ... first + images - 1 into the first rows of `rows`, which has room.
inline void gather(const lowbit::nn::feature_view& x, const window& w, tensor_shape out,
                   float beyond, index_t first, index_t images, lowbit::nn::float_matrix& rows) {
  if (core::has_padding(w) && rows.size() > 0)
    rows.topRows(images * out.height * out.width).setConstant(beyond);
  const tensor_shape in = x.shape();
  const float* const from = x.pixels().data();
  for_each_run(
      in, w, out, first, images, [&](index_t row, index_t offset, index_t pixel, index_t count) {
        std::copy_n(from + pixel * in.channels, count, rows.data() + row * rows.cols() + offset);
      });
}

/// True if the windows over an image are its pixels, in order.
[[nodiscard]] constexpr bool is_one_pixel(const window& w) noexcept { return w == window{}; }

/// f(first image, images, first row of the result, windows) for all images, as many together as fit a cache.
/// `gathered` is memory for the windows; its rows may be overwritten when f has read them.
template <class F>
void for_each_block(const lowbit::nn::feature_view& x, const window& w, tensor_shape out,
                    float beyond, lowbit::nn::float_matrix& gathered, const F& f) {
  const index_t pixels = out.height * out.width, depth = w.taps() * x.shape().channels;
  // Images of one pixel under a window of one pixel are one plain product.
  const bool whole = is_one_pixel(w) && pixels == 1;
  const index_t together = whole ? out.batch : (std::min)(images_at_a_time(out, depth), out.batch);
  if (!is_one_pixel(w)) gathered.resize(together * pixels, depth);
  for (index_t n = 0; n < out.batch; n += together) {
    const index_t images = (std::min)(together, out.batch - n), rows = images * pixels;
    if (is_one_pixel(w)) {
      f(n, images, n * pixels, rows_of(x.pixels(), n * pixels, rows));
    } else {
      gather(x, w, out, beyond, n, images, gathered);
      f(n, images, n * pixels, rows_of(gathered, 0, rows));
    }
  }
}

/// Adds the rows to the pixels they came from.
inline void scatter(const lowbit::nn::float_matrix& rows, const window& w, tensor_shape out,
                    index_t first, index_t images, lowbit::nn::feature_map& dx) {
  const tensor_shape in = dx.shape();
  float* const to = dx.mutable_pixels().data();
  for_each_run(in, w, out, first, images,
               [&](index_t row, index_t offset, index_t pixel, index_t count) {
                 const float* const from = rows.data() + row * rows.cols() + offset;
                 float* const sum = to + pixel * in.channels;
                 for (index_t i = 0; i < count; ++i) sum[i] += from[i];
               });
}

}  // namespace detail::nn
LOWBIT_END

#endif
