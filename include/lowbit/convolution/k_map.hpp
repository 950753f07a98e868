// lowbit/convolution/k_map.hpp – XNOR-Net's scale of every output pixel.
//
// XNOR-Net approximates a convolution of real images by one of signs. Each output pixel gets back the magnitude of the
// numbers that its window saw:
//
//     A(pixel)  = mean over the channels of |x|
//     K(window) = mean over the window's taps of A      (0 beyond the image, whatever the padding value)
//     y         = (sign(x) conv sign(w)) * K * alpha    alpha: one scale per filter (quantize/methods/xnor_weight.hpp)
//
// K has one number per row of the convolution's result, so it is the row_scale of store_affine. The channels
// are read once, whatever the number of filters. Means are taken in double, in order, and rounded once.
// (The authors' released code leaves K out; the paper reports less than one per cent for it.)
//
//     lowbit::mean_magnitudes(x, a);                  a, k: a number per pixel, the caller's memory
//     lowbit::k_map(a, x.shape, layer.over(), k);
//     layer(signs, work, store_affine{out, k, alpha, {}});
//
// Source: Rastegari et al., "XNOR-Net", arXiv:1603.05279, eq. 11.
#ifndef LOWBIT_CONVOLUTION_K_MAP_HPP
#define LOWBIT_CONVOLUTION_K_MAP_HPP

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/for_each_window.hpp"
#include "lowbit/core/tensor_view.hpp"

LOWBIT_BEGIN

/// out[pixel] = the mean of |x| over its channels. Allocates nothing. Errors: another number of results than of pixels;
/// no channels.
template <float_element T>
void mean_magnitudes(const tensor_view<T>& x, std::span<float> out) {
  const tensor_shape s = detail::core::checked_shape(x.shape, "mean_magnitudes");
  if (static_cast<index_t>(out.size()) != s.pixels() || s.channels == 0)
    detail::fail(
        "mean_magnitudes: images of %tdx%tdx%tdx%td and %zu numbers: it takes one per pixel",
        s.batch, s.height, s.width, s.channels, out.size());
  std::size_t pixel = 0;
  for (index_t n = 0; n < s.batch; ++n)
    for (index_t y = 0; y < s.height; ++y)
      for (index_t i = 0; i < s.width; ++i) {
        double sum = 0;
        for (index_t c = 0; c < s.channels; ++c) {
          const float v = x(n, y, i, c);
          sum += static_cast<double>(is_negative(v) ? -v : v);
        }
        out[pixel++] = static_cast<float>(sum / static_cast<double>(s.channels));
      }
}

/// out[window] = the mean over all taps of the means of pixels, of images of this shape. Allocates nothing. Errors:
/// another number of means than of pixels, of results than of windows; the window does not fit.
inline void k_map(std::span<const float> means, tensor_shape images, const window& w,
                  std::span<float> out) {
  detail::core::fail_if(detail::core::window_problem(w), "k_map");
  const tensor_shape to = detail::core::output_shape(w, images, 1, "k_map");
  if (static_cast<index_t>(means.size()) != images.pixels() ||
      static_cast<index_t>(out.size()) != to.pixels())
    detail::fail("k_map: %zu means for %td pixels, %zu numbers for %td windows", means.size(),
                 images.pixels(), out.size(), to.pixels());
  detail::core::for_each_window(
      images, w,
      [&](const detail::core::output_pixel& at, detail::core::tap_range vertical,
          detail::core::tap_range horizontal) {
        double sum = 0;
        for (index_t i = vertical.first; i < vertical.last; ++i)
          for (index_t j = horizontal.first; j < horizontal.last; ++j) {
            const index_t row = detail::core::tap_position(w.vertical, at.y, i),
                          pixel = detail::core::tap_position(w.horizontal, at.x, j);
            sum += static_cast<double>(means[static_cast<std::size_t>(
                (at.image * images.height + row) * images.width + pixel)]);
          }
        out[static_cast<std::size_t>(at.number)] =
            static_cast<float>(sum / static_cast<double>(w.taps()));
      });
}

LOWBIT_END

#endif
