// lowbit/convolution/padded_image.hpp – the image in the middle of a larger one that holds its padding.
//
// A window that reaches beyond the image reads padding there, and padding is real memory. An image of bits is small:
// 56 x 56 x 64 bits are 25 KB. Copying it into a larger image takes a hundredth of the convolution's time. A table with
// a pointer per tap of every window would take more memory. After the copy no kernel has code for padding.
//
//     c c c c c c      c    the padding's code in every channel (convolution/pad_value.hpp), written once
//     c . . . . c      .    the image, copied in every call
//     c . . . . c
//     c c c c c c
//
// In the copy each group of channels begins at a word, however the groups lie in the image.
#ifndef LOWBIT_CONVOLUTION_PADDED_IMAGE_HPP
#define LOWBIT_CONVOLUTION_PADDED_IMAGE_HPP

#include <cstring>

#include "lowbit/core/bits.hpp"
#include "lowbit/core/window.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// Pixels of one code.
[[nodiscard]] inline buffer<word> empty_image(const code_format& format, tensor_shape s,
                                              depth_layout layout, code_t code) {
  packed_matrix<any_encoding> pixel(format, 1, s.channels, layout.segment());
  for (index_t c = 0; c < s.channels; ++c) pixel.set_code(0, c, code);
  const index_t words = pixel.row_stride();
  buffer<word> image(checked_mul(s.pixels(), words, "conv2d: image with its padding"));
  for (index_t i = 0; i < s.pixels() && words > 0; ++i)
    std::memcpy(image.data() + i * words, pixel.words().data(), pixel.words().size_bytes());
  return image;
}

/// Copies row y of image n, channels by `to`'s layout, to the pixels at `out`.
inline void copy_row(const packed_tensor_view<any_encoding>& x, index_t n, index_t y,
                     depth_layout to, word* out) noexcept {
  const index_t words = to.words(), width = x.shape().width;
  const int planes = x.plane_count();
  if (x.layout() == to && x.plane_stride() == words &&
      (x.pixel_stride() == planes * words || width == 1)) {
    if (width * words > 0)
      std::memcpy(out, x.pixel(n, y, 0),
                  static_cast<std::size_t>(width * planes * words) * sizeof(word));
    return;
  }
  for (index_t i = 0; i < width; ++i)
    for (int p = 0; p < planes; ++p, out += words) {
      const word* const plane = x.pixel(n, y, i) + p * x.plane_stride();
      if (x.layout() == to) {
        if (words > 0) std::memcpy(out, plane, static_cast<std::size_t>(words) * sizeof(word));
        continue;
      }
      index_t first = 0;
      for (index_t r = 0; r < to.runs(); ++r) {
        const depth_run run = to.run(r);
        core::move_bits(plane, first, run.depth, out + run.first_word, 0);
        first += run.depth;
      }
    }
}

/// Copies x, channels by `to`'s layout, into the middle of the padded image at `image`. Returns a view of all of it.
template <executor Executor>
[[nodiscard]] packed_tensor_view<any_encoding> into_padded(
    const packed_tensor_view<any_encoding>& x, const window& w, depth_layout to, word* image,
    const Executor& where) {
  const tensor_shape in = x.shape(), s = core::padded(w, in);
  const index_t pixel = x.plane_count() * to.words(), row = s.width * pixel;
  executors::for_each_share(where, in.batch * in.height, row, [&](index_t first, index_t end) {
    for (index_t r = first; r < end; ++r) {
      const index_t n = r / in.height, y = r % in.height;
      copy_row(x, n, y, to,
               image + (n * s.height + y + w.vertical.before) * row + w.horizontal.before * pixel);
    }
  });
  return {x.format(), image, s, to, s.height * row, row, pixel, to.words()};
}

}  // namespace detail::convolution
LOWBIT_END

#endif
