// lowbit/core/image_tensor.hpp – images of plain elements, floats for instance, that own their memory.
//
// Batch x height x width pixels, each a row of `channels` contiguous elements (NHWC); packed_tensor is the same
// for codes. Float layers of a network take and give image tensors (network/sequential.hpp).
#ifndef LOWBIT_CORE_IMAGE_TENSOR_HPP
#define LOWBIT_CORE_IMAGE_TENSOR_HPP

#include "lowbit/core/matrix.hpp"
#include "lowbit/core/tensor_view.hpp"

namespace lowbit {

/// Elements in a tensor's shape, all 0 when new. Copies are deep. Errors: negative or huge sizes.
template <class T>
class image_tensor {
 public:
  LOWBIT_INLINE image_tensor() noexcept {}
  LOWBIT_INLINE explicit image_tensor(tensor_shape shape)
      : pixels_(detail::core::checked_shape(shape, "image_tensor").pixels(), shape.channels),
        shape_(shape) {}

  [[nodiscard]] LOWBIT_INLINE tensor_shape shape() const noexcept { return shape_; }
  [[nodiscard]] LOWBIT_INLINE index_t bytes() const noexcept {
    return pixels_.rows() * pixels_.cols() * index_t{sizeof(T)};
  }
  /// The pixels, one per row.
  [[nodiscard]] LOWBIT_INLINE const matrix<T>& pixels() const noexcept { return pixels_; }
  /// The same for producers, which must not change its shape.
  [[nodiscard]] LOWBIT_INLINE matrix<T>& mutable_pixels() noexcept { return pixels_; }

  [[nodiscard]] LOWBIT_INLINE tensor_view<const T> view() const noexcept {
    return strided(pixels_.data());
  }
  [[nodiscard]] LOWBIT_INLINE tensor_view<T> mutable_view() noexcept {
    return strided(pixels_.data());
  }

 private:
  template <class U>
  [[nodiscard]] LOWBIT_INLINE tensor_view<U> strided(U* data) const noexcept {
    const index_t row = shape_->width * shape_->channels;
    return {data, shape_, shape_->height * row, row, shape_->channels, 1};
  }
  matrix<T> pixels_;
  reset_when_moved<tensor_shape> shape_;
};

}  // namespace lowbit

#endif
