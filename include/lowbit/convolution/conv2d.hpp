// lowbit/convolution/conv2d.hpp – convolution of packed images of an encoding with packed filters of another.
//
//     lowbit::conv2d<lowbit::binary, lowbit::binary, lowbit::pad::plus_one> layer(filters, w);
//     auto y = lowbit::convolve(x, layer);                      int32, a row per pixel
//     auto work = layer.workspace(x.shape());                   once; then no call allocates
//     layer(x, work, lowbit::store_threshold{...}, executor);   any epilogue, fused into the tile
//
// To an epilogue the result is a matrix with one row per pixel (n, y, x) and one column per output channel.
// packed_tensor::mutable_pixels() of the next layer's input is a destination.
//
// All of it is any_conv2d (convolution/any_conv2d.hpp). The types say which images fit, which padding values there
// are, and which loops a program contains.
#ifndef LOWBIT_CONVOLUTION_CONV2D_HPP
#define LOWBIT_CONVOLUTION_CONV2D_HPP

#include <type_traits>

#include "lowbit/convolution/any_conv2d.hpp"
#include "lowbit/encode/encode_tensor.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// Fails to compile, with a sentence.
template <class... Args>
[[nodiscard]] constexpr bool refuse_quantized_images() {
  static_assert(
      !(product::quantized_operand<Args> || ...),
      "lowbit::conv2d: a quantized_matrix is a matrix with scales: images and filters are packed "
      "codes, encode(quantizer, images); scales go into the epilogue, float_epilogue()");
  return true;
}

}  // namespace detail::convolution

/// A convolution: filters, window, groups. A is the encoding of the images, W that of the filters, P what
/// lies beyond the image. Const and thread-safe.
template <plane_code A, plane_code W, pad_value P = pad::zero>
class conv2d : public any_conv2d {
  static_assert(
      P::value == 0 || detail::convolution::padding_of(format_of<A>(), P::value).surplus == 0,
      "lowbit::conv2d: this padding is no value of the images' encoding. Use pad::zero: it is "
      "allowed for every encoding, also for binary and bipolar codes, which have no 0");

 public:
  /// `filters` has a filter for each output channel as batch, and channels / groups channels. Errors: it is
  /// not of the window's size; groups do not divide the output channels; the sums may exceed 32 bits.
  conv2d(const packed_tensor_view<W>& filters, const window& w, index_t groups = 1)
      : any_conv2d(filters, format_of<A>(), P::value, w, groups) {}

  template <detail::product::quantized_operand Q>
  conv2d(const Q&, const window& w, index_t = 1) : any_conv2d({}, format_of<A>(), 0, w) {
    static_cast<void>(detail::convolution::refuse_quantized_images<Q>());
  }

  /// Every tile of the result to `epilogue`, as any_conv2d.
  template <epilogue F, executor Executor = serial_executor>
  void operator()(const packed_tensor_view<A>& x, conv2d_workspace& work, const F& epilogue,
                  const Executor& where = {}) const {
    this->template multiply<loops>(packed_tensor_view<any_encoding>(x), work, epilogue, where);
  }
  /// The same for images of a byte per code, with channels in any order. Where reads_bytes() is false, they are packed
  /// first, which allocates.
  template <epilogue F, executor Executor = serial_executor>
  requires std::same_as<A, unsigned_bits<8>>
  void operator()(const tensor_view<const code_t>& x, conv2d_workspace& work, const F& epilogue,
                  const Executor& where = {}) const {
    if (reads_bytes(x.shape, where))
      return this->template multiply<loops>(x, work, epilogue, where);
    packed_tensor<A> packed(x.shape);
    detail::encoders::pack_images<8>(where, x, packed);
    (*this)(packed.view(), work, epilogue, where);
  }
  /// Whether images of bytes are read where they lie, on `where`. Errors: as output_shape.
  template <executor Executor = serial_executor>
  [[nodiscard]] bool reads_bytes(tensor_shape in, const Executor& where = {}) const {
    return this->template takes_bytes<loops>(in, where);
  }

 private:
  static constexpr detail::kernel::product_loops loops = detail::kernel::factors_of<A, W>.loops;
};

/// The int32 sums as a new matrix: a row for each output pixel (n, y, x), a column for each output channel. Allocates
/// the matrix and a workspace. Errors: as a call of the layer.
template <plane_code A, plane_code W, pad_value P, executor Executor = serial_executor>
[[nodiscard]] matrix<std::int32_t> convolve(std::type_identity_t<packed_tensor_view<A>> x,
                                            const conv2d<A, W, P>& layer,
                                            const Executor& where = {}) {
  conv2d_workspace work = layer.workspace(x.shape());
  matrix<std::int32_t> out(work.output().pixels(), work.output().channels);
  layer(x, work, store_integers{out.view()}, where);
  return out;
}
template <class... Args>
requires((detail::product::quantized_operand<Args> || ...)) auto convolve(const Args&...) {
  static_cast<void>(detail::convolution::refuse_quantized_images<Args...>());
  return matrix<std::int32_t>();
}

LOWBIT_END

#endif
