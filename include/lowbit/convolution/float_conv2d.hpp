// lowbit/convolution/float_conv2d.hpp – convolution of real images with real filters: first layers and shortcuts.
//
// Networks on bits keep a few layers real: the first one, which sees the image itself, and the 1 x 1
// convolutions on shortcuts that change their number of channels. This is not a library for float
// convolutions (oneDNN and Eigen are); it is those layers, with sums in one defined order
// (kernel/floats/tile.hpp), the same to the last bit on every ISA and any number of threads.
//
//     lowbit::float_conv2d stem(lowbit::nhwc(weights, {64, 7, 7, 3}), square_window(7, 2, 3));
//     auto work = stem.workspace({1, 224, 224, 3});
//     stem(lowbit::nchw(pixels, {1, 224, 224, 3}), work,
//          stages(stage::normalise{bn}, stage::store{out}, stage::store_signs{...}));
//
// Results end in stages (epilogue/float_stage.hpp), a row for each output pixel and a column for each
// filter. Zeros lie beyond the border. Rows of the image are copied into their border as doubles in NHWC
// when windows come to them, so that a row of the window is one run of numbers.
//
// 8-bit images and binary filters need none of this: that first layer is a
// conv2d<unsigned_bits<8>, binary>, exact in integers.
#ifndef LOWBIT_CONVOLUTION_FLOAT_CONV2D_HPP
#define LOWBIT_CONVOLUTION_FLOAT_CONV2D_HPP

#include <numeric>

#include "lowbit/convolution/filters.hpp"
#include "lowbit/convolution/float_conv2d_workspace.hpp"
#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/epilogue/float_stage.hpp"
#include "lowbit/executor/parts.hpp"

LOWBIT_BEGIN

/// A real convolution: filters, biases, window. Const and thread-safe.
class float_conv2d {
 public:
  /// `filters` has a filter for each output channel as batch; `bias` one number each, or none. Errors: the
  /// filters are not of the window's size; another number of biases.
  float_conv2d(const tensor_view<const float>& filters, const window& w,
               std::span<const float> bias = {})
      : filters_(detail::core::checked_shape(filters.shape, "float_conv2d")), window_(w) {
    using detail::kernel::float_filters;
    detail::core::require_window(w, "float_conv2d");
    const tensor_shape f = filters_;
    if (const reason why = detail::convolution::size_problem(f, w))
      detail::fail("float_conv2d: %s", why.text());
    if (!bias.empty() && static_cast<index_t>(bias.size()) != f.batch)
      detail::fail("float_conv2d: %zu biases for %td output channels", bias.size(), f.batch);
    const index_t columns =
        detail::checked_mul(ceil_div(f.batch, float_filters), float_filters, "float_conv2d");
    const index_t steps = w.taps() * f.channels;
    weights_ = buffer<float>(detail::checked_mul(columns, steps, "float_conv2d"));
    bias_ = buffer<float>(columns);
    const index_t rows = f.channels > 0 ? f.height : 0;
    for (index_t o = 0; o < f.batch; ++o) {
      if (!bias.empty()) bias_[o] = bias[static_cast<std::size_t>(o)];
      index_t to = o / float_filters * steps * float_filters + o % float_filters;
      for (index_t i = 0; i < rows; ++i)
        for (index_t j = 0; j < f.width; ++j)
          for (index_t c = 0; c < f.channels; ++c, to += float_filters)
            weights_[to] = filters(o, i, j, c);
    }
  }

  [[nodiscard]] index_t in_channels() const noexcept { return filters_->channels; }
  [[nodiscard]] index_t out_channels() const noexcept { return filters_->batch; }
  [[nodiscard]] const lowbit::window& over() const noexcept { return *window_; }
  /// Bytes of filters and biases.
  [[nodiscard]] index_t bytes() const noexcept { return 4 * (weights_.size() + bias_.size()); }

