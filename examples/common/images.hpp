// Images as the first layer of a network reads them.
#pragma once

#include <algorithm>
#include <lowbit/nn/image_set.hpp>

#include "dataset.hpp"

/// How a picture becomes what the first layer reads.
struct arrangement {
  /// Of one image.
  lowbit::tensor_shape (*shape)(lowbit::index_t width, lowbit::index_t height);
  /// Writes all channels of pixel (0, 0), of pixel (0, 1), and so on.
  void (*write)(lowbit::matrix_view<const std::uint8_t> image, std::uint8_t* to);
};

/// One pixel with many channels: the bytes of the picture, line after line.
inline constexpr arrangement as_vector{
    [](lowbit::index_t width, lowbit::index_t height) {
      return lowbit::tensor_shape{1, 1, 1, width * height};
    },
    [](lowbit::matrix_view<const std::uint8_t> image, std::uint8_t* to) {
      for (lowbit::index_t y = 0; y < image.rows(); ++y)
        to = std::copy(image.row(y).begin(), image.row(y).end(), to);
    }};

/// Pixel (2 y + i, 2 x + j) of a picture becomes channel 2 i + j of pixel (y, x). The first convolution then has four
/// times the taps and a quarter of the pixels.
inline constexpr arrangement folded{
    [](lowbit::index_t width, lowbit::index_t height) {
      return lowbit::tensor_shape{1, height / 2, width / 2, 4};
    },
    [](lowbit::matrix_view<const std::uint8_t> image, std::uint8_t* to) {
      for (lowbit::index_t y = 0; y < image.rows() / 2; ++y)
        for (lowbit::index_t x = 0; x < image.cols() / 2; ++x)
          for (lowbit::index_t c = 0; c < 4; ++c) *to++ = image(2 * y + c / 2, 2 * x + c % 2);
    }};

/// All images of a set, arranged, with their labels.
class arranged_images {
 public:
  arranged_images(const samples& s, const arrangement& how)
      : shape_(how.shape(s.width, s.height)), labels_(s.labels) {
    size_ = static_cast<std::size_t>(shape_.elements());
    shape_.batch = s.size();
    bytes_.resize(size_ * labels_.size());
    for (std::size_t i = 0; i < labels_.size(); ++i)
      how.write(s.image(static_cast<lowbit::index_t>(i)), bytes_.data() + i * size_);
  }

  lowbit::index_t size() const { return shape_.batch; }
  lowbit::tensor_shape shape() const { return shape_; }
  lowbit::nn::image_set set() const { return {bytes(0, size()), labels_}; }
  /// Images first ... first + count - 1.
  lowbit::tensor_view<const std::uint8_t> bytes(lowbit::index_t first,
                                                lowbit::index_t count) const {
    lowbit::tensor_shape shape = shape_;
    shape.batch = count;
    return lowbit::nhwc(bytes_.data() + static_cast<std::size_t>(first) * size_, shape);
  }

 private:
  lowbit::tensor_shape shape_;
  std::size_t size_ = 0;  ///< of an image
  std::vector<std::uint8_t> bytes_, labels_;
};
