// lowbit/encode/encode_tensor.hpp – images of real numbers to packed tensors and back.
//
//     auto x = lowbit::encode(lowbit::sign{}, lowbit::nhwc(data, shape));    a new packed_tensor
//     lowbit::encode(q, lowbit::nchw(data, shape), x);                       into x, used again
//     lowbit::decode(q, x.view(), lowbit::nhwc(out, shape));                 real numbers again
//     auto x = lowbit::pack<lowbit::ternary>(lowbit::nchw(codes, shape));    from code bytes, checked
//
// Code (n, y, x, c) is q.encode(x(n, y, x, c)), as in encode/encode.hpp; fit q first if it wants fitting.
// Where a pixel's channels lie side by side they are encoded in place; other orders (NCHW) are gathered
// first, 16 pixels at a time, so that each cache line of a channel's plane is read once. encode() into x
// and decode() allocate nothing.
//
// Stochastic quantizers use number ((n * height + y) * width + x) * channels + c of the stream, whatever
// the order in memory. Errors: out has another shape; an option of the quantizer makes no sense; nothing is
// written then.
#ifndef LOWBIT_ENCODE_ENCODE_TENSOR_HPP
#define LOWBIT_ENCODE_ENCODE_TENSOR_HPP

#include "lowbit/encode/encode.hpp"
#include "lowbit/tensor/pack.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::encoders {

/// Calls f(channels of the pixel, row of the pixel) for every pixel in order, channels side by side.
template <class T, class F>
void for_each_pixel(const tensor_view<T>& x, const F& f) {
  using element = std::remove_const_t<T>;
  constexpr index_t together = 16;
  const auto channels = static_cast<std::size_t>(x.shape.channels);
  buffer<element> gathered;
  if (x.channel_stride != 1) gathered = buffer<element>(together * x.shape.channels);
  index_t row = 0;
  for (index_t n = 0; n < x.shape.batch; ++n)
    for (index_t y = 0; y < x.shape.height; ++y)
      for (index_t first = 0; first < x.shape.width; first += together) {
        const index_t end = first + together < x.shape.width ? first + together : x.shape.width;
        if (x.channel_stride == 1) {
          for (index_t i = first; i < end; ++i)
            f(std::span<const element>(channels == 0 ? nullptr : &x(n, y, i, 0), channels), row++);
          continue;
        }
        for (index_t c = 0; c < x.shape.channels; ++c)
          for (index_t i = first; i < end; ++i)
            gathered[(i - first) * x.shape.channels + c] = x(n, y, i, c);
        for (index_t i = first; i < end; ++i)
          f(std::span<const element>(gathered.data() + (i - first) * x.shape.channels, channels),
            row++);
      }
}

/// Calls f(numbers, row of the pixel, first channel, first word) for runs of channels that begin at words,
/// or for pieces of them if the channels do not lie side by side: 64 channels of 16 pixels are gathered at
/// a time, on the stack. Where pixels of one plane (`whole_words`) fill their words, a row of pixels is one
/// run.
template <class T, class F>
void for_each_run_of_pixels(const tensor_view<T>& x, depth_layout layout, bool whole_words,
                            const F& f) {
  constexpr index_t together = 16;
  const tensor_shape s = x.shape;
  const auto for_each_run = [&](index_t most, const auto& g) {
    index_t first = 0;
    for (index_t i = 0; i < layout.runs(); ++i) {
      const depth_run run = layout.run(i);
      for (index_t k = 0; k < run.depth; k += most)
        g(first + k, run.depth - k < most ? run.depth - k : most, run.first_word + k / word_bits);
      first += run.depth;
    }
  };
  const bool joined = whole_words && layout.segment() == 0 && s.channels % word_bits == 0 &&
                      x.channel_stride == 1 && x.pixel_stride == s.channels;
  index_t row = 0;
  for (index_t n = 0; n < s.batch; ++n)
    for (index_t y = 0; y < s.height; ++y) {
      if (joined) {
        if (s.width * s.channels > 0)
          f(std::span<const float>(&x(n, y, 0, 0), static_cast<std::size_t>(s.width * s.channels)),
            row, 0, 0);
        row += s.width;
        continue;
      }
      if (x.channel_stride == 1) {
        for (index_t i = 0; i < s.width; ++i, ++row)
          for_each_run(s.channels, [&](index_t c, index_t count, index_t place) {
            f(std::span<const float>(&x(n, y, i, c), static_cast<std::size_t>(count)), row, c,
              place);
          });
        continue;
      }
      for (index_t first = 0; first < s.width; first += together) {
        const index_t pixels = s.width - first < together ? s.width - first : together;
        for_each_run(word_bits, [&](index_t c, index_t count, index_t place) {
          float gathered[together][word_bits];
          for (index_t k = 0; k < count; ++k)
            for (index_t i = 0; i < pixels; ++i) gathered[i][k] = x(n, y, first + i, c + k);
          for (index_t i = 0; i < pixels; ++i)
            f(std::span<const float>(gathered[i], static_cast<std::size_t>(count)), row + i, c,
              place);
        });
        row += pixels;
      }
    }
}

}  // namespace detail::encoders

