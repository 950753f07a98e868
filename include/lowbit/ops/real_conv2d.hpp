// lowbit/ops/real_conv2d.hpp – convolution of real images with real filters: first layers and shortcuts.
//
// Networks on bits keep a few layers real: the first one, which sees the image itself, and the 1 x 1
// convolutions on shortcuts that change their number of channels. This is not a library for float
// convolutions (oneDNN and Eigen are); it is those layers, with sums in one defined order
// (kernel/real_tile.hpp), the same to the last bit on every ISA and any number of threads.
//
//     lowbit::real_conv2d stem(lowbit::nhwc(weights, {64, 7, 7, 3}), square_window(7, 2, 3));
//     auto work = stem.workspace({1, 224, 224, 3});
//     stem(lowbit::nchw(pixels, {1, 224, 224, 3}), work,
//          stages(stage::normalise{bn}, stage::store{out}, stage::store_signs{...}));
//
// Results end in stages (epilogue/real_stage.hpp), a row for each output pixel and a column for each
// filter. Zeros lie beyond the border. The image is copied into its border once a call, as doubles in
// NHWC, so that a row of the window is one run of numbers: 8 bytes an element in the workspace.
//
// 8-bit images and binary filters need none of this: that first layer is a
// conv2d<unsigned_bits<8>, binary>, exact in integers.
#ifndef LOWBIT_OPS_REAL_CONV2D_HPP
#define LOWBIT_OPS_REAL_CONV2D_HPP

#include "lowbit/core/buffer.hpp"
#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/epilogue/real_stage.hpp"
#include "lowbit/kernel/real_tile.hpp"
#include "lowbit/ops/border.hpp"

LOWBIT_BEGIN

/// Tables and memory of a real_conv2d for one shape of input; of one caller at a time.
class real_conv2d_workspace {
 public:
  real_conv2d_workspace() = default;
  [[nodiscard]] tensor_shape input() const noexcept { return input_; }
  /// The shape of the result: its pixels are the rows that stages see, its channels the columns.
  [[nodiscard]] tensor_shape output() const noexcept { return output_; }
  [[nodiscard]] index_t bytes() const noexcept {
    return 8 * (starts_.size() + image_.size()) + 16 * runs_.size();
  }

 private:
  friend class real_conv2d;
  tensor_shape input_, output_;
  buffer<double> image_;
  buffer<index_t> starts_;
  buffer<detail::kernel::real_run> runs_;
};

/// A real convolution: filters, biases, window. Const and thread-safe.
class real_conv2d {
 public:
  /// `filters` has a filter for each output channel as batch; `bias` one number each, or none. Errors: the
  /// filters are not of the window's size; another number of biases.
  real_conv2d(const tensor_view<const float>& filters, const window& w,
              std::span<const float> bias = {})
      : filters_(filters.shape), window_(w) {
    using detail::kernel::real_filters;
    detail::ops::require_window(w, "real_conv2d");
    const tensor_shape f = filters_;
    if (f.height != w.down.size || f.width != w.across.size)
      detail::fail("real_conv2d: filters of %tdx%td for a window of %tdx%td", f.height, f.width,
                   w.down.size, w.across.size);
    if (!bias.empty() && static_cast<index_t>(bias.size()) != f.batch)
      detail::fail("real_conv2d: %zu biases for %td output channels", bias.size(), f.batch);
    const index_t blocks = ceil_div(f.batch, real_filters), steps = w.taps() * f.channels;
    weights_ = buffer<float>(detail::checked_mul(blocks * real_filters, steps, "real_conv2d"));
    bias_ = buffer<float>(blocks * real_filters);
    for (index_t o = 0; o < f.batch; ++o) {
      if (!bias.empty()) bias_[o] = bias[static_cast<std::size_t>(o)];
      float* const to =
          weights_.data() + o / real_filters * steps * real_filters + o % real_filters;
      index_t k = 0;
      for (index_t i = 0; i < f.height; ++i)
        for (index_t j = 0; j < f.width; ++j)
          for (index_t c = 0; c < f.channels; ++c) to[real_filters * k++] = filters(o, i, j, c);
    }
  }

  [[nodiscard]] index_t in_channels() const noexcept { return filters_.channels; }
  [[nodiscard]] index_t out_channels() const noexcept { return filters_.batch; }
  [[nodiscard]] const lowbit::window& over() const noexcept { return window_; }
  /// Bytes of filters and biases.
  [[nodiscard]] index_t bytes() const noexcept { return 4 * (weights_.size() + bias_.size()); }

