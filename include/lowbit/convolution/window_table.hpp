// lowbit/convolution/window_table.hpp – windows as rows of a product, without im2col.
//
// A window is not gathered. It is the address of its first tap. One list of runs, the same for all windows, says how
// far from there the other taps lie:
//
//     image  . . . . . . . .        window (y, x) = image + start(y, x)
//            . a b c . . . .        runs: 0 (a), 1 (b), 2 (c), row (d), row + 1 (e), ...
//            . d e f . . . .        where pixels lie without gaps, a b c is one run
//            . g h i . . . .
//
//     starts      per window, the distance from the image's data to its first tap      8 bytes per output pixel
//     runs        per tap (or row of taps), the distance from the first tap            24 bytes per tap
//
// Both follow from the window and from the strides of the image alone. So a workspace keeps a table and lays it out
// again only if an image comes with other strides.
#ifndef LOWBIT_CONVOLUTION_WINDOW_TABLE_HPP
#define LOWBIT_CONVOLUTION_WINDOW_TABLE_HPP

#include "lowbit/core/buffer.hpp"
#include "lowbit/core/for_each_window.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// Distances between images, rows and pixels, in elements of the image's data.
struct image_strides {
  index_t image = 0, row = 0, pixel = 0;
  friend constexpr bool operator==(const image_strides& a, const image_strides& b) noexcept {
    return a.image == b.image && a.row == b.row && a.pixel == b.pixel;
  }
};

/// Run is what a kernel calls a run of elements (kernel::product_run, kernel::float_run).
template <class Run>
class window_table {
 public:
  window_table() = default;
  /// For the first `rows` rows, counted over all images, of windows of this shape.
  window_table(const window& w, tensor_shape windows, index_t rows)
      : windows_(windows), rows_(rows), runs_(w.taps()), starts_(rows * windows.width) {}

  /// Fills the table for an image with these strides, unless it is filled for them already. `joined`: the taps of a
  /// row of taps lie side by side. make_run(distance, first tap, taps) is a run of them.
  template <class F>
  void lay_out(const window& w, const image_strides& s, bool joined, const F& make_run) {
    if (laid_out_ && s == strides_ && joined == joined_) return;
    laid_out_ = true;
    strides_ = s;
    joined_ = joined;
    const index_t horizontal = joined ? 1 : w.horizontal.size,
                  taps = joined ? w.horizontal.size : 1;
    run_count_ = w.vertical.size * horizontal;
    for (index_t i = 0; i < w.vertical.size; ++i)
      for (index_t j = 0; j < horizontal; ++j)
        runs_[i * horizontal + j] =
            make_run(i * w.vertical.dilation * s.row + j * w.horizontal.dilation * s.pixel,
                     i * w.horizontal.size + j, taps);
    core::for_each_row(windows_, 0, rows_, [&](index_t n, index_t y, index_t first) {
      const index_t start = n * s.image + y * w.vertical.stride * s.row;
      for (index_t x = 0; x < windows_.width; ++x)
        starts_[first + x] = start + x * w.horizontal.stride * s.pixel;
    });
  }

  [[nodiscard]] const index_t* starts() const noexcept { return starts_.data(); }
  /// How many windows the table has.
  [[nodiscard]] index_t size() const noexcept { return starts_.size(); }
  [[nodiscard]] const Run* runs() const noexcept { return runs_.data(); }
  [[nodiscard]] index_t run_count() const noexcept { return run_count_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return index_t{sizeof(index_t)} * starts_.size() + index_t{sizeof(Run)} * runs_.size();
  }

 private:
  tensor_shape windows_;
  index_t rows_ = 0;
  bool laid_out_ = false, joined_ = false;
  image_strides strides_;
  index_t run_count_ = 0;
  buffer<Run> runs_;
  buffer<index_t> starts_;
};

}  // namespace detail::convolution
LOWBIT_END

#endif
