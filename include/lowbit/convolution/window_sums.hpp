// lowbit/convolution/window_sums.hpp – for every window, the bit sum of its taps.
//
// Where the product rule needs the bit sums of the left operand (encoding/product_rule.hpp), a convolution needs one
// per window. Windows overlap, so the sums are taken in two steps, pixels first:
//
//     pixel sum  = bit sum of the pixel's channels                  a count per word
//     window sum = pixel sums of the window's taps, added           an addition per tap, no count
//
// The second step goes through the windows of a row tap by tap, because those additions become vectors.
#ifndef LOWBIT_CONVOLUTION_WINDOW_SUMS_HPP
#define LOWBIT_CONVOLUTION_WINDOW_SUMS_HPP

#include "lowbit/core/buffer.hpp"
#include "lowbit/core/for_each_window.hpp"
#include "lowbit/dispatch/any_isa.hpp"
#include "lowbit/kernel/bits/bit_sums.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// Which words of a pixel.
struct channel_words {
  index_t first;
  index_t count;
};

/// Per window of images of shape s, which includes their padding, the sum of the numbers of its pixels.
inline void sum_windows(const window& w, tensor_shape s, tensor_shape out,
                        const std::uint32_t* pixels, std::uint32_t* windows) noexcept {
  core::for_each_row(out, 0, out.batch * out.height, [&](index_t n, index_t y, index_t first) {
    std::uint32_t* const to = windows + first;
    for (index_t i = 0; i < out.width; ++i) to[i] = 0;
    for (index_t t = 0; t < w.taps(); ++t) {
      const index_t row = y * w.vertical.stride + t / w.horizontal.size * w.vertical.dilation;
      const std::uint32_t* const from =
          pixels + (n * s.height + row) * s.width + t % w.horizontal.size * w.horizontal.dilation;
      for (index_t i = 0; i < out.width; ++i) to[i] += from[i * w.horizontal.stride];
    }
  });
}

/// Memory for the sums of images of one shape.
class window_sums {
 public:
  window_sums() = default;
  /// For images of shape `in`, their padding included.
  window_sums(tensor_shape in, tensor_shape out)
      : out_(out), of_pixels_(in.pixels()), of_windows_(out.pixels()) {}

  [[nodiscard]] index_t bytes() const noexcept {
    return 4 * (of_pixels_.size() + of_windows_.size());
  }

  /// Per window of x, coefficient * its bit sum, modulo 2^32; x has its padding. The numbers stay until the next call.
  template <isa_tag Tag>
  [[nodiscard]] const std::uint32_t* sum(Tag tag, const packed_tensor_view<any_encoding>& x,
                                         channel_words words, std::uint32_t coefficient,
                                         const window& w) {
    const tensor_shape s = x.shape();
    const auto bit_sum = kernel::bit_sum_on(tag);
    core::for_each_row(s, 0, s.batch * s.height, [&](index_t n, index_t y, index_t first) {
      const kernel::operand row{x.pixel(n, y, 0) + words.first, s.width, x.pixel_stride(),
                                x.plane_stride()};
      for (index_t i = 0; i < s.width; ++i)
        of_pixels_[first + i] = coefficient * bit_sum(x.format(), row, i, words.count);
    });
    sum_windows(w, s, out_, of_pixels_.data(), of_windows_.data());
    return of_windows_.data();
  }

 private:
  tensor_shape out_;
  buffer<std::uint32_t> of_pixels_, of_windows_;
};

}  // namespace detail::convolution
LOWBIT_END

#endif