  /// The shape of the result for images of this shape. Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    if (in.channels != in_channels())
      detail::fail("real_conv2d: images of %tdx%tdx%td for filters of %td channels", in.height,
                   in.width, in.channels, in_channels());
    return detail::ops::output_shape(window_, in, out_channels(), "real_conv2d");
  }

  /// Tables and memory for images of this shape. Errors: as output_shape.
  [[nodiscard]] real_conv2d_workspace workspace(tensor_shape in) const {
    real_conv2d_workspace work;
    work.input_ = in;
    work.output_ = output_shape(in);
    const tensor_shape s = detail::ops::bordered(window_, in);
    const index_t pixel = in.channels, row = s.width * pixel;
    work.image_ = buffer<double>(detail::core::checked_shape(s, "real_conv2d").elements());
    work.starts_ = buffer<index_t>(work.output_.pixels());
    index_t next = 0;
    for (index_t n = 0; n < in.batch; ++n)
      for (index_t y = 0; y < work.output_.height; ++y)
        for (index_t x = 0; x < work.output_.width; ++x)
          work.starts_[next++] =
              (n * s.height + y * window_.down.stride) * row + x * window_.across.stride * pixel;
    const bool joined = window_.across.dilation == 1;
    const index_t across = joined ? 1 : window_.across.size;
    work.runs_ = buffer<detail::kernel::real_run>(window_.down.size * across);
    for (index_t i = 0; i < window_.down.size; ++i)
      for (index_t j = 0; j < across; ++j)
        work.runs_[i * across + j] = {
            i * window_.down.dilation * row + j * window_.across.dilation * pixel,
            joined ? window_.across.size * pixel : pixel};
    return work;
  }

  /// Every number of the result through `finish`, on one ISA or on the chosen one. Errors: images of
  /// another shape than the workspace's; what `finish` reports.
  template <isa_tag Tag, class T, real_stage S, executor Executor = serial_executor>
  requires std::same_as < std::remove_const_t<T>,
  float > void operator()(Tag tag, const tensor_view<T>& x, real_conv2d_workspace& work,
                          const S& finish, const Executor& on = {}) const {
    if (!(x.shape == work.input_) || work.output_.channels != out_channels())
      detail::fail("real_conv2d: images of %tdx%tdx%tdx%td with a workspace for %tdx%tdx%tdx%td",
                   x.shape.batch, x.shape.height, x.shape.width, x.shape.channels,
                   work.input_.batch, work.input_.height, work.input_.width, work.input_.channels);
    detail::finish::require_stage(finish, work.output_.pixels(), out_channels());
    copy_image(x, work);
    const index_t rows = work.output_.pixels();
    constexpr double work_worth_a_part = 1 << 18;
    const double products = static_cast<double>(rows) * static_cast<double>(weights_.size());
    const bool shared = on.concurrency() > 1 && products > 4 * work_worth_a_part;
    const index_t strips = ceil_div(rows, strip_rows);
    const index_t wanted = shared ? 4 * on.concurrency() : 1;
    const index_t parts = wanted < strips ? wanted : strips;
    detail::ops::in_parts(on, parts > 0 ? parts : 1, [&](index_t part) {
      const index_t count = parts > 0 ? parts : 1;
      for (index_t s = strips * part / count; s < strips * (part + 1) / count; ++s) {
        const index_t first = s * strip_rows, left = rows - first;
        with_isa(tag, [&](auto isa) {
          run_strip(isa, work, first, left < strip_rows ? left : strip_rows, finish);
        });
      }
    });
  }
  template <class T, real_stage S, executor Executor = serial_executor>
  requires std::same_as < std::remove_const_t<T>,
  float > void operator()(const tensor_view<T>& x, real_conv2d_workspace& work, const S& finish,
                          const Executor& on = {}) const {
    (*this)(chosen_isa(), x, work, finish, on);
  }

 private:
  /// Windows whose inputs stay in the L1 cache while all filters pass by.
  static constexpr index_t strip_rows = 64;

  template <class T>
  void copy_image(const tensor_view<T>& x, real_conv2d_workspace& work) const noexcept {
    const tensor_shape in = x.shape, s = detail::ops::bordered(window_, in);
    for (index_t n = 0; n < in.batch; ++n)
      for (index_t y = 0; y < in.height; ++y) {
        double* const row =
            work.image_.data() +
            ((n * s.height + y + window_.down.before) * s.width + window_.across.before) *
                in.channels;
        if (x.channel_stride == 1 && x.pixel_stride == in.channels) {
          const float* const from = &x(n, y, 0, 0);
          for (index_t i = 0; i < in.width * in.channels; ++i)
            row[i] = static_cast<double>(from[i]);
        } else {
          for (index_t i = 0; i < in.width; ++i)
            for (index_t c = 0; c < in.channels; ++c)
              row[i * in.channels + c] = static_cast<double>(x(n, y, i, c));
        }
      }
  }

  template <std::size_t P, isa_tag Tag, real_stage S>
  void run_tile(Tag tag, detail::kernel::real_windows from, const real_conv2d_workspace& work,
                index_t row, index_t col, const S& finish) const {
    using detail::kernel::real_filters;
    from.starts = work.starts_.data() + row;
    float out[P][real_filters];
    detail::kernel::real_tile<P>(tag, from, out);
    const index_t left = out_channels() - col;
    detail::finish::for_each_sixteen(left < real_filters ? left : real_filters,
                                     [&](index_t, auto count) LOWBIT_INLINE_LAMBDA {
                                       for (std::size_t p = 0; p < P; ++p)
                                         finish(out[p], row + static_cast<index_t>(p), col, count);
                                     });
  }

  template <isa_tag Tag, real_stage S>
  void run_strip(Tag tag, const real_conv2d_workspace& work, index_t first, index_t rows,
                 const S& finish) const {
    using namespace detail::kernel;
    constexpr std::size_t together = real_pixels<Tag>;
    const index_t steps = window_.taps() * filters_.channels;
    for (index_t col = 0; col < out_channels(); col += real_filters) {
      const real_windows from{work.image_.data(),
                              nullptr,
                              work.runs_.data(),
                              work.runs_.size(),
                              weights_.data() + col * steps,
                              bias_.data() + col};
      index_t r = 0;
      for (; r + static_cast<index_t>(together) <= rows; r += static_cast<index_t>(together))
        run_tile<together>(tag, from, work, first + r, col, finish);
      if constexpr (together > 1)
        for (; r < rows; ++r) run_tile<1>(tag, from, work, first + r, col, finish);
    }
  }

  tensor_shape filters_;
  lowbit::window window_;
  buffer<float> weights_;  ///< blocks of 16 filters, step by step
  buffer<float> bias_;
};

LOWBIT_END

#endif
