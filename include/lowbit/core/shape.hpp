// lowbit/core/shape.hpp – the sizes of a batch of images, and the one check that two shapes are equal.
//
// An image tensor has four sizes: batch, height, width, channels. A shape that a user gives is checked once
// (checked_shape). From then on the product of its sizes fits a size, and so does every position in it.
#ifndef LOWBIT_CORE_SHAPE_HPP
#define LOWBIT_CORE_SHAPE_HPP

#include "lowbit/core/checked.hpp"

namespace lowbit {

/// The sizes of a batch of images; any may be 0.
struct tensor_shape {
  index_t batch = 0;
  index_t height = 0;
  index_t width = 0;
  index_t channels = 0;

  [[nodiscard]] LOWBIT_INLINE constexpr index_t pixels() const noexcept {
    return batch * height * width;
  }
  [[nodiscard]] LOWBIT_INLINE constexpr index_t elements() const noexcept {
    return pixels() * channels;
  }
  [[nodiscard]] LOWBIT_INLINE friend constexpr bool operator==(const tensor_shape& a,
                                                               const tensor_shape& b) noexcept {
    return a.batch == b.batch && a.height == b.height && a.width == b.width &&
           a.channels == b.channels;
  }
};

}  // namespace lowbit

LOWBIT_BEGIN
namespace detail::core {

/// The shape, if no size is negative and the product of the sizes that are not 0 fits a size. Then the strides of
/// images, rows and pixels fit a size, too, even if some are empty.
inline tensor_shape checked_shape(tensor_shape s, const char* who) {
  if (s.batch < 0 || s.height < 0 || s.width < 0 || s.channels < 0)
    fail(
        "%s: a tensor of %tdx%tdx%tdx%td (batch, height, width, channels): no size may be negative",
        who, s.batch, s.height, s.width, s.channels);
  index_t product = 1;
  for (const index_t n : {s.batch, s.height, s.width, s.channels}) {
    if (n == 0) continue;
    if (!product_fits(product, n))
      fail("%s: the elements of a tensor of %tdx%tdx%tdx%td do not fit a %d-bit size", who, s.batch,
           s.height, s.width, s.channels, size_bits);
    product *= n;
  }
  return s;
}

/// A shape and what it is the shape of, for the text of an error: "the output".
struct named_shape {
  const char* name;
  tensor_shape shape;
};
/// The same of a matrix.
struct named_sizes {
  const char* name;
  index_t rows, cols;
};

/// Rejects two shapes that differ: "<operation>: <name of a> is 1x2x3x4, <name of b> is 1x2x3x5".
inline void require_same_shape(const char* who, const named_shape& a, const named_shape& b) {
  if (a.shape == b.shape) return;
  fail("%s: %s is %tdx%tdx%tdx%td, %s is %tdx%tdx%tdx%td", who, a.name, a.shape.batch,
       a.shape.height, a.shape.width, a.shape.channels, b.name, b.shape.batch, b.shape.height,
       b.shape.width, b.shape.channels);
}
inline void require_same_sizes(const char* who, const named_sizes& a, const named_sizes& b) {
  if (a.rows == b.rows && a.cols == b.cols) return;
  fail("%s: %s is %tdx%td, %s is %tdx%td", who, a.name, a.rows, a.cols, b.name, b.rows, b.cols);
}
/// Rejects a destination of another shape than the result's.
inline void require_result(const char* who, tensor_shape result, tensor_shape out) {
  require_same_shape(who, {"the result", result}, {"the output", out});
}

}  // namespace detail::core
LOWBIT_END

#endif
