// lowbit/core/for_each_window.hpp – the one walk over the windows of images.
//
// Pools, XNOR-Net's K and training's im2col need the same for every output pixel: which taps of its window lie on the
// image, and where. Along each axis these taps are always a stretch first ... last - 1:
//
//     before=2      n=4      after=0            size 3, stride 1: of output 0 only tap 2 lies on the image
//       [.][.][0][1][2][3]
//       |-- o=0 --|
//
//     for_each_window(in, window, f)      f(pixel, vertical taps, horizontal taps), in order
//     tap_position(axis, output, tap)     where a tap lies, from the image's first row or column on
//
// Cost: one comparison per output and axis; a division only where a window reaches beyond the image.
#ifndef LOWBIT_CORE_FOR_EACH_WINDOW_HPP
#define LOWBIT_CORE_FOR_EACH_WINDOW_HPP

#include "lowbit/core/window.hpp"

LOWBIT_BEGIN
namespace detail::core {

/// Taps first ... last - 1 of an output lie on the image.
struct tap_range {
  index_t first = 0;
  index_t last = 0;
  [[nodiscard]] LOWBIT_INLINE constexpr index_t count() const noexcept { return last - first; }
  friend constexpr bool operator==(const tap_range& a, const tap_range& b) noexcept {
    return a.first == b.first && a.last == b.last;
  }
};

/// Position of a tap of an output; below 0 and from n on it lies on the padding.
[[nodiscard]] LOWBIT_INLINE constexpr index_t tap_position(const window_axis& a, index_t output,
                                                           index_t tap) noexcept {
  return output * a.stride + tap * a.dilation - a.before;
}

[[nodiscard]] constexpr tap_range taps_inside(const window_axis& a, index_t output,
                                              index_t n) noexcept {
  const index_t begin = tap_position(a, output, 0);
  if (begin >= 0 && begin + a.extent() <= n) return {0, a.size};  // most: no division
  const auto in_range = [&](index_t tap) { return tap < 0 ? 0 : tap > a.size ? a.size : tap; };
  const index_t first = begin >= 0 ? 0 : in_range(ceil_div(-begin, a.dilation));
  const index_t last = n <= begin ? 0 : in_range(ceil_div(n - begin, a.dilation));
  return {first, last > first ? last : first};
}

/// An output pixel, and its number: (image * height + y) * width + x.
struct output_pixel {
  index_t image, y, x, number;
};

/// f(image, y, number of the row's first pixel) for rows first ... end - 1 of outputs of shape `out`, counted over
/// all images.
template <class F>
LOWBIT_INLINE void for_each_row(tensor_shape out, index_t first, index_t end, const F& f) {
  for (index_t r = first; r < end; ++r) f(r / out.height, r % out.height, r * out.width);
}

/// f(pixel, vertical taps, horizontal taps) for the output pixels of rows first ... end - 1 of `out`, counted over all
/// images. Inlined, so f is compiled for the ISA of the calling function. Window and sizes are local copies whose
/// address is never taken: f's stores cannot alias them, so they are not reloaded per pixel.
template <class F>
LOWBIT_INLINE void for_each_window(tensor_shape in, const window& w, tensor_shape out,
                                   index_t first, index_t end, const F& f) {
  const window over = w;
  const index_t height = in.height, width = in.width, columns = out.width;
  for_each_row(out, first, end, [&](index_t n, index_t y, index_t number) LOWBIT_INLINE_LAMBDA {
    const tap_range vertical = taps_inside(over.vertical, y, height);
    for (index_t x = 0; x < columns; ++x)
      f(output_pixel{n, y, x, number + x}, vertical, taps_inside(over.horizontal, x, width));
  });
}
/// The same for all windows of images that output_shape() took.
template <class F>
LOWBIT_INLINE void for_each_window(tensor_shape in, const window& w, const F& f) {
  const tensor_shape out{in.batch, w.vertical.outputs(in.height), w.horizontal.outputs(in.width),
                         0};
  for_each_window(in, w, out, 0, out.batch * out.height, f);
}

}  // namespace detail::core
LOWBIT_END

#endif
