// lowbit/convolution/window_sums.hpp – for every window, the bit sum of what it sees.
//
// Where the product rule asks for the bit sums of the left operand (encoding/product_rule.hpp), a
// convolution needs one a window. Windows overlap, so the sums are taken in two steps, pixels first:
//
//     pixel sum  = bit sum of the pixel's channels                  a count a word
//     window sum = pixel sums of the window's taps, added           an addition a tap, no count
#ifndef LOWBIT_CONVOLUTION_WINDOW_SUMS_HPP
#define LOWBIT_CONVOLUTION_WINDOW_SUMS_HPP

#include "lowbit/core/window.hpp"
#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/kernel/bits/bit_sums.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// Which words of a pixel.
struct channel_words {
  index_t first;
  index_t count;
};

/// window_sums[r] = coefficient * bit sum of window r, modulo 2^32; x has its border.
template <isa_tag Tag, class A>
void sum_windows(Tag tag, packed_tensor_view<A> x, channel_words words, std::uint32_t coefficient,
                 const window& w, tensor_shape out, std::uint32_t* pixel_sums,
                 std::uint32_t* window_sums) {
  const tensor_shape s = x.shape();
  const auto bit_sum = kernel::bit_sum_on<A>(tag);
  for (index_t n = 0; n < s.batch; ++n)
    for (index_t y = 0; y < s.height; ++y) {
      const kernel::operand row{x.pixel(n, y, 0) + words.first, s.width, x.pixel_stride(),
                                x.plane_stride()};
      for (index_t i = 0; i < s.width; ++i)
        pixel_sums[(n * s.height + y) * s.width + i] = coefficient * bit_sum(row, i, words.count);
    }
  for (index_t n = 0; n < out.batch; ++n)
    for (index_t y = 0; y < out.height; ++y) {
      std::uint32_t* const to = window_sums + (n * out.height + y) * out.width;
      for (index_t i = 0; i < out.width; ++i) to[i] = 0;
      for (index_t t = 0; t < w.taps(); ++t) {
        const index_t row = y * w.vertical.stride + t / w.horizontal.size * w.vertical.dilation;
        const std::uint32_t* const from = pixel_sums + (n * s.height + row) * s.width +
                                          t % w.horizontal.size * w.horizontal.dilation;
        for (index_t i = 0; i < out.width; ++i) to[i] += from[i * w.horizontal.stride];
      }
    }
}

}  // namespace detail::convolution
LOWBIT_END

#endif
