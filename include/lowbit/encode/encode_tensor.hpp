// lowbit/encode/encode_tensor.hpp – images of floats to packed tensors and back.
//
//     auto x = lowbit::encode(lowbit::sign{}, lowbit::nhwc(data, shape));    a new packed_tensor
//     lowbit::encode(q, lowbit::nchw(data, shape), x);                       into x, used again
//     lowbit::decode(q, x.view(), lowbit::nhwc(out, shape));                 floats again
//     auto x = lowbit::pack<lowbit::ternary>(lowbit::nchw(codes, shape));    from code bytes, checked
//
// Code (n, y, x, c) is encode(q, x(n, y, x, c)). As in encode/encode.hpp, q is used as it is: fit it first if it has a
// fit, and say last where the operation runs.
//
// An image is a matrix with one row per pixel. Where the channels of a pixel lie side by side, its row is encoded in
// place. In other orders (NCHW) 64 channels of 16 pixels are gathered at a time, on the stack. So each cache line of a
// channel's plane is read once. Stochastic quantizers use number ((n * height + y) * width + x) * channels + c of the
// stream, whatever the order in memory.
#ifndef LOWBIT_ENCODE_ENCODE_TENSOR_HPP
#define LOWBIT_ENCODE_ENCODE_TENSOR_HPP

#include "lowbit/encode/encode.hpp"
#include "lowbit/tensor/pack.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::encoders {

/// Images as a source: a line is a row of pixels.
template <class T>
struct image_source {
  tensor_view<T> x;

  [[nodiscard]] index_t lines() const noexcept { return x.shape.batch * x.shape.height; }
  [[nodiscard]] index_t line_elements() const noexcept { return x.shape.width * x.shape.channels; }
  /// f(block, row of its first pixel, first channel) for blocks that make up lines first ... end - 1.
  template <class F>
  void for_each_block(depth_layout layout, index_t first, index_t end, const F& f) const {
    using element = const std::remove_const_t<T>;
    if (line_elements() == 0) return;
    for (index_t line = first; line < end; ++line) {
      T* const begin = &x(line / x.shape.height, line % x.shape.height, 0, 0);
      const index_t row = line * x.shape.width;
      if (x.channel_stride == 1 && (x.pixel_stride >= x.shape.channels || x.shape.width == 1))
        f(matrix_view<element>(begin, x.shape.width, x.shape.channels, x.pixel_stride), row, 0);
      else
        for_each_gathered(layout, begin, row, f);
    }
  }

 private:
  template <class F>
  void for_each_gathered(depth_layout layout, T* begin, index_t row, const F& f) const {
    constexpr index_t together = 16;
    std::remove_const_t<T> gathered[together][word_bits];
    for (index_t first = 0; first < x.shape.width; first += together) {
      const index_t pixels = min_of(together, x.shape.width - first);
      for (index_t c = 0, count = 0; c < x.shape.channels; c += count) {
        count = min_of(word_bits, run_from(layout, c));
        for (index_t k = 0; k < count; ++k)
          for (index_t i = 0; i < pixels; ++i)
            gathered[i][k] = begin[(first + i) * x.pixel_stride + (c + k) * x.channel_stride];
        f(matrix_view<const std::remove_const_t<T>>(gathered[0], pixels, count, word_bits),
          row + first, c);
      }
    }
  }
};

/// f(n, y, x, c) for every element, in parts where they are worth their threads.
template <executor Where, class F>
void for_each_element(const Where& where, tensor_shape s, const F& f) {
  if (s.elements() == 0) return;
  executors::for_each_share(where, s.batch * s.height, s.width * s.channels,
                            [&](index_t first, index_t end) {
                              for (index_t line = first; line < end; ++line)
                                for (index_t i = 0; i < s.width; ++i)
                                  for (index_t c = 0; c < s.channels; ++c)
                                    f(line / s.height, line % s.height, i, c);
                            });
}

