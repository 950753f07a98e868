// lowbit/convolution/transposed_conv2d.hpp – transposed convolution: every input pixel spreads a filter.
//
//     y(n, v, u, o) = sum over taps (i, j) and input pixels (y, x) with
//                     y * stride + i - before = v,  x * stride + j - before = u
//
// The result is larger: n pixels become (n - 1) * stride + size - before - after. A convolution of the image with zeros
// between its pixels would multiply mostly zeros, and bits have no zero. But output pixels of one phase (v mod stride,
// u mod stride) meet the same few taps only, with a stride of 1. So it is stride x stride plain convolutions with small
// filters, whose results interleave (convolution/phases.hpp).
//
// The order of the taps is reversed: taps of a convolution rise with the input, taps of a phase fall. What a phase
// would read beyond the image is absent: true zero, for every encoding. No product is wasted, and sums are exact.
//
//     lowbit::transposed_conv2d<lowbit::binary, lowbit::binary> up(filters, square_window(4, 2, 1));
//     auto work = up.workspace(x.shape());
//     up(x, work, store_integers{...});                 rows are the enlarged image's pixels
#ifndef LOWBIT_CONVOLUTION_TRANSPOSED_CONV2D_HPP
#define LOWBIT_CONVOLUTION_TRANSPOSED_CONV2D_HPP

#include "lowbit/convolution/conv2d.hpp"
#include "lowbit/convolution/phases.hpp"

LOWBIT_BEGIN

/// Tables and memory of a transposed_conv2d for one shape of input; of that layer and one caller at a time.
class transposed_conv2d_workspace : public detail::core::layer_workspace {
 public:
  transposed_conv2d_workspace() = default;
  /// For layers: a workspace per phase.
  transposed_conv2d_workspace(const layer_workspace& made, std::vector<conv2d_workspace> phases)
      : layer_workspace(made), phases_(static_cast<std::vector<conv2d_workspace>&&>(phases)) {}
  [[nodiscard]] std::vector<conv2d_workspace>& phases() noexcept { return phases_; }

  /// Bytes held.
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = 0;
    for (const conv2d_workspace& phase : phases_) sum += phase.bytes();
    return sum;
  }

 private:
  std::vector<conv2d_workspace> phases_;
};

/// A transposed convolution of images of A with filters of W. Const and thread-safe.
template <plane_code A, plane_code W>
class transposed_conv2d {
 public:
  /// `filters` as for conv2d; `w` gives size and stride, and as padding amounts what is cut off the result. Errors:
  /// dilation; cutting off as much as the window's size; what conv2d reports.
  transposed_conv2d(packed_tensor_view<W> filters, const window& w, index_t groups = 1)
      : geometry_(filters.shape(), w, groups) {
    using namespace detail::convolution;
    detail::core::fail_if(geometry_.problem(), "transposed_conv2d");
    for (const window_axis& a : {w.vertical, w.horizontal}) {
      detail::checked_add(a.stride, a.size, "transposed_conv2d");
      if (a.dilation != 1 || a.before >= a.size || a.after >= a.size)
        detail::fail(
            "transposed_conv2d: a window of size %td, dilation %td, cut by %td and %td: dilation "
            "must be 1, and each cut less than the size",
            a.size, a.dilation, a.before, a.after);
    }
    for (index_t i = 0; i < phase_axis::count(w.vertical); ++i)
      for (index_t j = 0; j < phase_axis::count(w.horizontal); ++j) {
        const phase_axis vertical = phase_axis::of(w.vertical, i),
                         horizontal = phase_axis::of(w.horizontal, j);
        phases_.push_back({vertical, horizontal,
                           conv2d<A, W>(taps_of(filters, vertical, horizontal, w).view(),
                                        window{vertical.axis, horizontal.axis}, groups)});
      }
  }

  [[nodiscard]] index_t in_channels() const noexcept { return geometry_.in_channels(); }
  [[nodiscard]] index_t out_channels() const noexcept { return geometry_.out_channels(); }
  [[nodiscard]] const window& over() const noexcept { return geometry_.over(); }

