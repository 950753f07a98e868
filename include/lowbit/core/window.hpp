// lowbit/core/window.hpp – what a convolution or a pooling slides over an image.
//
// Along each axis output o looks at `size` taps of the input, tap i at position
//
//     o * stride + i * dilation - before                   0 <= o < outputs(n),  0 <= i < size
//
// of an input of n positions with `before` positions of border in front of it and `after` behind:
//
//     before=1      n=6      after=1            size 3, stride 2, dilation 1: outputs(6) = 3
//       [.][0][1][2][3][4][5][.]
//       |--o=0--|   |--o=2--|                   (the last border position is not used)
//             |--o=1--|
//
// The taps of an output that lie on the image are always a stretch first ... last - 1 of its taps, and
// only few stretches differ: with a border of one, three an axis, nine an image. Those classes of outputs
// are what a border costs (convolution/conv2d.hpp).
#ifndef LOWBIT_CORE_WINDOW_HPP
#define LOWBIT_CORE_WINDOW_HPP

#include "lowbit/core/buffer.hpp"
#include "lowbit/core/tensor_view.hpp"

namespace lowbit {

/// A window along one axis, in positions.
struct window_axis {
  index_t size = 1;      ///< taps
  index_t stride = 1;    ///< from output to output
  index_t dilation = 1;  ///< from tap to tap
  index_t before = 0;    ///< border in front of the image
  index_t after = 0;     ///< border behind it

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

/// A window over images: down (rows) and across (columns). One-dimensional data are images of height 1
/// under a window whose `down` is left alone.
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

/// size x size taps, the same stride, border and dilation on all sides.
[[nodiscard]] LOWBIT_INLINE constexpr window square_window(index_t size, index_t stride = 1,
                                                           index_t padding = 0,
                                                           index_t dilation = 1) noexcept {
  const window_axis axis{size, stride, dilation, padding, padding};
  return {axis, axis};
}

/// The border of reach - 1 positions whose halves lie on both sides, whatever the image's size: PyTorch's
/// padding = (size - 1) / 2. With stride 1 there are as many outputs as inputs. With a larger stride these are
/// not TensorFlow's windows: see same_upper_padding().
[[nodiscard]] LOWBIT_INLINE constexpr window same_padding(window w) noexcept {
  for (window_axis* axis : {&w.vertical, &w.horizontal}) {
    axis->before = (axis->extent() - 1) / 2;
    axis->after = axis->extent() - 1 - axis->before;
  }
  return w;
}

/// The border that TensorFlow and Keras call SAME and ONNX SAME_UPPER, for images of this shape: with it n
/// inputs give ceil(n / stride) outputs, and no border lies where no window looks. Of
///
///     total = max(0, (ceil(n / stride) - 1) * stride + reach - n)
///
/// positions total / 2 lie before the image and the rest after it: a window of 3 and stride 2 has 0 + 1 over 224
/// inputs, where same_padding() has 1 + 1. The border belongs to this size: ask again for another.
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

inline void require_axis(const window_axis& a, const char* axis, const char* who) {
  if (a.size < 1 || a.stride < 1 || a.dilation < 1)
    fail("%s: a window of size %td, stride %td, dilation %td %s: each must be at least 1", who,
         a.size, a.stride, a.dilation, axis);
  if (a.before < 0 || a.after < 0)
    fail("%s: a padding of %td and %td %s: it may not be negative", who, a.before, a.after, axis);
  checked_mul(a.size, a.dilation, who);
}
inline void require_window(const window& w, const char* who) {
  require_axis(w.vertical, "down", who);
  require_axis(w.horizontal, "across", who);
  checked_mul(w.vertical.size, w.horizontal.size, who);
}

/// The shape with the border around it, of images that output_shape() took.
[[nodiscard]] constexpr tensor_shape padded(const window& w, tensor_shape in) noexcept {
  return {in.batch, in.height + w.vertical.before + w.vertical.after,
          in.width + w.horizontal.before + w.horizontal.after, in.channels};
}

/// The shape of what a window makes of images, with `channels` channels. Errors: the window does not fit
/// into the image and its border; images, images with their border or results of more elements than a size
/// counts. So every position and distance of a tap is a size too.
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
        "%s: images of %tdx%td with borders of %td+%td and %td+%td are smaller than a window that "
        "reaches over %tdx%td: the output is empty",
        who, in.height, in.width, w.vertical.before, w.vertical.after, w.horizontal.before,
        w.horizontal.after, w.vertical.extent(), w.horizontal.extent());
  return core::checked_shape(out, who);
}

/// Taps first ... last - 1 of an output lie on the image.
struct tap_range {
  index_t first = 0;
  index_t last = 0;
  friend constexpr bool operator==(const tap_range& a, const tap_range& b) noexcept {
    return a.first == b.first && a.last == b.last;
  }
};

[[nodiscard]] constexpr tap_range taps_inside(const window_axis& a, index_t output,
                                              index_t n) noexcept {
  const index_t begin = output * a.stride - a.before;
  if (begin >= 0 && begin + a.extent() <= n) return {0, a.size};  // most: no division
  const auto in_range = [&](index_t tap) { return tap < 0 ? 0 : tap > a.size ? a.size : tap; };
  const index_t first = begin >= 0 ? 0 : in_range(ceil_div(-begin, a.dilation));
  const index_t last = n <= begin ? 0 : in_range(ceil_div(n - begin, a.dilation));
  return {first, last > first ? last : first};
}

/// The different ranges along one axis, and which of them each output has.
struct axis_classes {
  buffer<tap_range> ranges;
  index_t count = 0;
  buffer<index_t> of_output;
};

[[nodiscard]] inline axis_classes classes_of(const window_axis& a, index_t n) {
  const index_t outputs = a.outputs(n);
  axis_classes out{buffer<tap_range>(outputs), 0, buffer<index_t>(outputs)};
  for (index_t o = 0; o < outputs; ++o) {
    const tap_range range = taps_inside(a, o, n);
    // Equal ranges are neighbours, except those of windows on one side of the border alone.
    index_t c = out.count;
    while (c > 0 && !(out.ranges[c - 1] == range)) --c;
    if (c == 0) out.ranges[out.count++] = range;
    out.of_output[o] = c == 0 ? out.count - 1 : c - 1;
  }
  // A pair of classes is numbered in 32 bits.
  if (out.count > 46340)
    fail(
        "conv2d: a window of %td taps with a padding of %td and %td has %td classes, at most 46340",
        a.size, a.before, a.after, out.count);
  return out;
}

}  // namespace detail::core
LOWBIT_END

#endif
