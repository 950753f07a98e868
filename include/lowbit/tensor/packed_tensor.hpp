// lowbit/tensor/packed_tensor.hpp – images as bits: batch x height x width pixels of packed channels.
//
// Pixels are ordered row by row, image by image (NHWC). Each pixel is a row of a packed_matrix: its channels begin
// at a word, plane after plane, whatever their number.
//
//     pixel (n, y, x) = row (n * height + y) * width + x     [plane 0: ceil(C / 64) words][plane 1] ...
//
// So a window of pixels is a few runs of words in each of a few image rows. `pixels()` is the tensor as a matrix:
// what writes rows of a packed_matrix (quantizing, thresholds of a product) writes pixels. Each group of channels
// may begin at a word, too (`segment` = channels per group, tensor/depth_layout.hpp).
//
// The filters of a convolution are a tensor as well: batch = output channels, height x width = the kernel, channels =
// input channels of one filter.
//
//     lowbit::packed_tensor<lowbit::binary> x({1, 28, 28, 64});           code 0 everywhere
//     auto x = lowbit::encode(lowbit::sign{}, lowbit::nchw(data, shape));  (encode/encode_tensor.hpp)
//     x.view().region(1, 1, 26, 26)                                       a part, without a copy
//     lowbit::packed_tensor<any_encoding> x(format, {1, 28, 28, 64});     its format is a value (encoding/format.hpp)
#ifndef LOWBIT_TENSOR_PACKED_TENSOR_HPP
#define LOWBIT_TENSOR_PACKED_TENSOR_HPP

#include "lowbit/core/tensor_view.hpp"
#include "lowbit/tensor/packed_matrix.hpp"

LOWBIT_BEGIN
namespace detail::tensor {

inline void require_region(tensor_shape s, index_t top, index_t left, index_t height,
                           index_t width) {
  if (top < 0 || left < 0 || height < 0 || width < 0 || height > s.height - top ||
      width > s.width - left)
    fail("region: %tdx%td pixels from (%td, %td) on of images of %tdx%td", height, width, top, left,
         s.height, s.width);
}

inline void require_images(tensor_shape s, index_t first, index_t count) {
  if (first < 0 || count < 0 || count > s.batch - first)
    fail("images: %td images from %td on of a batch of %td", count, first, s.batch);
}

}  // namespace detail::tensor
LOWBIT_END

namespace lowbit {

template <class E>
class packed_tensor;

/// A packed tensor, or a part of one, in memory that it does not own. Strides are in words.
template <class E>
class packed_tensor_view : private format_holder<E> {
  static_assert(packable_or_any<E>, "lowbit::packed_tensor_view<E>: E must be an encoding");

 public:
  using encoding = E;
  using format_holder<E>::format;
  using format_holder<E>::plane_count;

  LOWBIT_INLINE packed_tensor_view() noexcept {}
  LOWBIT_INLINE packed_tensor_view(const word* data, tensor_shape shape, depth_layout layout,
                                   index_t image_stride, index_t row_stride, index_t pixel_stride,
                                   index_t plane_stride) noexcept requires packable<E>
      : packed_tensor_view({}, data, shape, layout, image_stride, row_stride, pixel_stride,
                           plane_stride) {}
  /// The format of the codes comes first if it is a value.
  LOWBIT_INLINE packed_tensor_view(format_holder<E> codes, const word* data, tensor_shape shape,
                                   depth_layout layout, index_t image_stride, index_t row_stride,
                                   index_t pixel_stride, index_t plane_stride) noexcept
      : format_holder<E>(codes),
        data_(data),
        shape_(shape),
        layout_(layout),
        image_stride_(image_stride),
        row_stride_(row_stride),
        pixel_stride_(pixel_stride),
        plane_stride_(plane_stride) {}
  template <packable F>
  requires std::same_as<E, any_encoding> LOWBIT_INLINE packed_tensor_view(packed_tensor_view<F> x)
  noexcept
      : packed_tensor_view(x.format(), x.data(), x.shape(), x.layout(), x.image_stride(),
                           x.row_stride(), x.pixel_stride(), x.plane_stride()) {}
  template <packable F>
  requires std::same_as<E, any_encoding> LOWBIT_INLINE packed_tensor_view(const packed_tensor<F>& x)
  noexcept : packed_tensor_view(x.view()) {}

