// lowbit/convolution/byte_image.hpp – an image of bit planes as signed bytes, for kernels that multiply bytes.
//
// Codes of an image in planes are converted once per call, pixel by pixel. Windows then read the bytes where they lie,
// as they read planes (convolution/window_table.hpp): no im2col. Besides the bytes each window needs their sum
// (encoding/byte_codes.hpp), which is added from the sums of its pixels (convolution/window_sums.hpp).
//
//     pixel      the channels of one group: 64 bytes per word. Fewer than 64 channels take what the blocks of a tap
//                read, at least 4 bytes, so that taps side by side are one run. Bytes beyond the channels are 0.
//
// Images that come as bytes (convolution/conv2d_images.hpp) never become planes.
//
// Cost: a masked addition per plane for 64 bytes on AVX-512, and 1 / (taps * output channels / 64) of the products.
#ifndef LOWBIT_CONVOLUTION_BYTE_IMAGE_HPP
#define LOWBIT_CONVOLUTION_BYTE_IMAGE_HPP

#include "lowbit/convolution/window_sums.hpp"
#include "lowbit/convolution/window_table.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/kernel/bytes/panels.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// The bytes of a pixel: what the blocks of a tap read.
[[nodiscard]] constexpr index_t pixel_bytes(index_t channels,
                                            const kernel::panel_layout& layout) noexcept {
  if (layout.word_depth == word_bits) return ceil_div(channels, word_bits) * word_bits;
  return kernel::row_bytes_per_word(layout);
}

/// Some channels of every pixel.
struct channel_range {
  index_t first, count;
};

/// Memory for the images of one shape.
class byte_image {
 public:
  byte_image() = default;
  /// For images of shape `padded`, their padding included, of which one pixel takes `pixel` bytes.
  byte_image(tensor_shape padded, tensor_shape out, index_t pixel)
      : out_(out),
        pixel_(pixel),
        // Kernels may load a register behind the last pixel.
        bytes_(ceil_div(checked_mul(padded.pixels(), pixel, "conv2d: image of bytes"),
                        index_t{sizeof(word)}) +
               word_bits / index_t{sizeof(word)}),
        of_pixels_(padded.pixels()),
        of_windows_(out.pixels()) {}

  [[nodiscard]] index_t bytes() const noexcept {
    return 8 * bytes_.size() + 4 * (of_pixels_.size() + of_windows_.size());
  }
  /// Bytes of a pixel; 0: there is no image.
  [[nodiscard]] index_t pixel() const noexcept { return pixel_; }
  [[nodiscard]] const word* data() const noexcept { return bytes_.data(); }
  /// Of images of a shape, in bytes.
  [[nodiscard]] image_strides strides(tensor_shape s) const noexcept {
    return {s.height * s.width * pixel_, s.width * pixel_, pixel_};
  }
  /// Per window, the sum of its bytes; sum_windows() has made them.
  [[nodiscard]] const std::int32_t* sums() const noexcept {
    return reinterpret_cast<const std::int32_t*>(of_windows_.data());
  }

  /// Fills bytes and sums from some words of each pixel of x, which has its padding; they hold `channels` channels.
  template <executor Executor>
  void fill(kernel::row_converter convert, const packed_tensor_view<any_encoding>& x,
            channel_words words, index_t channels, const window& w, const Executor& where) {
    const tensor_shape s = x.shape();
    auto* const bytes = reinterpret_cast<std::int8_t*>(bytes_.data());
    executors::for_each_share(where, s.batch * s.height, s.width * words.count * x.plane_count(),
                              [&](index_t first, index_t end) {
                                for (index_t row = first; row < end; ++row) {
                                  const index_t p = row * s.width;
                                  for (index_t i = 0; i < s.width; ++i) of_pixels_[p + i] = 0;
                                  convert(x.format(),
                                          {x.pixel(row / s.height, row % s.height, 0) + words.first,
                                           s.width, x.pixel_stride(), x.plane_stride()},
                                          {channels, words.count},
                                          {bytes + p * pixel_, pixel_, pixel_,
                                           reinterpret_cast<std::int32_t*>(of_pixels_.data() + p)});
                                }
                              });
    sum_windows(w, s, out_, of_pixels_.data(), of_windows_.data());
  }

  /// The same from codes of unsigned_bits<8>, a byte each: `channels` of each pixel of x, which has no padding; that is
  /// made of `padding`.
  template <executor Executor>
  void fill(const tensor_view<const code_t>& x, channel_range channels, code_t padding,
            const window& w, const Executor& where) {
    constexpr int base = kernel::signed_bytes(format_of<unsigned_bits<8>>()).base;
    const tensor_shape s = core::padded(w, x.shape);
    auto* const bytes = reinterpret_cast<std::int8_t*>(bytes_.data());
    executors::for_each_share(
        where, s.batch * s.height, s.width * channels.count, [&](index_t first, index_t end) {
          for (index_t row = first; row < end; ++row) {
            const index_t y = row % s.height - w.vertical.before;
            for (index_t i = 0; i < s.width; ++i) {
              const index_t column = i - w.horizontal.before, p = row * s.width + i;
              const bool inside =
                  y >= 0 && y < x.shape.height && column >= 0 && column < x.shape.width;
              const code_t* const from =
                  inside ? &x(row / s.height, y, column, channels.first) : &padding;
              const index_t step = inside ? x.channel_stride : 0;
              std::int32_t sum = 0;
              for (index_t c = 0; c < channels.count; ++c) {
                const auto byte = static_cast<std::int8_t>(from[c * step] + base);
                bytes[p * pixel_ + c] = byte;
                sum += byte;
              }
              for (index_t c = channels.count; c < pixel_; ++c) bytes[p * pixel_ + c] = 0;
              of_pixels_[p] = static_cast<std::uint32_t>(sum);
            }
          }
        });
    sum_windows(w, s, out_, of_pixels_.data(), of_windows_.data());
  }

 private:
  tensor_shape out_;
  index_t pixel_ = 0;
  buffer<word> bytes_;
  buffer<std::uint32_t> of_pixels_, of_windows_;
};

}  // namespace detail::convolution
LOWBIT_END

#endif
