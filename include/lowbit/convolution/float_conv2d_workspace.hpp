// lowbit/convolution/float_conv2d_workspace.hpp – tables and memory of a float convolution for one shape of input.
//
// Windows read doubles (kernel/floats/tile.hpp) from padded rows. No padded image need be whole. Each thread converts
// the rows that its next windows read, in memory of its own that stays in the cache (convolution/sliding_rows.hpp).
#ifndef LOWBIT_CONVOLUTION_FLOAT_CONV2D_WORKSPACE_HPP
#define LOWBIT_CONVOLUTION_FLOAT_CONV2D_WORKSPACE_HPP

#include "lowbit/arch/run_on.hpp"
#include "lowbit/convolution/row_bands.hpp"
#include "lowbit/convolution/sliding_rows.hpp"
#include "lowbit/convolution/window_table.hpp"
#include "lowbit/core/buffer.hpp"
#include "lowbit/core/tensor_view.hpp"
#include "lowbit/core/workspace_key.hpp"
#include "lowbit/dispatch/any_isa.hpp"
#include "lowbit/kernel/floats/tile.hpp"

LOWBIT_BEGIN

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
  /// Columns of the padding are zero from the beginning.
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

/// Tables and memory: what the layer fills and reads.
struct float_conv2d_tables {
  row_bands bands;
  buffer<double> rows;  ///< as many as all padded images have, for any number of threads
  window_table<kernel::float_run> windows;  ///< those of the largest band
};

}  // namespace detail::convolution

/// Tables and memory of a float_conv2d for one shape of input; of that layer and one caller at a time.
class float_conv2d_workspace : public detail::core::layer_workspace {
 public:
  float_conv2d_workspace() = default;
  /// For layers.
  float_conv2d_workspace(const layer_workspace& made,
                         detail::convolution::float_conv2d_tables tables)
      : layer_workspace(made),
        tables_(static_cast<detail::convolution::float_conv2d_tables&&>(tables)) {}
  [[nodiscard]] detail::convolution::float_conv2d_tables& tables() noexcept { return tables_; }
  [[nodiscard]] const detail::convolution::float_conv2d_tables& tables() const noexcept {
    return tables_;
  }

  /// Bytes held.
  [[nodiscard]] index_t bytes() const noexcept {
    return 8 * tables_.rows.size() + tables_.windows.bytes();
  }

 private:
  detail::convolution::float_conv2d_tables tables_;
};

LOWBIT_END

#endif