  [[nodiscard]] LOWBIT_INLINE const word* data() const noexcept { return data_; }
  [[nodiscard]] LOWBIT_INLINE tensor_shape shape() const noexcept { return shape_; }
  /// How the channels of a pixel lie in its words.
  [[nodiscard]] LOWBIT_INLINE depth_layout layout() const noexcept { return layout_; }
  [[nodiscard]] LOWBIT_INLINE index_t image_stride() const noexcept { return image_stride_; }
  [[nodiscard]] LOWBIT_INLINE index_t row_stride() const noexcept { return row_stride_; }
  [[nodiscard]] LOWBIT_INLINE index_t pixel_stride() const noexcept { return pixel_stride_; }
  [[nodiscard]] LOWBIT_INLINE index_t plane_stride() const noexcept { return plane_stride_; }

  /// The words of plane 0 of a pixel.
  [[nodiscard]] LOWBIT_INLINE const word* pixel(index_t n, index_t y, index_t x) const noexcept {
    return data_ + n * image_stride_ + y * row_stride_ + x * pixel_stride_;
  }
  /// The code of channel c of a pixel.
  [[nodiscard]] LOWBIT_INLINE code_t code(index_t n, index_t y, index_t x,
                                          index_t c) const noexcept {
    const word* const words = pixel(n, y, x);
    const index_t bit = layout_.bit_index(c);
    unsigned code = 0;
    for (int p = 0; p < plane_count(); ++p)
      code |=
          static_cast<unsigned>(words[p * plane_stride_ + bit / word_bits] >> bit % word_bits & 1)
          << p;
    return static_cast<code_t>(code);
  }

  /// height x width pixels of every image from (top, left) on. Errors: not inside.
  [[nodiscard]] LOWBIT_INLINE packed_tensor_view region(index_t top, index_t left, index_t height,
                                                        index_t width) const {
    detail::tensor::require_region(shape_, top, left, height, width);
    packed_tensor_view part = *this;
    part.data_ = detail::advanced(data_, top * row_stride_ + left * pixel_stride_);
    part.shape_.height = height;
    part.shape_.width = width;
    return part;
  }
  /// Rows first ... first + count - 1 of every image. Errors: not inside.
  [[nodiscard]] LOWBIT_INLINE packed_tensor_view rows(index_t first, index_t count) const {
    return region(first, 0, count, shape_.width);
  }
  /// Images first ... first + count - 1. Errors: not inside.
  [[nodiscard]] LOWBIT_INLINE packed_tensor_view images(index_t first, index_t count) const {
    detail::tensor::require_images(shape_, first, count);
    packed_tensor_view part = *this;
    part.data_ = detail::advanced(data_, first * image_stride_);
    part.shape_.batch = count;
    return part;
  }

 private:
  const word* data_ = nullptr;
  tensor_shape shape_;
  depth_layout layout_;
  index_t image_stride_ = 0, row_stride_ = 0, pixel_stride_ = 0, plane_stride_ = 0;
};

/// batch x height x width pixels of `channels` codes of E each, all of code 0 when new. Copies are deep.
/// Errors: negative or huge sizes.
template <class E>
class packed_tensor {
  static_assert(packable_or_any<E>,
                "lowbit::packed_tensor<E>: E must be an encoding (lowbit/encoding/)");

 public:
  using encoding = E;

