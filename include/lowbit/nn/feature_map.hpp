// lowbit/nn/feature_map.hpp – batches of images while training.
//
// A batch is one matrix with one row per pixel and one column per channel (NHWC). Its shape says which row is which
// pixel:
//
//     row (n height + y) width + x    = pixel (y, x) of image n
//
// So batch normalisation per channel is nn::batch_norm on that matrix, a quantizer gets a plain matrix, and a 1x1
// convolution is a product. Layers hand each other views: {shape, matrix}.
#ifndef LOWBIT_NN_FEATURE_MAP_HPP
#define LOWBIT_NN_FEATURE_MAP_HPP

#include <vector>

#include "lowbit/core/tensor_view.hpp"
#include "lowbit/nn/float_matrix.hpp"
#include "lowbit/nn/parameter.hpp"

LOWBIT_BEGIN
namespace nn {

/// Pixels with their shape, in memory that it does not own.
class feature_view {
 public:
  /// A batch of vectors, one per row: images of one pixel, which linear layers read. Not explicit: a matrix may
  /// stand wherever layers take images.
  feature_view(const float_matrix& rows) : shape_{rows.rows(), 1, 1, rows.cols()}, pixels_(&rows) {}
  /// Errors: the matrix does not have one row per pixel and one column per channel.
  feature_view(tensor_shape shape, const float_matrix& pixels)
      : shape_(detail::core::checked_shape(shape, "nn::feature_view")), pixels_(&pixels) {
    if (pixels.rows() != shape.pixels() || pixels.cols() != shape.channels)
      detail::fail(
          "nn::feature_view: a matrix of %tdx%td for images of %tdx%tdx%tdx%td: it needs one row "
          "per "
          "pixel",
          pixels.rows(), pixels.cols(), shape.batch, shape.height, shape.width, shape.channels);
  }

  [[nodiscard]] tensor_shape shape() const noexcept { return shape_; }
  [[nodiscard]] const float_matrix& pixels() const noexcept { return *pixels_; }
  /// The same numbers as the library's operations take them.
  [[nodiscard]] tensor_view<const float> view() const { return nhwc(pixels_->data(), shape_); }

 private:
  tensor_shape shape_;
  const float_matrix* pixels_;
};

/// Pixels that are kept.
class feature_map {
 public:
  feature_map() = default;
  /// Pixels of any value. Errors: a negative or huge size.
  explicit feature_map(tensor_shape shape) { resize(shape); }

  feature_map(const feature_map&) = default;
  feature_map(feature_map&&) noexcept = default;
  feature_map& operator=(feature_map other) noexcept {
    shape_ = other.shape_;
    pixels_.swap(other.pixels_);
    return *this;
  }
  ~feature_map() = default;

  /// Another shape; the numbers are then any.
  void resize(tensor_shape shape) {
    shape_ = detail::core::checked_shape(shape, "nn::feature_map");
    pixels_.resize(shape.pixels(), shape.channels);
  }
  [[nodiscard]] tensor_shape shape() const noexcept { return shape_; }
  [[nodiscard]] const float_matrix& pixels() const noexcept { return pixels_; }
  /// The same for producers, which must not change its shape.
  [[nodiscard]] float_matrix& mutable_pixels() noexcept { return pixels_; }
  [[nodiscard]] tensor_view<float> mutable_view() { return nhwc(pixels_.data(), shape_); }
  /// What the next layer reads.
  [[nodiscard]] feature_view read() const { return {shape_, pixels_}; }

 private:
  reset_when_moved<tensor_shape> shape_;
  float_matrix pixels_;
};

/// Images of bytes, one per row of `images`, as floats. Errors: rows or columns do not fit the shape.
[[nodiscard]] inline feature_map to_feature_map(matrix_view<const code_t> images,
                                                tensor_shape shape) {
  feature_map out(shape);
  if (images.rows() != shape.batch || images.rows() * images.cols() != shape.elements())
    detail::fail("nn::to_feature_map: %td images of %td bytes are not %tdx%tdx%tdx%td",
                 images.rows(), images.cols(), shape.batch, shape.height, shape.width,
                 shape.channels);
  for (index_t r = 0; r < images.rows(); ++r)
    for (index_t c = 0; c < images.cols(); ++c)
      out.mutable_pixels().data()[r * images.cols() + c] = static_cast<float>(images(r, c));
  return out;
}

}  // namespace nn
LOWBIT_END

#endif