  /// The shape of the result for images of this shape. Errors: other channels, an empty result.
  [[nodiscard]] tensor_shape output_shape(tensor_shape in) const {
    constexpr const char* who = "transposed_conv2d";
    geometry_.require_channels(in, who);
    detail::core::checked_shape(in, who);
    const window& w = over();
    const auto enlarged = [](const window_axis& a, index_t n) {
      if (n == 0) return n;
      const index_t whole =
          detail::checked_add(detail::checked_mul(n - 1, a.stride, who), a.size, who);
      const index_t left = whole - a.before;
      return left > a.after ? left - a.after : 0;
    };
    const tensor_shape out{in.batch, enlarged(w.vertical, in.height),
                           enlarged(w.horizontal, in.width), out_channels()};
    if (out.height == 0 || out.width == 0)
      detail::fail(
          "transposed_conv2d: images of %tdx%td under a window of %tdx%td, cut by %td+%td and "
          "%td+%td: nothing is left",
          in.height, in.width, w.vertical.size, w.horizontal.size, w.vertical.before,
          w.vertical.after, w.horizontal.before, w.horizontal.after);
    return detail::core::checked_shape(out, who);
  }

  /// Tables and memory for images of this shape. Errors: as output_shape.
  [[nodiscard]] transposed_conv2d_workspace workspace(tensor_shape in) const {
    const tensor_shape out = output_shape(in);
    std::vector<conv2d_workspace> phases;
    for (const phase& one : phases_)
      phases.push_back(one.empty(in) ? conv2d_workspace() : one.layer.workspace(one.seen(in)));
    return {{key_, in, out}, static_cast<std::vector<conv2d_workspace>&&>(phases)};
  }

  /// Every tile of the result to `epilogue`. Errors: as conv2d.
  template <epilogue F, executor Executor = serial_executor>
  void operator()(packed_tensor_view<A> x, transposed_conv2d_workspace& work, const F& epilogue,
                  const Executor& where = {}) const {
    work.check_key("transposed_conv2d", key_, x.shape());
    const tensor_shape in = work.input(), out = work.output();
    detail::require_fit(epilogue, out.pixels(), out_channels());
    fill_gaps(epilogue, out);
    for (std::size_t i = 0; i < phases_.size(); ++i) {
      const phase& one = phases_[i];
      if (one.empty(in)) continue;
      const detail::convolution::of_phase<F> interleaved{epilogue,
                                                         out,
                                                         one.vertical.outputs(in.height),
                                                         one.horizontal.outputs(in.width),
                                                         over().vertical.stride,
                                                         over().horizontal.stride,
                                                         one.vertical.phase,
                                                         one.horizontal.phase};
      const tensor_shape s = one.seen(in);
      one.layer(x.region(one.vertical.skipped, one.horizontal.skipped, s.height, s.width),
                work.phases()[i], detail::epilogues::any_epilogue(interleaved), where);
    }
  }

 private:
  struct phase {
    detail::convolution::phase_axis vertical, horizontal;
    conv2d<A, W> layer;

    [[nodiscard]] bool empty(tensor_shape in) const noexcept {
      return vertical.outputs(in.height) == 0 || horizontal.outputs(in.width) == 0 || in.batch == 0;
    }
    [[nodiscard]] tensor_shape seen(tensor_shape in) const noexcept {
      return {in.batch, in.height - vertical.skipped - vertical.unread,
              in.width - horizontal.skipped - horizontal.unread, in.channels};
    }
  };

  /// Where filters are smaller than the stride, pixels between their copies are 0.
  template <epilogue F>
  void fill_gaps(const F& epilogue, tensor_shape out) const noexcept {
    const auto has_gaps = [](const window_axis& a) { return a.stride > a.size; };
    if (!has_gaps(over().vertical) && !has_gaps(over().horizontal)) return;
    constexpr index_t width = 16;
    const std::int32_t zeros[width] = {};
    const auto in_gap = [](const window_axis& a, index_t v) {
      return (v % a.stride + a.before) % a.stride >= a.size;
    };
    for (index_t n = 0; n < out.batch; ++n)
      for (index_t y = 0; y < out.height; ++y)
        for (index_t x = 0; x < out.width; ++x) {
          if (!in_gap(over().vertical, y) && !in_gap(over().horizontal, x)) continue;
          for (index_t c = 0; c < out_channels(); c += width)
            epilogue(accumulator_tile{zeros, width},
                     tile_place{(n * out.height + y) * out.width + x, c, 1,
                                detail::min_of(out_channels() - c, width)});
        }
  }

  detail::core::workspace_key key_ = detail::core::workspace_key::draw();
  detail::convolution::geometry geometry_;
  std::vector<phase> phases_;
};

LOWBIT_END

#endif
