// lowbit/convolution/padding_correction.hpp – the correction for a padding value that is no code.
//
// Binary and bipolar codes have no zero. There the padding holds a code that is worth v more than the wanted value
// (convolution/pad_value.hpp). For binary codes and zero v is -1. What the padding added is taken off:
//
//     y(zero) = y(v) - v * (sum of the weights whose taps lie on the padding)
//
// Only few windows differ in which of their taps lie on the padding. A padding amount of 1 gives three stretches of
// taps per axis and nine classes per image. So the correction is a table with one row per class and one column per
// output channel. Each window has the number of its class:
//
//     tap sums       per filter and tap, the sum of its weights over the channels      from the filters, once
//     corrections    per class and filter, - v * the tap sums on the padding           per shape of images
//     classes        per window, its class                                             4 bytes per output pixel
//
// The bit sums of the filters that a product rule needs (encoding/product_rule.hpp) are added in the same table. If a
// rule has them, the correction costs a kernel nothing more.
//
// Source: common knowledge, e.g. Larq compute engine's zero padding correction.
#ifndef LOWBIT_CONVOLUTION_PADDING_CORRECTION_HPP
#define LOWBIT_CONVOLUTION_PADDING_CORRECTION_HPP

#include "lowbit/convolution/geometry.hpp"
#include "lowbit/core/buffer.hpp"
#include "lowbit/core/for_each_window.hpp"
#include "lowbit/kernel/bits/panels.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// The different stretches of taps along one axis, and which of them each output has.
struct axis_classes {
  buffer<core::tap_range> ranges;
  index_t count = 0;
  buffer<index_t> of_output;
};

[[nodiscard]] inline axis_classes classes_of(const window_axis& a, index_t n) {
  const index_t outputs = a.outputs(n);
  axis_classes out{buffer<core::tap_range>(outputs), 0, buffer<index_t>(outputs)};
  for (index_t o = 0; o < outputs; ++o) {
    const core::tap_range range = core::taps_inside(a, o, n);
    // Equal ranges are neighbours, except those of windows on the padding of one side alone.
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

/// What is added to the sums of windows and filters, for images of one shape: a row of `terms` per class.
struct class_terms {
  index_t count = 1;              ///< classes
  buffer<std::int32_t> classes;   ///< per window; none: all windows are of class 0
  buffer<std::uint32_t> padding;  ///< the corrections; none: nothing
  buffer<std::uint32_t> terms;    ///< the same and the rule's bit sums; none: the rule has none

  [[nodiscard]] index_t bytes() const noexcept {
    return 4 * (classes.size() + padding.size() + terms.size());
  }
  /// By definition (isa::scalar) no rule is used: only the correction is added.
  [[nodiscard]] kernel::offset_terms offsets(index_t channels, bool by_definition) const noexcept {
    const auto& table = by_definition || terms.size() == 0 ? padding : terms;
    return {0, nullptr, table.data(), classes.data(), channels};
  }
};

/// The sums of each filter's weights, tap by tap: all that the correction needs of the weights.
class padding_correction {
 public:
  padding_correction() = default;
  /// `surplus` is by how much the padding's code is too large; 0: nothing is ever taken off.
  padding_correction(const packed_tensor_view<any_encoding>& filters, int surplus)
      : surplus_(surplus) {
    if (surplus == 0) return;
    const tensor_shape f = filters.shape();
    const index_t taps = f.height * f.width;
    tap_sums_ = buffer<std::int32_t>(f.batch * taps);
    for (index_t o = 0; o < f.batch; ++o)
      for (index_t t = 0; t < taps; ++t)
        for (index_t c = 0; c < f.channels; ++c)
          tap_sums_[o * taps + t] +=
              filters.format().value(filters.code(o, t / f.width, t % f.width, c));
  }
  [[nodiscard]] index_t bytes() const noexcept { return 4 * tap_sums_.size(); }

  /// Classes and corrections of the windows over images of shape `in`; bit_sum(o) is what the rule adds for filter
  /// o, `has_bit_sums` whether it adds anything.
  template <class BitSum>
  [[nodiscard]] class_terms terms_for(const geometry& g, tensor_shape in, tensor_shape out,
                                      bool has_bit_sums, const BitSum& bit_sum) const {
    class_terms made;
    const index_t channels = g.out_channels();
    if (surplus_ != 0 && core::has_padding(g.over()) && out.pixels() > 0) correct(g, in, out, made);
    if (!has_bit_sums) return made;
    made.terms = buffer<std::uint32_t>(made.count * channels);
    for (index_t c = 0; c < made.count; ++c)
      for (index_t o = 0; o < channels; ++o)
        made.terms[c * channels + o] =
            (made.padding.size() > 0 ? made.padding[c * channels + o] : 0) + bit_sum(o);
    return made;
  }

 private:
  void correct(const geometry& g, tensor_shape in, tensor_shape out, class_terms& made) const {
    const window& w = g.over();
    const axis_classes vertical = classes_of(w.vertical, in.height),
                       horizontal = classes_of(w.horizontal, in.width);
    made.count = vertical.count * horizontal.count;
    made.classes = buffer<std::int32_t>(out.pixels());
    core::for_each_row(out, 0, out.batch * out.height, [&](index_t, index_t y, index_t first) {
      for (index_t x = 0; x < out.width; ++x)
        made.classes[first + x] = static_cast<std::int32_t>(
            vertical.of_output[y] * horizontal.count + horizontal.of_output[x]);
    });
    made.padding = buffer<std::uint32_t>(made.count * out.channels);
    for (index_t c = 0; c < made.count; ++c)
      for (index_t o = 0; o < out.channels; ++o)
        made.padding[c * out.channels + o] = correction(w, vertical.ranges[c / horizontal.count],
                                                        horizontal.ranges[c % horizontal.count], o);
  }

  /// - surplus * the weights of filter o whose taps are not in these ranges.
  [[nodiscard]] std::uint32_t correction(const window& w, core::tap_range vertical,
                                         core::tap_range horizontal, index_t o) const noexcept {
    std::int32_t outside = 0;
    for (index_t i = 0; i < w.vertical.size; ++i)
      for (index_t j = 0; j < w.horizontal.size; ++j)
        if (i < vertical.first || i >= vertical.last || j < horizontal.first ||
            j >= horizontal.last)
          outside += tap_sums_[o * w.taps() + i * w.horizontal.size + j];
    return static_cast<std::uint32_t>(-surplus_) * static_cast<std::uint32_t>(outside);
  }

  int surplus_ = 0;
  buffer<std::int32_t> tap_sums_;
};

}  // namespace detail::convolution
LOWBIT_END

#endif
