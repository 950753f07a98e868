// lowbit/encode/channels.hpp – channels of several images side by side, or some channels of one.
//
// Channels are bits, and where the next image's begin need not be a word: concat and split move runs of
// bits, 64 at a time, each word of the source split over two of the destination if the places differ.
//
//     auto y = lowbit::concat_channels(a.view(), b.view());       channels of a, then those of b
//     auto x = lowbit::slice_channels(y.view(), 64, 32);          channels 64 ... 95
//     lowbit::copy_channels(x.view(), 0, 32, y, 64);              into y, which keeps its others
#ifndef LOWBIT_ENCODE_CHANNELS_HPP
#define LOWBIT_ENCODE_CHANNELS_HPP

#include "lowbit/core/bits.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
/// Channels first ... first + count - 1 of x to channels to_first ... of out, whose other channels stay.
/// Errors: other images; channels that do not exist; channels in segments.
template <packable E>
void copy_channels(packed_tensor_view<E> x, index_t first, index_t count, packed_tensor<E>& out,
                   index_t to_first) {
  const tensor_shape s = x.shape(), to = out.shape();
  if (s.batch != to.batch || s.height != to.height || s.width != to.width)
    detail::fail("copy_channels: from images of %tdx%tdx%td to images of %tdx%tdx%td", s.batch,
                 s.height, s.width, to.batch, to.height, to.width);
  if (first < 0 || count < 0 || count > s.channels - first || to_first < 0 ||
      count > to.channels - to_first)
    detail::fail("copy_channels: %td channels from %td of %td to %td of %td", count, first,
                 s.channels, to_first, to.channels);
  if (x.layout().segment() != 0 || out.layout().segment() != 0)
    detail::fail("copy_channels: channels in segments of %td, to segments of %td: repack without",
                 x.layout().segment(), out.layout().segment());
  packed_matrix<E>& pixels = out.mutable_pixels();
  for (index_t n = 0; n < s.batch; ++n)
    for (index_t y = 0; y < s.height; ++y)
      for (index_t i = 0; i < s.width; ++i)
        for (int p = 0; p < E::plane_count; ++p)
          detail::core::move_bits(
              x.pixel(n, y, i) + p * x.plane_stride(), first, count,
              pixels.mutable_row(out.pixel(n, y, i)) + p * pixels.plane_stride(), to_first);
}

/// Channels first ... first + count - 1 of x. Errors: as copy_channels.
template <packable E>
[[nodiscard]] packed_tensor<E> slice_channels(packed_tensor_view<E> x, index_t first,
                                              index_t count) {
  tensor_shape s = x.shape();
  s.channels = count;
  packed_tensor<E> out(s);
  copy_channels(x, first, count, out, 0);
  return out;
}

/// The channels of all images, in order. Errors: as copy_channels.
template <packable E, std::same_as<packed_tensor_view<E>>... More>
[[nodiscard]] packed_tensor<E> concat_channels(packed_tensor_view<E> x, More... more) {
  tensor_shape s = x.shape();
  for (const index_t channels : {index_t{0}, more.shape().channels...})
    s.channels = detail::checked_add(s.channels, channels, "concat_channels");
  packed_tensor<E> out(s);
  index_t next = 0;
  const auto append = [&](packed_tensor_view<E> part) {
    copy_channels(part, 0, part.shape().channels, out, next);
    next += part.shape().channels;
  };
  append(x);
  (append(more), ...);
  return out;
}

LOWBIT_END

#endif
