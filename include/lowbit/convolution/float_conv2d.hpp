// lowbit/convolution/float_conv2d.hpp – convolution of float images with float filters: first layers and shortcuts.
//
// Networks on bits keep a few layers in floats. These are the first layer, which reads the image itself, and the 1 x 1
// convolutions on shortcuts that change the number of channels. This is no library for float convolutions (oneDNN and
// Eigen are). Its sums have one defined order (kernel/floats/tile.hpp): they are the same to the last bit on every ISA
// and any number of threads.
//
//     lowbit::float_conv2d stem(lowbit::nhwc(weights, {64, 7, 7, 3}), square_window(7, 2, 3));
//     auto work = stem.workspace({1, 224, 224, 3});
//     stem(lowbit::nchw(pixels, {1, 224, 224, 3}), work,
//          stages(stage::normalise{bn}, stage::store{out}, stage::store_signs{...}));
//
// Results end in stages (epilogue/float_stage.hpp), a row per output pixel and a column per filter. The padding is 0.
// Three pieces share the work:
//
//     float_conv2d_workspace.hpp    rows of the padded image as doubles, made when the next windows look at them
//     row_bands.hpp                 which rows of the result are made together
//     float_strips.hpp              the product of some windows and all filters
//
// 8-bit images and binary filters need no floats: that first layer is a conv2d<unsigned_bits<8>, binary>, exact in
// integers.
#ifndef LOWBIT_CONVOLUTION_FLOAT_CONV2D_HPP
#define LOWBIT_CONVOLUTION_FLOAT_CONV2D_HPP

#include "lowbit/convolution/float_conv2d_workspace.hpp"
#include "lowbit/convolution/float_strips.hpp"
#include "lowbit/convolution/geometry.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/executor/parts.hpp"

LOWBIT_BEGIN

/// A float convolution: filters, biases, window. Const and thread-safe.
class float_conv2d {
 public:
  /// `filters` has a filter per output channel as batch; `bias` has one number per output channel, or none. Errors: the
  /// filters are not of the window's size; another number of biases.
  float_conv2d(const tensor_view<const float>& filters, const window& w,
               std::span<const float> bias = {})
      : geometry_(detail::core::checked_shape(filters.shape, "float_conv2d"), w) {
    using detail::kernel::float_filters;
    detail::core::fail_if(geometry_.problem(), "float_conv2d");
    const tensor_shape f = geometry_.filters();
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

  [[nodiscard]] index_t in_channels() const noexcept { return geometry_.in_channels(); }
  [[nodiscard]] index_t out_channels() const noexcept { return geometry_.out_channels(); }
  [[nodiscard]] const lowbit::window& over() const noexcept { return geometry_.over(); }
  /// Bytes of filters and biases.
  [[nodiscard]] index_t bytes() const noexcept { return 4 * (weights_.size() + bias_.size()); }

  /// The shape of the result for images of this shape. Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    return geometry_.output_shape(in, "float_conv2d");
  }

  /// Tables and memory for images of this shape. Errors: as output_shape.
  [[nodiscard]] float_conv2d_workspace workspace(tensor_shape in) const {
    using namespace detail;
    const tensor_shape out = output_shape(in), s = core::padded(over(), in);
    convolution::float_conv2d_tables tables;
    tables.bands = {over(), in, out, sizeof(double)};
    tables.rows = buffer<double>(core::checked_shape(s, "float_conv2d").elements());
    tables.windows = {over(), out, tables.bands.most_rows()};
    const index_t pixel = in.channels, row = s.width * pixel;
    tables.windows.lay_out(over(), {s.height * row, row, pixel}, over().horizontal.dilation == 1,
                           [&](index_t distance, index_t, index_t taps) noexcept {
                             return kernel::float_run{distance, taps * pixel};
                           });
    return {{key_, in, out}, static_cast<convolution::float_conv2d_tables&&>(tables)};
  }

