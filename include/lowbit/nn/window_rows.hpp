// lowbit/nn/window_rows.hpp – windows of images as rows of a matrix, and back.
//
// While training, a convolution is a matrix product: every output pixel's window becomes a row, tap after
// tap and channel after channel, the order in which filters lie in memory (im2col):
//
//     gather     rows(pixel, (i, j, c)) = x(position of tap (i, j), c), or `beyond` where there is no image
//     scatter    dx(position, c) += rows(pixel, (i, j, c))                     the transposed map
//
// A row of taps with dilation 1 is one run of memory: width C numbers are copied at a time. The matrix has
// `taps` times the numbers of the image, so it is made for a few images at a time that stay in the L2 cache
// (images_at_a_time), and made again on the way back instead of being kept.
//
// Packed networks need none of this (convolution/conv2d.hpp).
#ifndef LOWBIT_NN_WINDOW_ROWS_HPP
#define LOWBIT_NN_WINDOW_ROWS_HPP

#include <algorithm>

#include "lowbit/core/window.hpp"
#include "lowbit/nn/feature_map.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// Images whose windows are gathered together: a megabyte of them, at least one image.
[[nodiscard]] inline index_t images_at_a_time(tensor_shape out, index_t depth) noexcept {
  constexpr index_t floats = 1 << 18;
  const index_t one = out.height * out.width * depth;
  return one < 1 ? floats : one > floats ? 1 : floats / one;
}

/// f(row, down, across, pixel) for the windows of some images: the taps that lie on the image, and with pixel(i, j)
/// the pixel under one of them.
template <class F>
void for_each_window(tensor_shape in, const window& w, tensor_shape out, index_t first,
                     index_t images, const F& f) {
  index_t row = 0;
  for (index_t n = first; n < first + images; ++n)
    for (index_t y = 0; y < out.height; ++y)
      for (index_t x = 0; x < out.width; ++x, ++row) {
        const auto pixel = [&](index_t i, index_t j) {
          const index_t top = y * w.vertical.stride + i * w.vertical.dilation - w.vertical.before,
                        left = x * w.horizontal.stride + j * w.horizontal.dilation -
                               w.horizontal.before;
          return (n * in.height + top) * in.width + left;
        };
        f(row, core::taps_inside(w.vertical, y, in.height),
          core::taps_inside(w.horizontal, x, in.width), pixel);
      }
}

/// run(row, offset in the row, input row, numbers): a stretch of one row of taps that lies on the image.
template <class Run>
void for_each_run(tensor_shape in, const window& w, tensor_shape out, index_t first, index_t images,
                  const Run& run) {
  for_each_window(
      in, w, out, first, images,
      [&](index_t row, core::tap_range vertical, core::tap_range horizontal, const auto& pixel) {
        const index_t step = w.horizontal.dilation == 1 ? horizontal.last - horizontal.first : 1;
        for (index_t i = vertical.first; i < vertical.last; ++i)
          for (index_t j = horizontal.first; j < horizontal.last; j += step)
            run(row, (i * w.horizontal.size + j) * in.channels, pixel(i, j), step * in.channels);
      });
}

/// The windows of images first ... first + images - 1 into the first rows of `rows`, which has room.
inline void gather(const lowbit::nn::feature_view& x, const window& w, tensor_shape out,
                   float beyond, index_t first, index_t images, lowbit::nn::float_matrix& rows) {
  const bool padded =
      w.vertical.before + w.vertical.after + w.horizontal.before + w.horizontal.after > 0 &&
      rows.size() > 0;
  if (padded) rows.topRows(images * out.height * out.width).setConstant(beyond);
  const tensor_shape in = x.shape();
  const float* const from = x.pixels().data();
  for_each_run(
      in, w, out, first, images, [&](index_t row, index_t offset, index_t pixel, index_t count) {
        std::copy_n(from + pixel * in.channels, count, rows.data() + row * rows.cols() + offset);
      });
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
