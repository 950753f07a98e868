// lowbit/encode/channels.hpp – channels of several images side by side, or some channels of one.
//
// Channels are bits, and the channels of the next image need not begin at a word. So concat and split move runs of
// bits, 64 at a time. If source and destination lie at different places of their words, each word of the source is
// split over two words of the destination.
//
//     auto y = lowbit::concat_channels({a.view(), b.view()});     channels of a, then those of b
//     auto x = lowbit::slice_channels(y.view(), 64, 32);          channels 64 ... 95
//     lowbit::copy_channels(x.view(), 0, 32, y, 64);              into y, which keeps its others
//
// All three take an executor as their last argument, which runs parts of the rows of pixels.
#ifndef LOWBIT_ENCODE_CHANNELS_HPP
#define LOWBIT_ENCODE_CHANNELS_HPP

#include <initializer_list>

#include "lowbit/core/bits.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN

/// Channels first ... first + count - 1 of x to channels to_first ... of out, whose other channels stay. Allocates
/// nothing. Errors: images of another size; channels that do not exist; channels in segments.
template <packable E, executor Where = serial_executor>
void copy_channels(packed_tensor_view<E> x, index_t first, index_t count, packed_tensor<E>& out,
                   index_t to_first, const Where& where = {}) {
  const tensor_shape s = x.shape(), to = out.shape();
  if (s.batch != to.batch || s.height != to.height || s.width != to.width)
    detail::fail("copy_channels: from images of %tdx%tdx%td to images of %tdx%tdx%td", s.batch,
                 s.height, s.width, to.batch, to.height, to.width);
  if (first < 0 || count < 0 || count > s.channels - first || to_first < 0 ||
      count > to.channels - to_first)
    detail::fail("copy_channels: %td channels from %td of %td to %td of %td", count, first,
                 s.channels, to_first, to.channels);
  if (x.layout().segment() != 0 || out.layout().segment() != 0)
    detail::fail(
        "copy_channels: channels in segments of %td, to segments of %td: repack them without "
        "segments",
        x.layout().segment(), out.layout().segment());
  packed_matrix<E>& pixels = out.mutable_pixels();
  detail::executors::for_each_share(
      where, s.batch * s.height, s.width * pixels.row_stride(), [&](index_t begin, index_t end) {
        for (index_t line = begin; line < end; ++line)
          for (index_t i = 0; i < s.width; ++i)
            for (int p = 0; p < E::plane_count; ++p)
              detail::core::move_bits(
                  x.pixel(line / s.height, line % s.height, i) + p * x.plane_stride(), first, count,
                  pixels.mutable_row(out.pixel(line / s.height, line % s.height, i)) +
                      p * pixels.plane_stride(),
                  to_first);
      });
}

/// Channels first ... first + count - 1 of x as a new tensor, which is allocated. Errors: as copy_channels.
template <packable E, executor Where = serial_executor>
[[nodiscard]] packed_tensor<E> slice_channels(packed_tensor_view<E> x, index_t first, index_t count,
                                              const Where& where = {}) {
  tensor_shape s = x.shape();
  s.channels = count;
  packed_tensor<E> out(s);
  copy_channels(x, first, count, out, 0, where);
  return out;
}

/// The channels of all parts, in order, as a new tensor, which is allocated. Errors: there are no parts; those of
/// copy_channels.
template <packable E, executor Where = serial_executor>
[[nodiscard]] packed_tensor<E> concat_channels(std::initializer_list<packed_tensor_view<E>> parts,
                                               const Where& where = {}) {
  if (parts.size() == 0) detail::fail("concat_channels: no images");
  tensor_shape s = parts.begin()->shape();
  s.channels = 0;
  for (const packed_tensor_view<E>& part : parts)
    s.channels = detail::checked_add(s.channels, part.shape().channels, "concat_channels");
  packed_tensor<E> out(s);
  index_t next = 0;
  for (const packed_tensor_view<E>& part : parts) {
    copy_channels(part, 0, part.shape().channels, out, next, where);
    next += part.shape().channels;
  }
  return out;
}

LOWBIT_END

#endif
