// lowbit/convolution/row_bands.hpp – which rows of a result are made together.
//
// A float convolution converts the rows of the image that its next windows read, and no others (sliding_rows.hpp). How
// many rows of the result one such band makes is a question of caches:
//
//     whole images      if one or more of them fit the cache share, as many as fit
//     rows of one       as many as the held rows suffice for, at least one; where rows are left over for the next
//                       band, a multiple that leaves no window over where eight make a tile
//
// Rows are counted over all images of a batch, those of images with their padding.
#ifndef LOWBIT_CONVOLUTION_ROW_BANDS_HPP
#define LOWBIT_CONVOLUTION_ROW_BANDS_HPP

#include <numeric>

#include "lowbit/core/window.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// `rows` rows of the result, which read rows top ... top + seen - 1 of the padded images.
struct row_band {
  index_t rows, top, seen;
};

/// Bands of the results of images of one shape.
class row_bands {
 public:
  row_bands() = default;
  /// For images of shape `in` whose elements take `element` bytes while they are held.
  row_bands(const window& w, tensor_shape in, tensor_shape out, index_t element) noexcept
      : vertical_(w.vertical), out_(out), padded_(core::padded(w, in)) {
    constexpr index_t cache_share = 128 * 1024;
    fit_ = row() > 0 ? cache_share / element / row() : padded_.height;
  }

  /// Numbers of a padded row.
  [[nodiscard]] index_t row() const noexcept { return padded_.width * padded_.channels; }
  /// Rows of a padded image, and of all of them.
  [[nodiscard]] index_t height() const noexcept { return padded_.height; }
  [[nodiscard]] index_t all_rows() const noexcept { return padded_.batch * padded_.height; }
  /// Rows of the result, counted over all images.
  [[nodiscard]] index_t result_rows() const noexcept { return out_.batch * out_.height; }
  /// Rows that one row of the result reads.
  [[nodiscard]] index_t needed() const noexcept { return vertical_.extent(); }
  /// Rows that fit a cache.
  [[nodiscard]] index_t fit() const noexcept { return fit_; }
  /// The most threads that can hold the rows they need, of memory for all rows.
  [[nodiscard]] index_t most_parts() const noexcept {
    const index_t parts = all_rows() / needed();
    return parts > 1 ? parts : 1;
  }
  /// The most rows of the result that a band ever has.
  [[nodiscard]] index_t most_rows() const noexcept {
    const index_t images = images_together(all_rows());
    return images > 0 ? images * out_.height : min_of(rows_together(all_rows()), out_.height);
  }

  /// The band that begins at row `first` of the result and ends at `end` or before, with room for `room` rows of
  /// the image.
  [[nodiscard]] row_band next(index_t first, index_t end, index_t room) const noexcept {
    const index_t n = first / out_.height, y = first % out_.height, left = end - first;
    const index_t top = n * height() + y * vertical_.stride;
    const index_t images = y > 0 ? 0 : min_of(left / out_.height, images_together(room));
    if (images > 0) return {images * out_.height, top, images * height()};
    const index_t rows = even_rows(room, min_of(left, out_.height - y));
    return {rows, top, (rows - 1) * vertical_.stride + needed()};
  }

 private:
  /// Whole images whose rows are held together.
  [[nodiscard]] index_t images_together(index_t room) const noexcept {
    return min_of(room, fit_) / height();
  }
  /// Rows of the result that `room` rows, or those that fit a cache, suffice for; at least one.
  [[nodiscard]] index_t rows_together(index_t room) const noexcept {
    const index_t used = min_of(room, fit_);
    return used > needed() ? (used - needed()) / vertical_.stride + 1 : 1;
  }
  /// How many of the last `left` rows of an image's result are made together: all, or as many as fill whole tiles of
  /// eight windows.
  [[nodiscard]] index_t even_rows(index_t room, index_t left) const noexcept {
    const index_t most = rows_together(room);
    const index_t even = 8 / std::gcd(out_.width, index_t{8});
    return left <= most ? left : most > even ? most / even * even : most;
  }

  window_axis vertical_;
  tensor_shape out_, padded_;
  index_t fit_ = 1;
};

}  // namespace detail::convolution
LOWBIT_END

#endif
