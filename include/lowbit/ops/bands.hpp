// lowbit/ops/bands.hpp – a real convolution and the pool behind it, a band of rows at a time.
//
// The first layers of most networks for images are a real convolution and a pool, and the numbers between
// them are the largest thing in the whole network: 112 x 112 x 64 floats are 3.2 MB, more than an L2 cache
// holds. Written by one layer and read by the next they travel to the L3 cache and back, for nothing:
//
//     conv's rows    | kept | made now                     |    one band, always in the same memory
//                    +------+------------------------------+
//     pooled rows        | y | y + 1 | ...                      as many as those rows cover
//
// The next band needs some of the last rows again, if windows overlap: they move to the front. Nothing is
// computed twice but what two threads both need. Values and their order are those of the two layers one
// after the other; sequential (ops/sequential.hpp) calls this where it sees such a pair.
#ifndef LOWBIT_OPS_BANDS_HPP
#define LOWBIT_OPS_BANDS_HPP

#include <cstring>

#include "lowbit/dispatch/any_isa.hpp"
#include "lowbit/ops/border.hpp"
#include "lowbit/ops/layers/values.hpp"

LOWBIT_BEGIN
namespace detail::ops {

/// Layers that can make any part of their numbers (layer::real_conv2d).
template <class L>
concept makes_parts = requires(const L& layer, typename L::workspace_type& work, index_t i) {
  layer.run(isa::scalar{}, work, i, i, stage::store{});
};

/// Rows of an image that some rows of its pool look at, and the window that looks at those alone.
struct pooled_band {
  index_t first, end;
  window over;
};

/// For rows first ... end - 1 of the pool of an image of `height` rows.
[[nodiscard]] inline pooled_band band_under(window over, index_t height, index_t first,
                                            index_t end) noexcept {
  window_axis& down = over.down;
  const index_t begin = first * down.stride - down.before;
  const index_t behind = (end - 1) * down.stride - down.before + down.reach();
  const index_t top = begin < 0 ? 0 : begin, bottom = behind > height ? height : behind;
  down.before = top - begin;
  down.after = behind - bottom;
  return {top, bottom, over};
}

/// Pixels of the result, kept from pixel `first` of it on.
struct keep_band {
  stage::store to;
  index_t first;
  template <class Count>
  LOWBIT_INLINE void operator()(float* x, index_t row, index_t col, Count count) const noexcept {
    to(x, row - first, col, count);
  }
};

/// One thread's share of two layers: rows of the pool's result, counted over all images.
template <class Pool, isa_tag Tag, makes_parts Layer>
class band_run {
 public:
  /// `memory` holds `room` rows of an image of shape `between`, at least as many as one pooled row sees.
  band_run(Tag tag, const Layer& layer, const typename Layer::workspace_type& work,
           const window& over, tensor_shape between, float* memory, index_t room)
      : tag_(tag),
        layer_(layer),
        work_(work),
        over_(over),
        between_(between),
        row_(between.width * between.channels),
        memory_(memory),
        room_(room) {}

  void operator()(index_t first, index_t end, const tensor_view<float>& y) {
    while (first < end) {
      const index_t n = first / y.shape.height, top = first % y.shape.height;
      const index_t left = end - first, below = y.shape.height - top;
      const index_t rows = least(least(left, below), rows_at_once());
      const pooled_band band = band_under(over_, between_.height, top, top + rows);
      make(n, band.first, band.end);
      const index_t height = band.end - band.first;
      tensor_view<float> out = y;
      out.data = &y(n, top, 0, 0);
      out.shape = {1, rows, y.shape.width, y.shape.channels};
      Pool::pool(tag_,
                 tensor_view<const float>{memory_,
                                          {1, height, between_.width, between_.channels},
                                          height * row_,
                                          row_,
                                          between_.channels,
                                          1},
                 band.over, out, serial_executor{});
      first += rows;
    }
  }

 private:
  [[nodiscard]] static index_t least(index_t a, index_t b) noexcept { return a < b ? a : b; }

  /// Pooled rows of a band: what the memory holds, at least one.
  [[nodiscard]] index_t rows_at_once() const noexcept {
    const window_axis& down = over_.down;
    if (room_ >= between_.height) return down.outputs(between_.height);
    return (room_ - down.reach()) / down.stride + 1;
  }

  /// Rows first ... end - 1 of image n into the memory; those that are there already only move.
  void make(index_t n, index_t first, index_t end) {
    const bool overlap = n == image_ && first < end_;
    const index_t kept = overlap ? end_ - first : 0;
    if (overlap && first > first_)
      std::memmove(memory_, memory_ + (first - first_) * row_,
                   static_cast<std::size_t>(kept * row_) * sizeof(float));
    const index_t pixel = (n * between_.height + first) * between_.width;
    const index_t pixels = (end - first) * between_.width;
    layer_.run(tag_, work_, pixel + kept * between_.width, pixel + pixels,
               keep_band{{matrix_view<float>(memory_, pixels, between_.channels)}, pixel});
    image_ = n;
    first_ = first;
    end_ = end;
  }

  Tag tag_;
  const Layer& layer_;
  const typename Layer::workspace_type& work_;
  const window& over_;
  tensor_shape between_;
  index_t row_;
  float* memory_;
  index_t room_;
  index_t image_ = -1, first_ = 0, end_ = 0;  ///< what the memory holds
};

/// y = the pool of what `layer` makes of the images that its workspace holds. `between` is memory for all of
/// that, of which each thread uses a band.
template <class Pool, isa_tag Tag, makes_parts Layer, executor Executor>
void pool_in_bands(Tag tag, const Layer& layer, const typename Layer::workspace_type& work,
                   const window& over, image_tensor<float>& between, const tensor_view<float>& y,
                   const Executor& on) {
  constexpr index_t cache_share = 512 * 1024;
  const tensor_shape in = between.shape();
  const index_t rows_in = in.batch * in.height, rows_out = y.shape.batch * y.shape.height;
  if (rows_out == 0) return;
  const index_t row = in.width * in.channels, reach = over.down.reach();
  const index_t needed = reach < in.height ? reach : in.height;
  const index_t wanted = row_parts(on, rows_in, row), most = rows_in / needed;
  const index_t parts = wanted < most ? wanted : most;
  const index_t fit = row > 0 ? cache_share / (row * index_t{sizeof(float)}) : needed;
  in_parts(on, parts, [&](index_t part) {
    const index_t first = rows_in * part / parts, room = rows_in * (part + 1) / parts - first;
    const index_t used = fit < needed ? needed : fit < room ? fit : room;
    band_run<Pool, Tag, Layer> run(tag, layer, work, over, in,
                                   between.mutable_pixels().data() + first * row, used);
    run(rows_out * part / parts, rows_out * (part + 1) / parts, y);
  });
}

}  // namespace detail::ops
LOWBIT_END

#endif
