// lowbit/convolution/conv2d_images.hpp – the images that a call of a convolution reads.
//
//     packed codes    packed_tensor_view, of any format
//     bytes           tensor_view of a code each: the pixels of a first layer, in any order of channels
//
// A product of bytes reads bytes where they lie. Other products read packed codes alone.
#ifndef LOWBIT_CONVOLUTION_CONV2D_IMAGES_HPP
#define LOWBIT_CONVOLUTION_CONV2D_IMAGES_HPP

#include "lowbit/core/tensor_view.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// Images of one kind. Refers to the caller's memory.
class conv2d_images {
 public:
  conv2d_images(const packed_tensor_view<any_encoding>& x) noexcept
      : shape_(x.shape()), packed_(x) {}
  /// Codes of unsigned_bits<8>.
  conv2d_images(const tensor_view<const code_t>& x) noexcept
      : shape_(x.shape), bytes_(x), are_bytes_(true) {}

  [[nodiscard]] tensor_shape shape() const noexcept { return shape_; }
  [[nodiscard]] bool are_bytes() const noexcept { return are_bytes_; }
  [[nodiscard]] const tensor_view<const code_t>& bytes() const noexcept { return bytes_; }
  [[nodiscard]] const packed_tensor_view<any_encoding>& packed() const noexcept { return packed_; }

 private:
  tensor_shape shape_;
  packed_tensor_view<any_encoding> packed_{};
  tensor_view<const code_t> bytes_{};
  bool are_bytes_ = false;
};

}  // namespace detail::convolution
LOWBIT_END

#endif
