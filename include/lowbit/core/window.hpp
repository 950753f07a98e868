// lowbit/core/window.hpp – what a convolution or a pooling slides over an image.
//
// Along each axis output o looks at `size` taps of the input, tap i at position
//
//     o * stride + i * dilation - before                   0 <= o < outputs(n),  0 <= i < size
//
// of an input of n positions with `before` positions of padding in front of it and `after` behind:
//
//     before=1      n=6      after=1            size 3, stride 2, dilation 1: outputs(6) = 3
//       [.][0][1][2][3][4][5][.]
//       |--o=0--|   |--o=2--|                   (the last padding position is not used)
//             |--o=1--|
//
// Which taps of an output lie on the image: core/for_each_window.hpp.
#ifndef LOWBIT_CORE_WINDOW_HPP
#define LOWBIT_CORE_WINDOW_HPP

#include "lowbit/core/reason.hpp"
#include "lowbit/core/shape.hpp"

namespace lowbit {

/// A window along one axis, in positions.
struct window_axis {
  index_t size = 1;      ///< taps
  index_t stride = 1;    ///< from output to output
  index_t dilation = 1;  ///< from tap to tap
  index_t before = 0;    ///< padding in front of the image
  index_t after = 0;     ///< padding behind it

  /// From the first tap to behind the last.
  [[nodiscard]] LOWBIT_INLINE constexpr index_t extent() const noexcept {
    return (size - 1) * dilation + 1;
  }
  /// Outputs of an input of n positions; 0 if the window does not fit once.
  [[nodiscard]] LOWBIT_INLINE constexpr index_t outputs(index_t n) const noexcept {
    const index_t room = n + before + after - extent();
    return room < 0 ? 0 : room / stride + 1;
  }
  [[nodiscard]] LOWBIT_INLINE friend constexpr bool operator==(const window_axis& a,
                                                               const window_axis& b) noexcept {
    return a.size == b.size && a.stride == b.stride && a.dilation == b.dilation &&
           a.before == b.before && a.after == b.after;
  }
};

/// A window over images: vertical (over rows) and horizontal (over columns). One-dimensional data are images of
/// height 1 under a window whose `vertical` axis is the default.
struct window {
  window_axis vertical;
  window_axis horizontal;

  [[nodiscard]] LOWBIT_INLINE constexpr index_t taps() const noexcept {
    return vertical.size * horizontal.size;
  }
  [[nodiscard]] LOWBIT_INLINE friend constexpr bool operator==(const window& a,
                                                               const window& b) noexcept {
    return a.vertical == b.vertical && a.horizontal == b.horizontal;
  }
};

/// size x size taps, the same stride, padding amount and dilation on all sides.
[[nodiscard]] LOWBIT_INLINE constexpr window square_window(index_t size, index_t stride = 1,
                                                           index_t padding = 0,
                                                           index_t dilation = 1) noexcept {
  const window_axis axis{size, stride, dilation, padding, padding};
  return {axis, axis};
}

/// The window with extent - 1 positions of padding, half on each side, whatever the image's size: PyTorch's padding =
/// (size - 1) / 2. With stride 1 there are as many outputs as inputs. With a larger stride these are not TensorFlow's
/// windows: see same_upper_padding().
[[nodiscard]] LOWBIT_INLINE constexpr window same_padding(window w) noexcept {
  for (window_axis* axis : {&w.vertical, &w.horizontal}) {
    axis->before = (axis->extent() - 1) / 2;
    axis->after = axis->extent() - 1 - axis->before;
  }
  return w;
}

/// The window with the padding that TensorFlow and Keras call SAME and ONNX SAME_UPPER, for images of this shape. n
/// inputs give ceil(n / stride) outputs, and every padding position is read. Of
///
///     total = max(0, (ceil(n / stride) - 1) * stride + extent - n)
///
/// positions total / 2 lie before the image and the rest after it. A window of 3 and stride 2 has 0 + 1 over 224
/// inputs, where same_padding() has 1 + 1. The padding depends on the image's size: another size needs another call.
[[nodiscard]] LOWBIT_INLINE constexpr window same_upper_padding(window w,
                                                                tensor_shape in) noexcept {
  const auto surround = [](window_axis& axis, index_t n) {
    // (ceil(n / stride) - 1) * stride is what lies in front of the last window: n - 1 without its remainder.
    const index_t rest = n < 1 ? 0 : (n - 1) % axis.stride;
    const index_t total = n < 1 || axis.extent() - 1 < rest ? 0 : axis.extent() - 1 - rest;
    axis.before = total / 2;
    axis.after = total - axis.before;
  };
  surround(w.vertical, in.height);
  surround(w.horizontal, in.width);
  return w;
}

}  // namespace lowbit

