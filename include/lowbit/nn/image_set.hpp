// lowbit/nn/image_set.hpp – images with labels, as nn::fit and nn::evaluate read them.
//
//     nn::image_set train(lowbit::nhwc(bytes.data(), {60000, 28, 28, 1}), labels);
//
// A set points to pixels in somebody's memory: bytes or floats in any layout that a tensor_view describes. A batch is
// made of some of its images, as floats; bytes become the numbers 0 to 255. Dense networks take vectors: an image is
// one pixel then, and its numbers are the channels, row after row of the image.
//
// Images may be moved at random while training: shifted by whole pixels, and mirrored left to right.
#ifndef LOWBIT_NN_IMAGE_SET_HPP
#define LOWBIT_NN_IMAGE_SET_HPP

#include <algorithm>
#include <vector>

#include "lowbit/core/random.hpp"
#include "lowbit/nn/feature_map.hpp"
#include "lowbit/nn/losses/labels.hpp"

LOWBIT_BEGIN
namespace nn {

/// How images are moved: by -shift ... shift pixels in both directions, and mirrored, each with equal probability. What
/// comes in from outside is `beyond`.
struct augmentation {
  index_t shift = 0;
  bool mirror = false;
  float beyond = 0;

  /// Where an image goes.
  struct move {
    index_t down = 0, right = 0;
    bool mirrored = false;
  };
  /// The move of an image, which depends on the stream and on the image's number alone.
  [[nodiscard]] move of(const random_stream& stream, index_t image) const noexcept {
    const auto between = [&](index_t k) {
      const auto places = static_cast<std::uint64_t>(2 * shift + 1);
      return static_cast<index_t>(std::uint64_t{stream.bits(4 * image + k)} * places >> 32) - shift;
    };
    return {between(0), between(1), mirror && (stream.bits(4 * image + 2) & 1u) != 0};
  }
};

/// Images of one size and a label for each. It does not own pixels; labels are copied.
class image_set {
 public:
  /// Errors: another number of labels than of images; a label below 0.
  template <label_list Labels>
  image_set(tensor_view<const code_t> bytes, const Labels& labels)
      : bytes_(bytes), shape_(bytes.shape), labels_(checked(labels, bytes.shape.batch)) {}
  template <label_list Labels>
  image_set(tensor_view<const float> floats, const Labels& labels)
      : floats_(floats), shape_(floats.shape), labels_(checked(labels, floats.shape.batch)) {}

  [[nodiscard]] index_t size() const noexcept { return shape_.batch; }
  /// The shape of all images.
  [[nodiscard]] tensor_shape shape() const noexcept { return shape_; }
  [[nodiscard]] std::span<const index_t> labels() const noexcept { return labels_; }
  /// Writes an image as floats, pixel after pixel, each with all its channels.
  void read(index_t image, const augmentation::move& moved, float beyond, float* to) const {
    if (bytes_.data != nullptr)
      read_from(bytes_, image, moved, beyond, to);
    else
      read_from(floats_, image, moved, beyond, to);
  }

 private:
  template <class T>
  static void read_from(const tensor_view<T>& from, index_t image, const augmentation::move& moved,
                        float beyond, float* to) {
    const index_t height = from.shape.height, width = from.shape.width;
    const index_t channels = from.shape.channels;
    // Columns of the result that lie inside.
    const index_t first = std::clamp(moved.right, index_t{0}, width);
    const index_t end = std::clamp(width + moved.right, index_t{0}, width);
    const bool one_piece =
        from.channel_stride == 1 && from.pixel_stride == channels && !moved.mirrored;
    for (index_t y = 0; y < height; ++y) {
      const index_t row = y - moved.down;
      if (row < 0 || row >= height) {
        to = std::fill_n(to, width * channels, beyond);
        continue;
      }
      to = std::fill_n(to, first * channels, beyond);
      if (one_piece && first < end) {
        const T* const piece = &from(image, row, first - moved.right, 0);
        const index_t size = (end - first) * channels;
        for (index_t i = 0; i < size; ++i) to[i] = static_cast<float>(piece[i]);
        to += size;
      } else {
        for (index_t x = first; x < end; ++x) {
          const index_t left = x - moved.right, col = moved.mirrored ? width - 1 - left : left;
          for (index_t c = 0; c < channels; ++c)
            *to++ = static_cast<float>(from(image, row, col, c));
        }
      }
      to = std::fill_n(to, (width - end) * channels, beyond);
    }
  }

  template <class Labels>
  [[nodiscard]] static std::vector<index_t> checked(const Labels& labels, index_t images) {
    return detail::nn::indices_of("nn::image_set", labels, images,
                                  (std::numeric_limits<index_t>::max)());
  }

  tensor_view<const code_t> bytes_{};
  tensor_view<const float> floats_{};
  tensor_shape shape_;
  std::vector<index_t> labels_;
};

/// Some images and their labels.
struct image_batch {
  feature_map x;
  std::vector<index_t> labels;
};

/// Images `which` of a set, moved, as images or as vectors.
[[nodiscard]] inline image_batch pick(const image_set& from, std::span<const index_t> which,
                                      bool vectors = false, const augmentation& moves = {},
                                      const random_stream& stream = random_stream(0)) {
  tensor_shape shape = from.shape();
  shape.batch = static_cast<index_t>(which.size());
  const index_t size = shape.height * shape.width * shape.channels;
  image_batch out{feature_map(vectors ? tensor_shape{shape.batch, 1, 1, size} : shape), {}};
  float* to = out.x.mutable_pixels().data();
  for (const index_t i : which) {
    from.read(i, moves.of(stream, i), moves.beyond, to);
    to += size;
    out.labels.push_back(from.labels()[static_cast<std::size_t>(i)]);
  }
  return out;
}

/// 0 ... n - 1 in an order that depends on the stream alone (Fisher and Yates).
[[nodiscard]] inline std::vector<index_t> shuffled(index_t n, const random_stream& stream) {
  std::vector<index_t> order(static_cast<std::size_t>(n));
  for (index_t i = 0; i < n; ++i) order[static_cast<std::size_t>(i)] = i;
  for (index_t i = n - 1; i > 0; --i) {
    const auto other = static_cast<std::size_t>(
        std::uint64_t{stream.bits(i)} * static_cast<std::uint64_t>(i + 1) >> 32);
    std::swap(order[static_cast<std::size_t>(i)], order[other]);
  }
  return order;
}

}  // namespace nn
LOWBIT_END

#endif