  LOWBIT_INLINE packed_tensor() noexcept {}
  LOWBIT_INLINE explicit packed_tensor(tensor_shape shape, index_t segment = 0) requires packable<E>
      : packed_tensor(format_holder<E>{}, shape, segment) {}
  /// The format of the codes comes first if it is a value.
  LOWBIT_INLINE packed_tensor(format_holder<E> codes, tensor_shape shape, index_t segment = 0)
      : pixels_(codes, detail::core::checked_shape(shape, "packed_tensor").pixels(), shape.channels,
                segment),
        shape_(shape) {}
  /// The codes of x, which are moved in.
  template <packable F>
  requires std::same_as<E, any_encoding> LOWBIT_INLINE packed_tensor(packed_tensor<F>&& x)
  noexcept
      : pixels_(static_cast<packed_matrix<F>&&>(x.pixels_)),
        shape_(static_cast<reset_when_moved<tensor_shape>&&>(x.shape_)) {}

  [[nodiscard]] LOWBIT_INLINE const code_format& format() const noexcept {
    return pixels_.format();
  }
  [[nodiscard]] LOWBIT_INLINE tensor_shape shape() const noexcept { return shape_; }
  [[nodiscard]] LOWBIT_INLINE depth_layout layout() const noexcept { return pixels_.layout(); }
  /// Bytes of the codes.
  [[nodiscard]] LOWBIT_INLINE index_t bytes() const noexcept { return pixels_.bytes(); }
  /// The pixels, one per row.
  [[nodiscard]] LOWBIT_INLINE const packed_matrix<E>& pixels() const noexcept { return pixels_; }
  /// The same for producers, which must not change its shape.
  [[nodiscard]] LOWBIT_INLINE packed_matrix<E>& mutable_pixels() noexcept { return pixels_; }

  [[nodiscard]] LOWBIT_INLINE packed_tensor_view<E> view() const noexcept {
    const index_t pixel = pixels_.row_stride(), row = shape_->width * pixel;
    const index_t image = shape_->height * row, plane = pixels_.plane_stride();
    const word* const data = pixels_.words().data();
    if constexpr (packable<E>)
      return {data, shape_, layout(), image, row, pixel, plane};
    else
      return {format(), data, shape_, layout(), image, row, pixel, plane};
  }
  LOWBIT_INLINE operator packed_tensor_view<E>() const noexcept { return view(); }

  /// The row of a pixel in pixels().
  [[nodiscard]] LOWBIT_INLINE index_t pixel(index_t n, index_t y, index_t x) const noexcept {
    return (n * shape_->height + y) * shape_->width + x;
  }
  [[nodiscard]] LOWBIT_INLINE code_t code(index_t n, index_t y, index_t x,
                                          index_t c) const noexcept {
    return pixels_.code(pixel(n, y, x), c);
  }
  /// Writes one code (it must be a code of the format).
  LOWBIT_INLINE void set_code(index_t n, index_t y, index_t x, index_t c, code_t code) noexcept {
    pixels_.set_code(pixel(n, y, x), c, code);
  }

  /// Same shape, format, layout and codes.
  [[nodiscard]] LOWBIT_INLINE friend bool operator==(const packed_tensor& a,
                                                     const packed_tensor& b) noexcept {
    return a.shape() == b.shape() && a.pixels_ == b.pixels_;
  }

 private:
  template <class F>
  friend class packed_tensor;

  packed_matrix<E> pixels_;
  reset_when_moved<tensor_shape> shape_;
};

}  // namespace lowbit

LOWBIT_BEGIN

/// The same codes, whose encoding is E. Errors: they are of another format.
template <packable E>
[[nodiscard]] packed_tensor_view<E> view_as(const packed_tensor_view<any_encoding>& x) {
  detail::encoding::require_same_format("view_as", {"the operand has", x.format()},
                                        {"the result has", format_of<E>()});
  return {x.data(),       x.shape(),        x.layout(),      x.image_stride(),
          x.row_stride(), x.pixel_stride(), x.plane_stride()};
}

LOWBIT_END

#endif
