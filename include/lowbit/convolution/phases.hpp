// lowbit/convolution/phases.hpp – the phases of a transposed convolution: few taps each, with a stride of 1.
//
// Output pixels v of one phase (v mod stride) meet the same few taps of the filters, and meet them with a stride of 1:
//
//     size 4, stride 2:    phase 0 meets taps 0, 2    phase 1 meets taps 1, 3      (before 0)
//     output               0 1 0 1 0 1 0 1 ...
//
//     phase_axis    which outputs, which taps, and the window of stride 1 over them, along one axis
//     taps_of       the filters of two phases, vertical and horizontal
//     of_phase      an epilogue that puts the pixels of two phases where they belong
#ifndef LOWBIT_CONVOLUTION_PHASES_HPP
#define LOWBIT_CONVOLUTION_PHASES_HPP

#include "lowbit/core/window.hpp"
#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// Outputs v = phase, phase + stride, ... along one axis, which meet taps first_tap, first_tap + stride, ..., and the
/// window of stride 1 over these taps. Output q of the phase meets inputs q + shift, q + shift - 1, ..., one per tap; n
/// inputs have n + surplus outputs of the phase. Other outputs meet no tap.
struct phase_axis {
  index_t phase, first_tap, taps;
  index_t surplus;
  index_t skipped, unread;  ///< inputs in front and behind that no output of the phase meets
  window_axis axis;

  /// How many phases meet a tap.
  [[nodiscard]] static constexpr index_t count(const window_axis& a) noexcept {
    return min_of(a.size, a.stride);
  }
  /// The phase whose first tap is `first` < count().
  [[nodiscard]] static constexpr phase_axis of(const window_axis& a, index_t first) noexcept {
    const index_t ahead = (first - a.before) % a.stride;
    const index_t phase = ahead < 0 ? ahead + a.stride : ahead;
    const index_t shift = (phase + a.before) / a.stride;
    const index_t taps = ceil_div(a.size - first, a.stride);
    const index_t extent = a.size - a.before - a.after - phase;
    const index_t surplus = (extent > 0 ? ceil_div(extent, a.stride) : -(-extent / a.stride)) - 1;
    const index_t before = taps - 1 - shift, after = surplus + shift;
    const index_t skipped = before < 0 ? -before : 0, unread = after < 0 ? -after : 0;
    return {phase,
            first,
            taps,
            surplus,
            skipped,
            unread,
            {taps, 1, 1, before + skipped, after + unread}};
  }
  [[nodiscard]] constexpr index_t outputs(index_t n) const noexcept {
    return n + surplus > 0 ? n + surplus : 0;
  }
};

/// The filters' taps that two phases meet, in reversed order.
template <class W>
[[nodiscard]] packed_tensor<W> taps_of(packed_tensor_view<W> filters, const phase_axis& vertical,
                                       const phase_axis& horizontal, const window& w) {
  const tensor_shape f = filters.shape();
  packed_tensor<W> out({f.batch, vertical.taps, horizontal.taps, f.channels},
                       filters.layout().segment());
  const index_t words = out.layout().words();
  auto& rows = out.mutable_pixels();
  for (index_t o = 0; o < f.batch; ++o)
    for (index_t i = 0; i < vertical.taps; ++i)
      for (index_t j = 0; j < horizontal.taps; ++j) {
        const word* const from =
            filters.pixel(o, vertical.first_tap + (vertical.taps - 1 - i) * w.vertical.stride,
                          horizontal.first_tap + (horizontal.taps - 1 - j) * w.horizontal.stride);
        word* const to = rows.mutable_row(out.pixel(o, i, j));
        for (int p = 0; p < W::plane_count; ++p)
          for (index_t k = 0; k < words; ++k)
            to[p * rows.plane_stride() + k] = from[p * filters.plane_stride() + k];
      }
  return out;
}

/// An epilogue for the pixels of one phase, which hands tiles to the epilogue of all pixels. The rows of a tile lie
/// apart in the result, so they are handed on one by one.
template <epilogue F>
struct of_phase {
  const F& epilogue;
  tensor_shape out;       ///< of all phases
  index_t height, width;  ///< of this one
  index_t vertical_stride, horizontal_stride, vertical, horizontal;

  void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    for (index_t r = 0; r < place.rows; ++r) {
      const index_t row = place.row + r;
      const index_t x = row % width, y = row / width % height, n = row / width / height;
      epilogue(accumulator_tile{tile.sums + r * tile.row_stride, tile.row_stride},
               tile_place{(n * out.height + y * vertical_stride + vertical) * out.width +
                              x * horizontal_stride + horizontal,
                          place.col, 1, place.cols});
    }
  }
};

}  // namespace detail::convolution
LOWBIT_END

#endif
