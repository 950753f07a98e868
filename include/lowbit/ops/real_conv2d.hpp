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

#include "lowbit/arch/run_on.hpp"
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
    load(tag, x, work, on);
    detail::finish::require_stage(finish, work.output_.pixels(), out_channels());
    const index_t rows = work.output_.pixels();
    constexpr double work_worth_a_part = 1 << 18;
    const double products = static_cast<double>(rows) * static_cast<double>(weights_.size());
    const bool shared = on.concurrency() > 1 && products > 4 * work_worth_a_part;
    const index_t strips = ceil_div(rows, strip_rows);
    const index_t wanted = shared ? 4 * on.concurrency() : 1;
    const index_t fewer = wanted < strips ? wanted : strips, parts = fewer > 0 ? fewer : 1;
    detail::ops::in_parts(on, parts, [&](index_t part) {
      const index_t end = strips * (part + 1) / parts * strip_rows;
      run(tag, work, strips * part / parts * strip_rows, end < rows ? end : rows, finish);
    });
  }
  template <class T, real_stage S, executor Executor = serial_executor>
  requires std::same_as < std::remove_const_t<T>,
  float > void operator()(const tensor_view<T>& x, real_conv2d_workspace& work, const S& finish,
                          const Executor& on = {}) const {
    (*this)(chosen_isa(), x, work, finish, on);
  }

  /// The same in pieces, for callers that use a part of the result before the rest is made: the images into
  /// the workspace first, then any pixels first ... end - 1 of the result, in any order. Errors: images of
  /// another shape than the workspace's.
  template <isa_tag Tag, class T, executor Executor = serial_executor>
  void load(Tag tag, const tensor_view<T>& x, real_conv2d_workspace& work,
            const Executor& on = {}) const {
    if (!(x.shape == work.input_) || work.output_.channels != out_channels())
      detail::fail("real_conv2d: images of %tdx%tdx%tdx%td with a workspace for %tdx%tdx%tdx%td",
                   x.shape.batch, x.shape.height, x.shape.width, x.shape.channels,
                   work.input_.batch, work.input_.height, work.input_.width, work.input_.channels);
    copy_image(tag, x, work, on);
  }
  template <isa_tag Tag, real_stage S>
  void run(Tag tag, const real_conv2d_workspace& work, index_t first, index_t end,
           const S& finish) const {
    with_isa(tag, [&](auto isa) {
      for (; first < end; first += strip_rows)
        run_strip(isa, work, first, end - first < strip_rows ? end - first : strip_rows, finish);
    });
  }

 private:
  /// Windows whose inputs stay in the L1 cache while all filters pass by.
  static constexpr index_t strip_rows = 64;

  template <isa_tag Tag, class T, executor Executor>
  void copy_image(Tag tag, const tensor_view<T>& x, real_conv2d_workspace& work,
                  const Executor& on) const {
    const tensor_shape in = x.shape, s = detail::ops::bordered(window_, in);
    const bool without_gaps = x.channel_stride == 1 && x.pixel_stride == in.channels;
    const index_t rows = in.batch * in.height, row = in.width * in.channels;
    const auto copy_row = [&](index_t n, index_t y) LOWBIT_INLINE_LAMBDA {
      const T* const from = &x(n, y, 0, 0);
      double* const to = work.image_.data() + ((n * s.height + y + window_.down.before) * s.width +
                                               window_.across.before) *
                                                  in.channels;
      if (without_gaps)
        for (index_t i = 0; i < row; ++i) to[i] = static_cast<double>(from[i]);
      else
        for (index_t i = 0; i < in.width; ++i)
          for (index_t c = 0; c < in.channels; ++c)
            to[i * in.channels + c] =
                static_cast<double>(from[i * x.pixel_stride + c * x.channel_stride]);
    };
    const index_t parts = detail::ops::row_parts(on, rows, row);
    detail::ops::in_parts(on, parts, [&](index_t part) {
      const auto copy_rows = [&]() LOWBIT_INLINE_LAMBDA {
        for (index_t r = rows * part / parts; r < rows * (part + 1) / parts; ++r)
          copy_row(r / in.height, r % in.height);
      };
      with_isa(tag, [&](auto isa) { detail::arch::run_on(isa, copy_rows); });
    });
  }

  /// P windows from pixel `row` on with B blocks of filters from channel `col` on.
  template <std::size_t P, std::size_t B, isa_tag Tag, real_stage S>
  void run_tile(Tag tag, const real_conv2d_workspace& work, index_t row, index_t col,
                const S& finish) const {
    using namespace detail::kernel;
    const index_t steps = window_.taps() * filters_.channels;
    float out[B][P][real_filters];
    real_tile<P, B>(tag,
                    real_windows{work.image_.data(), work.starts_.data() + row, work.runs_.data(),
                                 work.runs_.size(), weights_.data() + col * steps,
                                 real_filters * steps, bias_.data() + col},
                    out);
    const auto finish_all = [&]() LOWBIT_INLINE_LAMBDA {
      for (std::size_t b = 0; b < B; ++b) {
        const index_t first = col + static_cast<index_t>(b) * real_filters;
        const index_t left = out_channels() - first;
        detail::finish::for_each_sixteen(tag, left < real_filters ? left : real_filters,
                                         [&](index_t, auto count) LOWBIT_INLINE_LAMBDA {
                                           for (std::size_t p = 0; p < P; ++p)
                                             finish(out[b][p], row + static_cast<index_t>(p), first,
                                                    count);
                                         });
      }
    };
    detail::arch::run_on(tag, finish_all);
  }

  /// Tiles of as many windows as go together, block by block; then the windows that are left, one by one.
  template <isa_tag Tag, real_stage S>
  void run_strip(Tag tag, const real_conv2d_workspace& work, index_t first, index_t rows,
                 const S& finish) const {
    using namespace detail::kernel;
    constexpr std::size_t together = real_pixels<Tag>, blocks = real_blocks<Tag>;
    constexpr auto pixels = static_cast<index_t>(together);
    constexpr index_t cols = static_cast<index_t>(blocks) * real_filters;
    const index_t end = first + rows, whole = first + rows / pixels * pixels;
    if (whole > first)
      for (index_t col = 0; col < out_channels(); col += real_filters)
        for (index_t r = first; r < whole; r += pixels)
          run_tile<together, 1>(tag, work, r, col, finish);
    for (index_t r = whole; r < end; ++r) {
      index_t col = 0;
      if constexpr (blocks > 1)
        for (; col + cols <= weight_columns(); col += cols)
          run_tile<1, blocks>(tag, work, r, col, finish);
      for (; col < out_channels(); col += real_filters) run_tile<1, 1>(tag, work, r, col, finish);
    }
  }
  /// Output channels, and those that fill the last block.
  [[nodiscard]] index_t weight_columns() const noexcept { return bias_.size(); }

  tensor_shape filters_;
  lowbit::window window_;
  buffer<float> weights_;  ///< blocks of 16 filters, step by step
  buffer<float> bias_;
};

LOWBIT_END

#endif
