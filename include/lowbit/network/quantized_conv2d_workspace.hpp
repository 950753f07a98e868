// lowbit/network/quantized_conv2d_workspace.hpp – the products of a quantized convolution, and what it needs for images
// of one shape.
#ifndef LOWBIT_NETWORK_QUANTIZED_CONV2D_WORKSPACE_HPP
#define LOWBIT_NETWORK_QUANTIZED_CONV2D_WORKSPACE_HPP

#include "lowbit/convolution/any_conv2d.hpp"
#include "lowbit/network/offset_starts.hpp"
#include "lowbit/network/parts.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// What a quantized convolution keeps for images of one shape.
struct quantized_conv2d_tables {
  std::vector<conv2d_workspace> products;  ///< per weight part
  start_table starts;
  any_multi_thresholds thresholds;     ///< if starts exist and one integer decides
  buffer<double> totals;               ///< of all pairs but the last, if there are several
  packed_tensor<any_encoding> chosen;  ///< the 0/1 plane of "the code is c"
};

/// The taps that a part reads, first ... last - 1 of each axis, and the window over them alone. It may begin or end
/// inside of the image: then these rows and columns are left out (`skipped`).
struct part_window {
  struct axis {
    core::tap_range taps;
    index_t skipped_before = 0, skipped_after = 0;  ///< positions of the image
  };
  window over;
  axis vertical, horizontal;

  part_window(const window& whole, core::tap_range down, core::tap_range across)
      : over(whole), vertical{down}, horizontal{across} {
    shrink(over.vertical, vertical);
    shrink(over.horizontal, horizontal);
  }
  /// The shape of what is left of images; empty if the part reads the padding alone.
  [[nodiscard]] tensor_shape seen(tensor_shape in) const noexcept {
    in.height -= vertical.skipped_before + vertical.skipped_after;
    in.width -= horizontal.skipped_before + horizontal.skipped_after;
    return in;
  }
  [[nodiscard]] bool sees(tensor_shape in) const noexcept {
    const tensor_shape left = seen(in);
    return left.height > 0 && left.width > 0;
  }
  [[nodiscard]] packed_tensor_view<any_encoding> seen(
      const packed_tensor_view<any_encoding>& x) const {
    const tensor_shape left = seen(x.shape());
    return x.region(vertical.skipped_before, horizontal.skipped_before, left.height, left.width);
  }

 private:
  static void shrink(window_axis& a, axis& part) noexcept {
    const index_t before = a.before - part.taps.first * a.dilation,
                  after = a.after - (a.size - part.taps.last) * a.dilation;
    a.size = part.taps.count();
    a.before = before > 0 ? before : 0;
    a.after = after > 0 ? after : 0;
    part.skipped_before = before < 0 ? -before : 0;
    part.skipped_after = after < 0 ? -after : 0;
  }
};

/// A weight part, ready to be multiplied. Groups of depth that are whole taps (per::pixel, per::kernel_row) look at
/// these taps alone.
class prepared_weight_part {
 public:
  prepared_weight_part(const weight_part& w, const std::vector<input_part>& inputs, index_t padding,
                       const convolution::geometry& g)
      : window_(seen_window(w, padding, g)),
        sums_(packed(w, g).view(), inputs[0].format, static_cast<int>(padding), window_.over,
              g.groups()),
        shared_(w.shared) {
    for (const input_part& x : inputs) scales_.push_back(pair_scales(w, x));
  }

