// lowbit/network/offset_starts.hpp – what the offset of quantized inputs adds to sums, per class of windows.
//
// Inputs are u * integer + offset. A window has the offset once per tap on the image, so it adds
//
//     start(class, o) = sum over parts w of the weights  of  (sum of w's integers over the taps on the image)
//                                                            * (coefficient(w, o) * offset)
//
// which depends on the class of the window (which of its taps lie on the padding) and on the output channel, not on the
// data. Jacob's zero points are such offsets, and so is the mean of normalised pixels. The sum of integers is exact;
// parts are added by add_part() (epilogue/part_sums.hpp) in their order (network/parts.hpp).
#ifndef LOWBIT_NETWORK_OFFSET_STARTS_HPP
#define LOWBIT_NETWORK_OFFSET_STARTS_HPP

#include "lowbit/convolution/padding_correction.hpp"
#include "lowbit/epilogue/part_sums.hpp"
#include "lowbit/network/parts.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// Where the totals of images of one shape begin.
struct start_table {
  index_t count = 1;             ///< classes
  buffer<std::int32_t> classes;  ///< per window; none: all windows are of class 0
  buffer<double> starts;         ///< a row of channels per class

  [[nodiscard]] index_t bytes() const noexcept { return 4 * classes.size() + 8 * starts.size(); }
  [[nodiscard]] totals_before before() const noexcept {
    return {starts.data(), count > 1 ? starts.size() / count : 0,
            count > 1 ? classes.data() : nullptr};
  }
};

/// What of the weights decides about starts.
class offset_starts {
 public:
  offset_starts() = default;
  offset_starts(const std::vector<weight_part>& parts, const convolution::geometry& g)
      : geometry_(g) {
    const index_t taps = g.over().taps(), channels = g.filters().channels;
    for (const weight_part& w : parts) {
      if (!w.has_input_offsets()) continue;
      const index_t filters = w.shared ? 1 : g.out_channels();
      terms_.push_back({buffer<std::int32_t>(filters * taps), {}, w.shared});
      for (index_t o = 0; o < g.out_channels(); ++o)
        terms_.back().scale.push_back(
            combine(w.scale[static_cast<std::size_t>(o)], w.input_of(o).offset));
      for (index_t i = 0; i < filters * taps; ++i)
        for (index_t c = 0; c < channels; ++c)
          terms_.back().tap_sums[i] +=
              w.format.value(w.codes[static_cast<std::size_t>(i * channels + c)]);
    }
  }

  /// True if some start is not 0.
  [[nodiscard]] bool exist() const noexcept { return !terms_.empty(); }
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = 0;
    for (const term& t : terms_)
      sum += 4 * (t.tap_sums.size() + static_cast<index_t>(t.scale.size()));
    return sum;
  }

  /// The start of an output channel for windows of which these taps lie on the image.
  [[nodiscard]] double start(core::tap_range vertical, core::tap_range horizontal,
                             index_t channel) const noexcept {
    const window& w = geometry_.over();
    double total = 0;
    for (const term& t : terms_) {
      const std::int32_t* const sums = t.tap_sums.data() + (t.shared ? 0 : channel * w.taps());
      std::int32_t inside = 0;
      for (index_t i = vertical.first; i < vertical.last; ++i)
        for (index_t j = horizontal.first; j < horizontal.last; ++j)
          inside += sums[i * w.horizontal.size + j];
      total = add_part(total, inside, t.scale[static_cast<std::size_t>(channel)]);
    }
    return total;
  }

  /// All starts for images of a shape. Errors: more classes than 32 bits count.
  [[nodiscard]] start_table table(tensor_shape in, tensor_shape out) const {
    start_table made;
    if (!exist() || out.pixels() == 0) {
      made.starts = buffer<double>(out.channels);
      return made;
    }
    const window& w = geometry_.over();
    const convolution::axis_classes vertical = convolution::classes_of(w.vertical, in.height),
                                    horizontal = convolution::classes_of(w.horizontal, in.width);
    made.count = vertical.count * horizontal.count;
    made.starts = buffer<double>(checked_mul(made.count, out.channels, "offset_starts"));
    for (index_t k = 0; k < made.count; ++k)
      for (index_t o = 0; o < out.channels; ++o)
        made.starts[k * out.channels + o] = start(vertical.ranges[k / horizontal.count],
                                                  horizontal.ranges[k % horizontal.count], o);
    if (made.count == 1) return made;
    made.classes = buffer<std::int32_t>(out.pixels());
    core::for_each_row(out, 0, out.batch * out.height, [&](index_t, index_t y, index_t first) {
      for (index_t x = 0; x < out.width; ++x)
        made.classes[first + x] = static_cast<std::int32_t>(
            vertical.of_output[y] * horizontal.count + horizontal.of_output[x]);
    });
    return made;
  }

 private:
  struct term {
    buffer<std::int32_t> tap_sums;  ///< per filter and tap
    std::vector<float> scale;       ///< per output channel
    bool shared;                    ///< one filter for all channels
  };
  convolution::geometry geometry_;
  std::vector<term> terms_;
};

}  // namespace detail::network
LOWBIT_END

#endif
