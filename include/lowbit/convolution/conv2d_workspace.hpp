// lowbit/convolution/conv2d_workspace.hpp – what a convolution needs for images of one shape, made once.
//
//     starts      for every window, the word of the image where its first tap lies     8 bytes an output
//     runs        for every tap, the words from there to its channels                  24 bytes a tap
//     classes     for every window, which of its taps lie on the border                4 bytes an output
//     terms       for every class and output channel, what is added to the sum
//     image       the image with its border (if it has one)                            the packed input
//
// With it a convolution allocates nothing. It belongs to the layer that made it (core/workspace_key.hpp) and to
// one caller at a time; callers that run at the same time make one each.
#ifndef LOWBIT_CONVOLUTION_CONV2D_WORKSPACE_HPP
#define LOWBIT_CONVOLUTION_CONV2D_WORKSPACE_HPP

#include "lowbit/convolution/pad_value.hpp"
#include "lowbit/core/window.hpp"
#include "lowbit/core/workspace_key.hpp"
#include "lowbit/product/operands.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// Distances in words between images, rows and pixels.
struct image_strides {
  index_t image = 0, row = 0, pixel = 0;
  friend constexpr bool operator==(const image_strides& a, const image_strides& b) noexcept {
    return a.image == b.image && a.row == b.row && a.pixel == b.pixel;
  }
};

}  // namespace detail::convolution

/// Tables and memory of a conv2d for one shape of input. Made by conv2d::workspace().
class conv2d_workspace {
 public:
  conv2d_workspace() = default;

  /// The shape of the images it is for.
  [[nodiscard]] tensor_shape input() const noexcept { return input_; }
  /// The shape of the result: its pixels are the rows that an epilogue sees, its channels the columns.
  [[nodiscard]] tensor_shape output() const noexcept { return output_; }
  /// Bytes held.
  [[nodiscard]] index_t bytes() const noexcept {
    return 8 * (starts_.size() + image_.size()) + 24 * runs_.size() +
           4 * (classes_.size() + terms_.size() + corrections_.size() + pixel_sums_.size() +
                window_sums_.size());
  }

 private:
  template <plane_code A, plane_code W, pad_value P>
  friend class conv2d;

  /// Fills runs and starts for images with these strides, unless they are already.
  void lay_out(const window& w, index_t channels, const detail::convolution::image_strides& s) {
    if (laid_out_ && s == strides_) return;
    laid_out_ = true;
    strides_ = s;
    const index_t words = ceil_div(channels, word_bits);
    // Pixels without gaps between them make one run of the taps of a row.
    const bool joined =
        channels % word_bits == 0 && s.pixel == words && w.horizontal.dilation == 1 && words > 0;
    const index_t horizontal = joined ? 1 : w.horizontal.size;
    run_count_ = w.vertical.size * horizontal;
    for (index_t i = 0; i < w.vertical.size; ++i)
      for (index_t j = 0; j < horizontal; ++j)
        runs_[i * horizontal + j] = {
            i * w.vertical.dilation * s.row + j * w.horizontal.dilation * s.pixel,
            (i * w.horizontal.size + j) * words, joined ? channels * w.horizontal.size : channels};
    index_t row = 0;
    for (index_t n = 0; n < output_->batch; ++n)
      for (index_t y = 0; y < output_->height; ++y)
        for (index_t x = 0; x < output_->width; ++x)
          starts_[row++] =
              n * s.image + y * w.vertical.stride * s.row + x * w.horizontal.stride * s.pixel;
  }
  [[nodiscard]] detail::kernel::run_list runs() const noexcept {
    return {runs_.data(), run_count_};
  }

  detail::core::workspace_key key_;
  reset_when_moved<tensor_shape> input_, output_;
  bool laid_out_ = false;
  detail::convolution::image_strides strides_;
  index_t run_count_ = 0;
  index_t class_count_ = 1;
  buffer<detail::kernel::product_run> runs_;
  buffer<index_t> starts_;
  buffer<std::int32_t> classes_;
  buffer<std::uint32_t> terms_, corrections_;  ///< class by class, group by group within
  buffer<word> image_;
  buffer<std::uint32_t> pixel_sums_, window_sums_;
};

LOWBIT_END

#endif