  [[nodiscard]] const any_conv2d& sums() const noexcept { return sums_; }
  [[nodiscard]] bool shared() const noexcept { return shared_; }
  /// Per output channel, for an input part.
  [[nodiscard]] const std::vector<float>& scales(std::size_t input) const noexcept {
    return scales_[input];
  }
  [[nodiscard]] conv2d_workspace workspace(tensor_shape in) const {
    return window_.sees(in) ? sums_.workspace(window_.seen(in)) : conv2d_workspace();
  }
  /// The sums of a part of the inputs through an epilogue for `rows` rows.
  template <epilogue F, executor Executor>
  void operator()(const packed_tensor_view<any_encoding>& x, conv2d_workspace& work, index_t rows,
                  const F& f, const Executor& where) const {
    if (window_.sees(x.shape())) return sums_(window_.seen(x), work, f, where);
    static constexpr index_t together = 64;
    static constexpr std::int32_t zeros[together] = {};
    for (index_t r = 0; r < rows; ++r)
      for (index_t c = 0; c < sums_.out_channels(); c += together)
        f(accumulator_tile{zeros, together},
          tile_place{r, c, 1, min_of(together, sums_.out_channels() - c)});
  }

 private:
  /// The box of taps with integers that are not 0. All taps if the padding is not 0, because all of them read it.
  [[nodiscard]] static part_window seen_window(const weight_part& w, index_t padding,
                                               const convolution::geometry& g) {
    const window& over = g.over();
    core::tap_range down{0, over.vertical.size}, across{0, over.horizontal.size};
    const auto is_zero = [&](index_t row, index_t col, bool rows) {
      const index_t channels = g.filters().channels, taps = over.taps();
      for (std::size_t k = 0; k < w.codes.size(); ++k) {
        const index_t tap = static_cast<index_t>(k) / channels % taps;
        const bool in =
            rows ? tap / over.horizontal.size == row : tap % over.horizontal.size == col;
        if (in && w.format.value(w.codes[k]) != 0) return false;
      }
      return true;
    };
    if (padding == 0) {
      while (down.count() > 1 && is_zero(down.first, 0, true)) ++down.first;
      while (down.count() > 1 && is_zero(down.last - 1, 0, true)) --down.last;
      while (across.count() > 1 && is_zero(0, across.first, false)) ++across.first;
      while (across.count() > 1 && is_zero(0, across.last - 1, false)) --across.last;
    }
    return {over, down, across};
  }
  [[nodiscard]] packed_tensor<any_encoding> packed(const weight_part& w,
                                                   const convolution::geometry& g) const {
    const core::tap_range down = window_.vertical.taps, across = window_.horizontal.taps;
    const tensor_shape whole = g.filters(), f{w.shared ? g.groups() : whole.batch, down.count(),
                                              across.count(), whole.channels};
    packed_tensor<any_encoding> filters(w.format, f);
    for (index_t o = 0; o < f.batch; ++o)
      for (index_t y = 0; y < f.height; ++y)
        for (index_t x = 0; x < f.width; ++x)
          for (index_t c = 0; c < f.channels; ++c) {
            const index_t tap = (down.first + y) * whole.width + across.first + x;
            const index_t filter = w.shared ? 0 : o;
            filters.set_code(
                o, y, x, c,
                w.codes[static_cast<std::size_t>(
                    (filter * whole.height * whole.width + tap) * whole.channels + c)]);
          }
    return filters;
  }

  part_window window_;
  any_conv2d sums_;
  std::vector<std::vector<float>> scales_;
  bool shared_;
};

}  // namespace detail::network

/// Tables and memory of a layer::quantized_conv2d for one shape of input. Made by its workspace().
class quantized_conv2d_workspace : public detail::core::layer_workspace {
 public:
  quantized_conv2d_workspace() = default;
  /// For layers.
  quantized_conv2d_workspace(const layer_workspace& made,
                             detail::network::quantized_conv2d_tables tables)
      : layer_workspace(made),
        tables_(static_cast<detail::network::quantized_conv2d_tables&&>(tables)) {}
  [[nodiscard]] detail::network::quantized_conv2d_tables& tables() noexcept { return tables_; }

  /// Bytes held.
  [[nodiscard]] index_t bytes() const noexcept {
    index_t sum = tables_.starts.bytes() + tables_.thresholds.bytes() + 8 * tables_.totals.size() +
                  tables_.chosen.bytes();
    for (const auto& each : tables_.products) sum += each.bytes();
    return sum;
  }

 private:
  detail::network::quantized_conv2d_tables tables_;
};

LOWBIT_END

#endif