/// out(n, y, x, c) = the code of x(n, y, x, c).
template <isa_tag Tag, class Q, class T, class... Stream>
requires encodes_with<Q, Stream...> && std::same_as < std::remove_const_t<T>,
float > void encode(Tag tag, const Q& q, const tensor_view<T>& x,
                    packed_tensor<typename Q::encoding>& out, const Stream&... stream) {
  detail::core::require_same_shape("encode", {"the input", x.shape}, {"the output", out.shape()});
  validate(q);
  auto& pixels = out.mutable_pixels();
  const auto runs = [&](const auto& encode_run) {
    detail::encoders::for_each_run_of_pixels(
        x, pixels.layout(), Q::encoding::plane_count == 1,
        [&](std::span<const float> floats, index_t row, index_t first, index_t place) {
          encode_run(floats, row * x.shape.channels + first,
                     {pixels.mutable_row(row) + place, pixels.plane_stride()});
        });
  };
  detail::encoders::encode_runs(tag, q, pixels.rows() * pixels.depth(), runs, stream...);
}
template <class Q, class T, class... Stream>
requires encodes_with<Q, Stream...> && std::same_as < std::remove_const_t<T>,
float > void encode(const Q& q, const tensor_view<T>& x, packed_tensor<typename Q::encoding>& out,
                    const Stream&... stream) {
  encode(chosen_isa(), q, x, out, stream...);
}

/// The codes of x as a new tensor.
template <isa_tag Tag, class Q, class T, class... Stream>
requires encodes_with<Q, Stream...> && std::same_as < std::remove_const_t<T>,
float > [[nodiscard]] auto encode(Tag tag, const Q& q, const tensor_view<T>& x,
                                  const Stream&... stream) {
  packed_tensor<typename Q::encoding> out(x.shape);
  encode(tag, q, x, out, stream...);
  return out;
}
template <class Q, class T, class... Stream>
requires encodes_with<Q, Stream...> && std::same_as < std::remove_const_t<T>,
float > [[nodiscard]] auto encode(const Q& q, const tensor_view<T>& x, const Stream&... stream) {
  return encode(chosen_isa(), q, x, stream...);
}

/// out(n, y, x, c) = the real number that the code stands for.
template <quantizer Q>
void decode(const Q& q, packed_tensor_view<typename Q::encoding> x, const tensor_view<float>& out) {
  detail::core::require_same_shape("decode", {"the input", x.shape()}, {"the output", out.shape});
  const tensor_shape s = x.shape();
  for (index_t n = 0; n < s.batch; ++n)
    for (index_t y = 0; y < s.height; ++y)
      for (index_t i = 0; i < s.width; ++i)
        for (index_t c = 0; c < s.channels; ++c) out(n, y, i, c) = decode(q, x.code(n, y, i, c));
}

/// Packs images of code bytes. `segment` > 0: that many channels begin at a word each. Errors: a byte
/// that is no code of E.
template <packable E, class T>
requires std::same_as<std::remove_const_t<T>, code_t>
[[nodiscard]] packed_tensor<E> pack(const tensor_view<T>& codes, index_t segment = 0) {
  packed_tensor<E> out(codes.shape, segment);
  const auto pack_codes = detail::kernel::pack_codes_on<E::plane_count>(chosen_isa());
  detail::encoders::for_each_pixel(codes, [&](std::span<const code_t> channels, index_t row) {
    detail::tensor::require_codes<E>(channels, row);
    detail::tensor::pack_row(pack_codes, channels.data(), out.mutable_pixels(), row);
  });
  return out;
}

/// The codes of x, one byte each. Errors: out has another shape.
template <packable E>
void unpack(packed_tensor_view<E> x, const tensor_view<code_t>& out) {
  detail::core::require_same_shape("unpack", {"the input", x.shape()}, {"the output", out.shape});
  const tensor_shape s = x.shape();
  for (index_t n = 0; n < s.batch; ++n)
    for (index_t y = 0; y < s.height; ++y)
      for (index_t i = 0; i < s.width; ++i)
        for (index_t c = 0; c < s.channels; ++c) out(n, y, i, c) = x.code(n, y, i, c);
}

LOWBIT_END

#endif