  /// The shape of the result for images of this shape. Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    if (in.channels != in_channels())
      detail::fail("float_conv2d: images of %tdx%tdx%td for filters of %td channels", in.height,
                   in.width, in.channels, in_channels());
    return detail::core::output_shape(window_, in, out_channels(), "float_conv2d");
  }

  /// Tables and memory for images of this shape. Errors: as output_shape.
  [[nodiscard]] float_conv2d_workspace workspace(tensor_shape in) const {
    float_conv2d_workspace work;
    const tensor_shape out = output_shape(in);
    work.key_ = key_;
    work.input_ = in;
    work.output_ = out;
    const tensor_shape s = detail::core::padded(window_, in);
    const index_t pixel = in.channels, row = s.width * pixel;
    constexpr index_t cache_share = 128 * 1024;
    work.needed_ = window_->vertical.extent();
    work.fit_ = row > 0 ? cache_share / index_t{sizeof(double)} / row : s.height;
    work.rows_ = buffer<double>(detail::core::checked_shape(s, "float_conv2d").elements());
    const index_t together = most_together(work, padded_rows(work)), all = out.height;
    const index_t images = images_together(work, padded_rows(work));
    const index_t rows = images > 0 ? images * all : detail::min_of(together, all);
    work.starts_ = buffer<index_t>(rows * out.width);
    for (index_t i = 0; i < work.starts_.size(); ++i) {
      const index_t y = i / out.width, x = i % out.width;
      work.starts_[i] = (y / all * s.height + y % all * window_->vertical.stride) * row +
                        x * window_->horizontal.stride * pixel;
    }
    const bool joined = window_->horizontal.dilation == 1;
    const index_t horizontal = joined ? 1 : window_->horizontal.size;
    work.runs_ = buffer<detail::kernel::float_run>(window_->vertical.size * horizontal);
    for (index_t i = 0; i < window_->vertical.size; ++i)
      for (index_t j = 0; j < horizontal; ++j)
        work.runs_[i * horizontal + j] = {
            i * window_->vertical.dilation * row + j * window_->horizontal.dilation * pixel,
            joined ? window_->horizontal.size * pixel : pixel};
    return work;
  }

  /// Every number of the result through `epilogue`, which must not write into x, on one ISA or on the chosen one.
  /// Errors: a workspace of another layer or for another shape; what `epilogue` reports.
  template <isa_tag Tag, class T, float_stage S, executor Executor = serial_executor>
  requires std::same_as < std::remove_const_t<T>,
  float > void operator()(Tag tag, const tensor_view<T>& x, float_conv2d_workspace& work,
                          const S& epilogue, const Executor& where = {}) const {
    const index_t most = most_parts(x.shape, work);
    detail::epilogues::require_stage(epilogue, work.output_->pixels(), out_channels());
    const index_t rows = work.output_->batch * work.output_->height;
    constexpr double work_worth_a_part = 1 << 18;
    const double products =
        static_cast<double>(work.output_->pixels()) * static_cast<double>(weights_.size());
    const index_t threads = detail::threads_of(where);
    const bool shared = threads > 1 && products > 4 * work_worth_a_part;
    const index_t wanted = shared ? 4 * threads : 1;
    if (shared && most < threads && work.starts_.size() == work.output_->pixels())
      return run_across(tag, x, work, epilogue, wanted, where);
    const index_t parts = detail::min_of(wanted, most);
    detail::executors::in_parts(where, parts, [&](index_t part) {
      auto share = read(x, work, part, parts);
      run(tag, work, share, detail::share_begin(rows, part, parts),
          detail::share_begin(rows, part + 1, parts), epilogue);
    });
  }
  template <class T, float_stage S, executor Executor = serial_executor>
  requires std::same_as < std::remove_const_t<T>,
  float > void operator()(const tensor_view<T>& x, float_conv2d_workspace& work, const S& epilogue,
                          const Executor& where = {}) const {
    (*this)(chosen_isa(), x, work, epilogue, where);
  }

  /// The same in pieces, for callers that use a part of the result before the rest is made: at most most_parts()
  /// threads, each of which reads the images through a read() of its own and makes rows first ... end - 1 of the
  /// result, counted over all images; fastest in order. Errors of most_parts: those of a call's workspace.
  [[nodiscard]] index_t most_parts(tensor_shape x, const float_conv2d_workspace& work) const {
    detail::core::require_workspace("float_conv2d", key_, work.key_, work.input_, x);
    const index_t parts = padded_rows(work) / work.needed_;
    return parts > 1 ? parts : 1;
  }
  template <class T>
  [[nodiscard]] auto read(const tensor_view<T>& x, float_conv2d_workspace& work, index_t part,
                          index_t parts) const noexcept {
    const index_t rows = padded_rows(work), length = rows > 0 ? work.rows_.size() / rows : 0;
    return detail::convolution::converted_rows<T>(
        x, window_,
        detail::convolution::share_of_rows(work.rows_.data(), rows, length, part, parts,
                                           work.needed_, work.fit_));
  }
  template <isa_tag Tag, class Share, float_stage S>
  void run(Tag tag, const float_conv2d_workspace& work, Share& share, index_t first, index_t end,
           const S& epilogue) const {
    const tensor_shape out = work.output_;
    const index_t height = detail::core::padded(window_, work.input_).height;
    with_isa(tag, [&](auto isa) {
      while (first < end) {
        const index_t n = first / out.height, y = first % out.height;
        const index_t images =
            y > 0 ? 0
                  : detail::min_of((end - first) / out.height, images_together(work, share.room()));
        const index_t rows =
            images > 0
                ? images * out.height
                : rows_together(work, share.room(), detail::min_of(end - first, out.height - y));
        const index_t top = n * height + y * window_->vertical.stride;
        const index_t seen =
            images > 0 ? images * height : (rows - 1) * window_->vertical.stride + work.needed_;
        const double* const image = share.hold(isa, top, top + seen);
        run_strips(isa, work, image, first * out.width, 0, rows * out.width, epilogue);
        first += rows;
      }
    });
  }

 private:
  /// Windows whose inputs stay in the L1 cache while all filters pass by.
  static constexpr index_t strip_rows = 64;
  struct strip {
    const float_conv2d_workspace& work;
    const double* image;  ///< the rows that are held
    index_t pixel;        ///< of the result
    index_t start;        ///< the first window's in the workspace's table
    index_t count;
  };

  [[nodiscard]] index_t padded_rows(const float_conv2d_workspace& work) const noexcept {
    return work.input_->batch * detail::core::padded(window_, work.input_).height;
  }
  /// Whole images whose rows are held together.
  [[nodiscard]] index_t images_together(const float_conv2d_workspace& work,
                                        index_t room) const noexcept {
    return detail::min_of(room, work.fit_) / detail::core::padded(window_, work.input_).height;
  }
  /// Rows of the result that `room` rows, or those that fit a cache, suffice for; at least one.
  [[nodiscard]] index_t most_together(const float_conv2d_workspace& work,
                                      index_t room) const noexcept {
    const index_t used = detail::min_of(room, work.fit_);
    return used > work.needed_ ? (used - work.needed_) / window_->vertical.stride + 1 : 1;
  }
  /// How many of the last `left` rows of an image's result are made together: all, or as many as leave no window
  /// over where eight make a tile.
  [[nodiscard]] index_t rows_together(const float_conv2d_workspace& work, index_t room,
                                      index_t left) const noexcept {
    const index_t most = most_together(work, room);
    const index_t even = 8 / std::gcd(work.output_->width, index_t{8});
    return left <= most ? left : most > even ? most / even * even : most;
  }

  /// Windows first ... end - 1 of the workspace's table, which are pixels pixel + first ... of the result.
  template <isa_tag Tag, float_stage S>
  void run_strips(Tag tag, const float_conv2d_workspace& work, const double* image, index_t pixel,
                  index_t first, index_t end, const S& epilogue) const {
    for (; first < end; first += strip_rows) {
      const index_t count = end - first < strip_rows ? end - first : strip_rows;
      run_strip(tag, strip{work, image, pixel + first, first, count}, epilogue);
    }
  }
  /// For images of too few rows to share them among threads, such as one-dimensional ones: all rows first, then
  /// their windows in parts.
  template <isa_tag Tag, class T, float_stage S, executor Executor>
  void run_across(Tag tag, const tensor_view<T>& x, float_conv2d_workspace& work, const S& epilogue,
                  index_t wanted, const Executor& where) const {
    const index_t rows = padded_rows(work), strips = ceil_div(work.starts_.size(), strip_rows);
    detail::convolution::converted_rows<T> all(x, window_,
                                               {work.rows_.data(), rows, work.rows_.size() / rows});
    const index_t parts = detail::min_of(wanted, strips);
    with_isa(tag, [&](auto isa) {
      const double* const image = all.hold(isa, 0, rows);
      detail::executors::in_parts(where, parts, [&](index_t part) {
        const index_t end = detail::share_begin(strips, part + 1, parts) * strip_rows;
        run_strips(isa, work, image, 0, detail::share_begin(strips, part, parts) * strip_rows,
                   end < work.starts_.size() ? end : work.starts_.size(), epilogue);
      });
    });
  }

  /// P windows of a strip from window r on with B blocks of filters from channel `col` on.
  template <std::size_t P, std::size_t B, isa_tag Tag, float_stage S>
  void run_tile(Tag tag, const strip& s, index_t r, index_t col, const S& epilogue) const {
    using namespace detail::kernel;
    const index_t steps = window_->taps() * filters_->channels;
    float out[B][P][float_filters];
    float_tile<P, B>(
        tag,
        float_windows{s.image, s.work.starts_.data() + s.start + r, s.work.runs_.data(),
                      s.work.runs_.size(), weights_.data() + col * steps, float_filters * steps,
                      bias_.data() + col},
        out);
    const auto all_epilogues = [&]() LOWBIT_INLINE_LAMBDA {
      for (std::size_t b = 0; b < B; ++b) {
        const index_t first = col + static_cast<index_t>(b) * float_filters;
        const index_t left = out_channels() - first;
        detail::epilogues::for_each_sixteen(
            tag, left < float_filters ? left : float_filters,
            [&](index_t, auto count) LOWBIT_INLINE_LAMBDA {
              for (std::size_t p = 0; p < P; ++p)
                epilogue(out[b][p], s.pixel + r + static_cast<index_t>(p), first, count);
            });
      }
    };
    detail::arch::run_on(tag, all_epilogues);
  }

  /// Tiles of as many windows as go together, block by block; then the windows that are left, one by one.
  template <isa_tag Tag, float_stage S>
  void run_strip(Tag tag, const strip& s, const S& epilogue) const {
    using namespace detail::kernel;
    constexpr std::size_t together = float_pixels<Tag>, blocks = float_blocks<Tag>;
    constexpr auto pixels = static_cast<index_t>(together);
    constexpr index_t cols = static_cast<index_t>(blocks) * float_filters;
    const index_t whole = s.count / pixels * pixels;
    if (whole > 0)
      for (index_t col = 0; col < out_channels(); col += float_filters)
        for (index_t r = 0; r < whole; r += pixels) run_tile<together, 1>(tag, s, r, col, epilogue);
    for (index_t r = whole; r < s.count; ++r) {
      index_t col = 0;
      if constexpr (blocks > 1)
        for (; col + cols <= weight_columns(); col += cols)
          run_tile<1, blocks>(tag, s, r, col, epilogue);
      for (; col < out_channels(); col += float_filters) run_tile<1, 1>(tag, s, r, col, epilogue);
    }
  }
  /// Output channels, and those that fill the last block.
  [[nodiscard]] index_t weight_columns() const noexcept { return bias_.size(); }

  detail::core::workspace_key key_ = detail::core::workspace_key::draw();
  reset_when_moved<tensor_shape> filters_;
  reset_when_moved<lowbit::window> window_;
  buffer<float> weights_;  ///< blocks of 16 filters, step by step
  buffer<float> bias_;
};

LOWBIT_END

#endif