/// Packs images of valid code bytes of so many planes.
template <int Planes, executor Where, class T, class E>
void pack_images(const Where& where, const tensor_view<T>& codes, packed_tensor<E>& out) {
  const auto pack_codes = kernel::pack_codes_on<Planes>(isa_of(where));
  for_each_run_of(where, image_source<T>{codes}, out.mutable_pixels(),
                  [&](std::span<const code_t> x, index_t, kernel::plane_words words) {
                    pack_codes(x.data(), static_cast<index_t>(x.size()), words);
                  });
}

template <class T>
concept float_element = std::same_as < std::remove_const_t<T>,
float > ;
template <class T>
concept code_element = std::same_as<std::remove_const_t<T>, code_t>;

}  // namespace detail::encoders

/// out(n, y, x, c) = the code of x(n, y, x, c). Allocates nothing. Errors: out has another shape; an option of q makes
/// no sense; the ISA is not there. Nothing is written then.
template <class Q, detail::encoders::float_element T, class... Options>
requires encodes_with<Q, Options...>
void encode(const Q& q, const tensor_view<T>& x, packed_tensor<typename Q::encoding>& out,
            const Options&... options) {
  detail::core::require_same_shape("encode", {"the input", x.shape}, {"the output", out.shape()});
  validate(q);
  const auto run = [&](const auto& where, const auto&... stream) {
    detail::encoders::encode_source(where, q, detail::encoders::image_source<T>{x},
                                    out.mutable_pixels(), stream...);
  };
  detail::encoders::with_options(run, options...);
}

/// The codes of x as a new tensor, which is all that is allocated. Errors: an option of q makes no sense; the ISA is
/// not there.
template <class Q, detail::encoders::float_element T, class... Options>
requires encodes_with<Q, Options...>
[[nodiscard]] packed_tensor<typename Q::encoding> encode(const Q& q, const tensor_view<T>& x,
                                                         const Options&... options) {
  packed_tensor<typename Q::encoding> out(x.shape);
  encode(q, x, out, options...);
  return out;
}

/// out(n, y, x, c) = the real number that the code stands for, as decode(q, code). One element at a time; allocates
/// nothing. Errors: out has another shape.
template <quantizer Q, executor Where = serial_executor>
void decode(const Q& q, packed_tensor_view<typename Q::encoding> x, const tensor_view<float>& out,
            const Where& where = {}) {
  detail::core::require_same_shape("decode", {"the input", x.shape()}, {"the output", out.shape});
  detail::encoders::for_each_element(where, out.shape,
                                     [&](index_t n, index_t y, index_t i, index_t c) {
                                       out(n, y, i, c) = decode(q, x.code(n, y, i, c));
                                     });
}

/// Packs images of code bytes into a new tensor, which is all that is allocated. `segment` > 0: that many channels
/// begin at a word each (tensor/depth_layout.hpp). Errors: a byte that is no code of E, naming pixel, channel and
/// value.
template <packable E, detail::encoders::code_element T, executor Where = serial_executor>
[[nodiscard]] packed_tensor<E> pack(const tensor_view<T>& codes, index_t segment = 0,
                                    const Where& where = {}) {
  packed_tensor<E> out(codes.shape, segment);
  const detail::encoders::image_source<T> source{codes};
  source.for_each_block(out.layout(), 0, source.lines(),
                        [](matrix_view<const code_t> block, index_t row, index_t channel) {
                          for (index_t r = 0; r < block.rows(); ++r)
                            detail::tensor::require_codes<E>(block.row(r), row + r, channel);
                        });
  detail::encoders::pack_images<E::plane_count>(where, codes, out);
  return out;
}

/// The codes of x, one byte each. One element at a time; allocates nothing. Errors: out has another shape.
template <packable E, executor Where = serial_executor>
void unpack(packed_tensor_view<E> x, const tensor_view<code_t>& out, const Where& where = {}) {
  detail::core::require_same_shape("unpack", {"the input", x.shape()}, {"the output", out.shape});
  detail::encoders::for_each_element(
      where, out.shape,
      [&](index_t n, index_t y, index_t i, index_t c) { out(n, y, i, c) = x.code(n, y, i, c); });
}

LOWBIT_END

#endif