  /// Every number of the result through the stages, which must not write into x. Cost: a multiply-add per tap, channel
  /// and filter; allocates nothing. Errors: a workspace of another layer or for another shape; what a stage reports.
  template <float_element T, float_stage S, executor Executor = serial_executor>
  void operator()(const tensor_view<T>& x, float_conv2d_workspace& work, const S& epilogue,
                  const Executor& where = {}) const {
    using namespace detail;
    const index_t most = most_parts(x.shape, work);
    epilogues::require_stage(epilogue, work.output().pixels(), out_channels());
    constexpr double work_worth_a_part = 1 << 18;
    const double products =
        static_cast<double>(work.output().pixels()) * static_cast<double>(weights_.size());
    const index_t threads = threads_of(where);
    const bool shared = threads > 1 && products > 4 * work_worth_a_part;
    const index_t wanted = shared ? 4 * threads : 1;
    const convolution::float_conv2d_tables& tables = work.tables();
    if (shared && most < threads && tables.windows.size() == work.output().pixels())
      return run_across(x, work, epilogue, wanted, where);
    const index_t parts = min_of(wanted, most), rows = tables.bands.result_rows();
    executors::for_each_part(where, parts, [&](index_t part) {
      auto share = read(x, work, part, parts);
      run(work, share, share_begin(rows, part, parts), share_begin(rows, part + 1, parts), epilogue,
          where);
    });
  }

  /// The same in pieces, for callers that use a part of the result before the rest is made (network/bands.hpp). At most
  /// most_parts() threads take part. Each reads the images through a read() of its own, and run() makes rows first ...
  /// end - 1 of the result, counted over all images; fastest in order. Errors of most_parts: a workspace of another
  /// layer or for another shape.
  [[nodiscard]] index_t most_parts(tensor_shape x, const float_conv2d_workspace& work) const {
    work.check_key("float_conv2d", key_, x);
    return work.tables().bands.most_parts();
  }
  template <class T>
  [[nodiscard]] auto read(const tensor_view<T>& x, float_conv2d_workspace& work, index_t part,
                          index_t parts) const noexcept {
    using namespace detail::convolution;
    const row_bands& bands = work.tables().bands;
    return converted_rows<T>(x, over(),
                             share_of_rows(work.tables().rows.data(), bands.all_rows(), bands.row(),
                                           part, parts, bands.needed(), bands.fit()));
  }
  template <class Share, float_stage S, executor Executor>
  void run(const float_conv2d_workspace& work, Share& share, index_t first, index_t end,
           const S& epilogue, const Executor& where) const {
    const auto& tables = work.tables();
    const auto blocks = filter_blocks();
    const index_t width = work.output().width;
    with_isa(detail::isa_of(where), [&]<class Tag>(Tag) {
      constexpr detail::arch::vectors_on<Tag> isa{};
      while (first < end) {
        const detail::convolution::row_band band = tables.bands.next(first, end, share.room());
        const double* const image = share.hold(isa, band.top, band.top + band.seen);
        detail::convolution::float_strips(tables.windows, blocks, image, epilogue)
            .run(isa, first * width, 0, band.rows * width);
        first += band.rows;
      }
    });
  }

 private:
  /// For images with too few rows to share among threads, such as one-dimensional images: first all rows are converted,
  /// then their windows are shared.
  template <class T, float_stage S, executor Executor>
  void run_across(const tensor_view<T>& x, float_conv2d_workspace& work, const S& epilogue,
                  index_t wanted, const Executor& where) const {
    using strips = detail::convolution::float_strips<S>;
    auto& tables = work.tables();
    const auto blocks = filter_blocks();
    const index_t rows = tables.bands.all_rows(), windows = tables.windows.size(),
                  count = ceil_div(windows, strips::windows_of_strip);
    detail::convolution::converted_rows<T> all(x, over(),
                                               {tables.rows.data(), rows, tables.bands.row()});
    const index_t parts = detail::min_of(wanted, count);
    with_isa(detail::isa_of(where), [&]<class Tag>(Tag) {
      constexpr detail::arch::vectors_on<Tag> isa{};
      const strips product(tables.windows, blocks, all.hold(isa, 0, rows), epilogue);
      detail::executors::for_each_part(where, parts, [&](index_t part) {
        const auto begin = [&](index_t i) {
          return detail::min_of(detail::share_begin(count, i, parts) * strips::windows_of_strip,
                                windows);
        };
        product.run(isa, 0, begin(part), begin(part + 1));
      });
    });
  }
  [[nodiscard]] detail::convolution::float_filter_blocks filter_blocks() const noexcept {
    return {weights_.data(), bias_.data(), out_channels(), bias_.size(), geometry_.depth()};
  }

  detail::core::workspace_key key_ = detail::core::workspace_key::draw();
  detail::convolution::geometry geometry_;
  buffer<float> weights_;  ///< blocks of 16 filters, step by step
  buffer<float> bias_;
};

LOWBIT_END

#endif
