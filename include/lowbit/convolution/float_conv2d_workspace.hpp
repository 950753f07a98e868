// lowbit/convolution/float_conv2d_workspace.hpp – tables and memory of a real convolution for one shape of input.
//
// Windows read doubles (kernel/floats/tile.hpp) with zeros beyond the border. No image of those need be
// whole: each thread converts the rows that its next windows look at, in memory of its own that stays in the cache
// (convolution/sliding_rows.hpp).
#ifndef LOWBIT_CONVOLUTION_FLOAT_CONV2D_WORKSPACE_HPP
#define LOWBIT_CONVOLUTION_FLOAT_CONV2D_WORKSPACE_HPP

#include "lowbit/arch/run_on.hpp"
#include "lowbit/convolution/padded_image.hpp"
#include "lowbit/convolution/sliding_rows.hpp"
#include "lowbit/core/buffer.hpp"
#include "lowbit/core/workspace_key.hpp"
#include "lowbit/dispatch/any_isa.hpp"
#include "lowbit/kernel/floats/tile.hpp"

LOWBIT_BEGIN

/// Tables and memory of a float_conv2d for one shape of input; of that layer and one caller at a time.
class float_conv2d_workspace {
 public:
  float_conv2d_workspace() = default;
  [[nodiscard]] tensor_shape input() const noexcept { return input_; }
  /// The shape of the result: its pixels are the rows that stages see, its channels the columns.
  [[nodiscard]] tensor_shape output() const noexcept { return output_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return 8 * (starts_.size() + rows_.size()) + 16 * runs_.size();
  }

 private:
  friend class float_conv2d;
  detail::core::workspace_key key_;
  reset_when_moved<tensor_shape> input_, output_;
  index_t needed_ = 1;      ///< rows that one row of the result looks at
  index_t fit_ = 1;         ///< rows that fit a cache
  buffer<double> rows_;     ///< as many as all padded images have, for any number of threads
  buffer<index_t> starts_;  ///< of windows behind the first row that a thread holds
  buffer<detail::kernel::float_run> runs_;
};

namespace detail::convolution {

/// One thread's rows of the padded images, counted over all of them.
template <class T>
class converted_rows {
 public:
  converted_rows(const tensor_view<T>& x, const window& over, sliding_rows<double> rows) noexcept
      : x_(x), over_(over), rows_(rows) {}

  [[nodiscard]] index_t room() const noexcept { return rows_.room(); }

  /// Rows first ... end - 1, one behind the other.
  template <isa_tag Tag>
  [[nodiscard]] const double* hold(Tag tag, index_t first, index_t end) {
    rows_.hold(first, end, [&](index_t from, index_t to) {
      arch::run_on(tag, [&]() LOWBIT_INLINE_LAMBDA {
        for (index_t r = from; r < to; ++r) convert(r);
      });
    });
    return rows_.row(first);
  }

 private:
  /// Columns of the border are zero from the beginning.
  LOWBIT_INLINE void convert(index_t r) const noexcept {
    const tensor_shape in = x_.shape;
    const index_t height = over_.vertical.before + in.height + over_.vertical.after;
    const index_t n = r / height, y = r % height - over_.vertical.before;
    const index_t width = in.width, channels = in.channels, pixel = x_.pixel_stride,
                  channel = x_.channel_stride;
    if (width * channels == 0) return;
    double* to = rows_.row(r);
    if (y < 0 || y >= in.height) {
      std::memset(to, 0, static_cast<std::size_t>(rows_.length()) * sizeof(double));
      return;
    }
    to += over_.horizontal.before * channels;
    const T* const from = &x_(n, y, 0, 0);
    if (channel == 1 && pixel == channels)
      for (index_t i = 0; i < width * channels; ++i) to[i] = static_cast<double>(from[i]);
    else
      for (index_t i = 0; i < width; ++i)
        for (index_t c = 0; c < channels; ++c)
          to[i * channels + c] = static_cast<double>(from[i * pixel + c * channel]);
  }

  tensor_view<T> x_;
  window over_;
  detail::convolution::sliding_rows<double> rows_;
};

}  // namespace detail::convolution
LOWBIT_END

#endif
