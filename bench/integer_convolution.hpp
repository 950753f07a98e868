// One convolution, the same for lowbit and all peers: 3 x 3, stride 1, padding of zeros, images and filters of +1 and
// -1, or of bytes. It has as many channels out as in. The expected result is known at some pixels and channels, from the definition.
#pragma once

#include "integer_product.hpp"

namespace bench {

/// Height, width and channels of the image.
struct convolution_shape {
  index_t height = 0, width = 0, channels = 0;
  static constexpr index_t size = 3;

  [[nodiscard]] index_t pixels() const { return height * width; }
  [[nodiscard]] index_t depth() const { return size * size * channels; }
  /// As usual: products with the padding are counted, too.
  [[nodiscard]] double mac() const {
    return static_cast<double>(pixels()) * static_cast<double>(depth()) *
           static_cast<double>(channels);
  }
  [[nodiscard]] std::string text() const {
    return std::to_string(height) + "x" + std::to_string(width) + "x" + std::to_string(channels);
  }
};

/// The operands: pixels of channels, filters of taps of channels.
struct integer_convolution {
  convolution_shape shape;
  lowbit::matrix<float> image;    ///< one row per pixel
  lowbit::matrix<float> filters;  ///< one row per filter: (tap down, tap across, channel)
  bool binary = true;             ///< +1 and -1; else the image has bytes of 0 ... 255
};

/// The sum of filter `o` over the window of pixel (y, x), in numbers of type `Sum`: doubles are exact for bytes, too.
template <typename Sum>
[[nodiscard]] Sum sum_at(const integer_convolution& c, index_t y, index_t x, index_t o) {
  Sum sum = 0;
  for (index_t i = 0; i < 3; ++i)
    for (index_t j = 0; j < 3; ++j) {
      const index_t row = y + i - 1, col = x + j - 1;
      if (row < 0 || row >= c.shape.height || col < 0 || col >= c.shape.width) continue;
      const float* const pixel = c.image.row(row * c.shape.width + col).data();
      const float* const tap = c.filters.row(o).data() + (3 * i + j) * c.shape.channels;
      for (index_t k = 0; k < c.shape.channels; ++k)
        sum += static_cast<Sum>(pixel[k]) * static_cast<Sum>(tap[k]);
    }
  return sum;
}

}  // namespace bench