LOWBIT_BEGIN
namespace detail::core {

[[nodiscard]] inline reason axis_problem(const window_axis& a, const char* axis,
                                         index_t limit) noexcept {
  const auto beyond = [&](index_t n, index_t lowest) { return n < lowest || n > limit; };
  if (beyond(a.size, 1) || beyond(a.stride, 1) || beyond(a.dilation, 1))
    return make_reason("a window of size %td, stride %td, dilation %td %s: each must be 1 to %td",
                       a.size, a.stride, a.dilation, axis, limit);
  if (beyond(a.before, 0) || beyond(a.after, 0))
    return make_reason("a padding of %td and %td %s: it must be 0 to %td", a.before, a.after, axis,
                       limit);
  if (!product_fits(a.size, a.dilation))
    return make_reason("a window of size %td and dilation %td %s: it does not fit a %d-bit size",
                       a.size, a.dilation, axis, size_bits);
  return {};
}
/// What is wrong with the window, or nothing. `limit` bounds each of its numbers. Numbers out of a file are bounded, so
/// that no sum of sizes, strides and padding amounts wraps.
[[nodiscard]] inline reason window_problem(const window& w, index_t limit = largest_size) noexcept {
  if (const reason why = axis_problem(w.vertical, "down", limit)) return why;
  if (const reason why = axis_problem(w.horizontal, "across", limit)) return why;
  if (!product_fits(w.vertical.size, w.horizontal.size))
    return make_reason("a window of %tdx%td taps: they do not fit a %d-bit size", w.vertical.size,
                       w.horizontal.size, size_bits);
  return {};
}

/// Whether a window reaches beyond the image.
[[nodiscard]] constexpr bool has_padding(const window& w) noexcept {
  return w.vertical.before > 0 || w.vertical.after > 0 || w.horizontal.before > 0 ||
         w.horizontal.after > 0;
}

/// The shape of padded images; output_shape() has accepted the images.
[[nodiscard]] constexpr tensor_shape padded(const window& w, tensor_shape in) noexcept {
  return {in.batch, in.height + w.vertical.before + w.vertical.after,
          in.width + w.horizontal.before + w.horizontal.after, in.channels};
}

/// The shape of what a window makes of images, with `channels` channels. Errors: the window does not fit into the
/// padded image; images, padded images or results have more elements than a size counts. So every position and
/// distance of a tap is a size too.
[[nodiscard]] inline tensor_shape output_shape(const window& w, tensor_shape in, index_t channels,
                                               const char* who) {
  core::checked_shape(in, who);
  checked_add(in.height, checked_add(w.vertical.before, w.vertical.after, who), who);
  checked_add(in.width, checked_add(w.horizontal.before, w.horizontal.after, who), who);
  core::checked_shape(padded(w, in), who);
  const tensor_shape out{in.batch, w.vertical.outputs(in.height), w.horizontal.outputs(in.width),
                         channels};
  if (out.height == 0 || out.width == 0)
    fail(
        "%s: images of %tdx%td with paddings of %td+%td and %td+%td are smaller than a window that "
        "reaches over %tdx%td: the output is empty",
        who, in.height, in.width, w.vertical.before, w.vertical.after, w.horizontal.before,
        w.horizontal.after, w.vertical.extent(), w.horizontal.extent());
  return core::checked_shape(out, who);
}

}  // namespace detail::core
LOWBIT_END

#endif
