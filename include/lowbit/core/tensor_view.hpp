// lowbit/core/tensor_view.hpp – somebody else's images, in or out.
//
// An image tensor has four sizes: batch, height, width, channels. Frameworks disagree about which of them
// lies innermost in memory:
//
//     nhwc   pixel after pixel, each with all its channels     (this library's own order)
//     nchw   one channel's whole plane after another
//
// A view has one stride for each size. So both are views of the same type, as are parts of images and rows with gaps.
// Strides are in elements. Nothing is owned and any alignment will do.
//
//     lowbit::nhwc(x.data(), {2, 28, 28, 3})          a span, an Eigen::Map's data, a framework's tensor
//     lowbit::nchw(x.data(), {2, 28, 28, 3})          the sizes are always named in this order
#ifndef LOWBIT_CORE_TENSOR_VIEW_HPP
#define LOWBIT_CORE_TENSOR_VIEW_HPP

#include <span>

#include "lowbit/core/matrix_view.hpp"
#include "lowbit/core/shape.hpp"

namespace lowbit {

/// float, const or not: what a view of floats is a view of.
template <class T>
concept float_element = std::is_same_v < std::remove_const_t<T>,
float > ;

/// Numbers with a tensor's sizes: element (n, y, x, c) lies n * batch_stride + y * row_stride +
/// x * pixel_stride + c * channel_stride elements behind data. Made by nhwc() and nchw().
template <class T>
struct tensor_view {
  T* data = nullptr;
  tensor_shape shape;
  index_t batch_stride = 0, row_stride = 0, pixel_stride = 0, channel_stride = 0;

  [[nodiscard]] LOWBIT_INLINE T& operator()(index_t n, index_t y, index_t x,
                                            index_t c) const noexcept {
    return data[n * batch_stride + y * row_stride + x * pixel_stride + c * channel_stride];
  }
};

}  // namespace lowbit

LOWBIT_BEGIN
namespace detail::core {

inline void require_data(const void* data, tensor_shape s, const char* who) {
  if (data == nullptr && checked_shape(s, who).elements() > 0)
    fail("%s: null data for a tensor of %tdx%tdx%tdx%td", who, s.batch, s.height, s.width,
         s.channels);
}

inline void require_elements(std::size_t elements, tensor_shape s, const char* who) {
  if (static_cast<index_t>(elements) != checked_shape(s, who).elements())
    fail("%s: %zu elements for a tensor of %tdx%tdx%tdx%td", who, elements, s.batch, s.height,
         s.width, s.channels);
}

}  // namespace detail::core

/// Images whose pixels have their channels side by side. Errors: a negative size, null data for a tensor
/// that is not empty.
template <class T>
[[nodiscard]] tensor_view<T> nhwc(T* data, tensor_shape shape) {
  detail::core::require_data(data, detail::core::checked_shape(shape, "nhwc"), "nhwc");
  const index_t row = shape.width * shape.channels;
  return {data, shape, shape.height * row, row, shape.channels, 1};
}
/// The same of a matrix with a row for each pixel. Errors: another number of rows or columns.
template <class T>
[[nodiscard]] tensor_view<T> nhwc(matrix_view<T> pixels, tensor_shape shape) {
  detail::core::checked_shape(shape, "nhwc");
  if (pixels.rows() != shape.pixels() || pixels.cols() != shape.channels)
    detail::fail(
        "nhwc: a matrix of %tdx%td for a tensor of %tdx%tdx%tdx%td: it needs one row per pixel",
        pixels.rows(), pixels.cols(), shape.batch, shape.height, shape.width, shape.channels);
  // The stride of a single row means nothing.
  const index_t pixel = pixels.rows() > 1 ? pixels.row_stride() : shape.channels;
  const index_t row = shape.width * pixel;
  return {pixels.data(), shape, shape.height * row, row, pixel, 1};
}
/// The same of a span, whose length is checked.
template <class T>
[[nodiscard]] tensor_view<T> nhwc(std::span<T> data, tensor_shape shape) {
  detail::core::require_elements(data.size(), shape, "nhwc");
  return nhwc(data.data(), shape);
}

/// Images whose channels are planes. Errors: as nhwc.
template <class T>
[[nodiscard]] tensor_view<T> nchw(T* data, tensor_shape shape) {
  detail::core::require_data(data, detail::core::checked_shape(shape, "nchw"), "nchw");
  const index_t plane = shape.height * shape.width;
  return {data, shape, shape.channels * plane, shape.width, 1, plane};
}
/// The same of a span, whose length is checked.
template <class T>
[[nodiscard]] tensor_view<T> nchw(std::span<T> data, tensor_shape shape) {
  detail::core::require_elements(data.size(), shape, "nchw");
  return nchw(data.data(), shape);
}

LOWBIT_END

#endif
