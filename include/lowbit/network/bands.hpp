// lowbit/network/bands.hpp – a float convolution and the pool behind it, a band of rows at a time.
//
// The first layers of most networks for images are a float convolution and a pool. The floats between them are the
// largest value of the whole network. 112 x 112 x 64 floats are 3.2 MB, more than an L2 cache holds. Written by one
// layer and read by the next, they go to the L3 cache and back. In bands they stay in the L2:
//
//     conv's rows    | kept | made now                     |    one band (convolution/sliding_rows.hpp)
//                    +------+------------------------------+
//     pooled rows        | y | y + 1 | ...                      as many as those rows cover
//
// Only rows that two threads both need are computed twice. Values and their order are those of the two layers one after
// the other. sequential (network/sequential.hpp) calls this for a pool (layer_effects::fuses_previous) behind a layer
// that makes its result in pieces.
#ifndef LOWBIT_NETWORK_BANDS_HPP
#define LOWBIT_NETWORK_BANDS_HPP

#include "lowbit/convolution/sliding_rows.hpp"
#include "lowbit/core/window.hpp"
#include "lowbit/executor/on.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/network/memory_plan.hpp"
#include "lowbit/network/values.hpp"

LOWBIT_BEGIN
namespace detail::network {

template <makes_parts Layer>
using share_of = decltype(std::declval<const Layer&>().read(
    std::declval<const tensor_view<const float>&>(),
    std::declval<typename Layer::workspace_type&>(), index_t{}, index_t{}));

/// Rows of an image that some rows of its pool read, and the pool's window over these rows alone.
struct pooled_band {
  index_t first, end;
  window over;
};

/// For rows first ... end - 1 of the pool of an image of `height` rows.
[[nodiscard]] inline pooled_band band_under(window over, index_t height, index_t first,
                                            index_t end) noexcept {
  window_axis& vertical = over.vertical;
  const index_t begin = first * vertical.stride - vertical.before;
  const index_t behind = (end - 1) * vertical.stride - vertical.before + vertical.extent();
  const index_t top = begin < 0 ? 0 : begin, bottom = behind > height ? height : behind;
  vertical.before = top - begin;
  vertical.after = behind - bottom;
  return {top, bottom, over};
}

/// Stores pixels of the result, whose pixel `first` is the first pixel of `to`.
struct keep_band {
  stage::store to;
  index_t first;
  template <class Count>
  LOWBIT_INLINE void operator()(float* x, index_t row, index_t col, Count count) const noexcept {
    to(x, row - first, col, count);
  }
};

/// One thread's share of two layers: rows of the pool's result, counted over all images. Both run on Isa.
template <class Pool, makes_parts Layer, isa_tag Isa>
class band_run {
 public:
  /// `band` has room for as many rows of an image of shape `between` as one pooled row reads.
  band_run(Isa isa, const Layer& layer, const typename Layer::workspace_type& work,
           share_of<Layer> share, const window& over, tensor_shape between,
           convolution::sliding_rows<float> band)
      : where_(isa),
        layer_(layer),
        work_(work),
        share_(share),
        over_(over),
        between_(between),
        band_(band) {}

  void operator()(index_t first, index_t end, const tensor_view<float>& y) {
    while (first < end) {
      const index_t n = first / y.shape.height, top = first % y.shape.height;
      const index_t left = end - first, below = y.shape.height - top;
      const index_t rows = min_of(min_of(left, below), rows_at_once());
      const pooled_band seen = band_under(over_, between_.height, top, top + rows);
      const float* const made = make(n * between_.height, seen.first, seen.end);
      const index_t height = seen.end - seen.first, row = band_.length();
      tensor_view<float> out = y;
      out.data = &y(n, top, 0, 0);
      out.shape = {1, rows, y.shape.width, y.shape.channels};
      Pool::pool(tensor_view<const float>{made,
                                          {1, height, between_.width, between_.channels},
                                          height * row,
                                          row,
                                          between_.channels,
                                          1},
                 seen.over, out, where_);
      first += rows;
    }
  }

 private:
  /// Pooled rows of a band: what the memory holds, at least one.
  [[nodiscard]] index_t rows_at_once() const noexcept {
    const window_axis& vertical = over_.vertical;
    if (band_.room() >= between_.height) return vertical.outputs(between_.height);
    return (band_.room() - vertical.extent()) / vertical.stride + 1;
  }

  /// Rows first ... end - 1 of the image whose first row is row `image` of all.
  [[nodiscard]] const float* make(index_t image, index_t first, index_t end) {
    const index_t begin = image + first, width = between_.width;
    band_.hold(begin, image + end, [&](index_t from, index_t to) {
      const matrix_view<float> kept(band_.row(begin), (to - begin) * width, between_.channels);
      layer_.run(work_, share_, from, to, keep_band{{kept}, begin * width}, where_);
    });
    return band_.row(begin);
  }

  on<Isa> where_;  ///< this thread
  const Layer& layer_;
  const typename Layer::workspace_type& work_;
  share_of<Layer> share_;
  const window& over_;
  tensor_shape between_;
  convolution::sliding_rows<float> band_;
};

/// y = the pool of what `layer` makes of the images x. `between` is memory for all rows of the layer's result; each
/// thread uses a band of it.
template <class Pool, makes_parts Layer, executor Executor>
void pool_in_bands(const Layer& layer, const tensor_view<const float>& x,
                   typename Layer::workspace_type& work, const window& over,
                   image_tensor<float>& between, const tensor_view<float>& y,
                   const Executor& where) {
  constexpr index_t cache_share = 512 * 1024;
  const auto isa = isa_of(where);
  const tensor_shape in = between.shape();
  const index_t most = layer.most_parts(x.shape, work);
  const index_t rows_in = in.batch * in.height, rows_out = y.shape.batch * y.shape.height;
  if (rows_out == 0) return;
  const index_t row = in.width * in.channels, needed = min_of(over.vertical.extent(), in.height);
  const index_t parts =
      min_of(min_of(executors::parts_worth(where, rows_in, row), rows_in / needed), most);
  const index_t fit = row > 0 ? cache_share / index_t{sizeof(float)} / row : needed;
  executors::for_each_part(where, parts, [&](index_t part) {
    band_run<Pool, Layer, std::remove_const_t<decltype(isa)>> run(
        isa, layer, work, layer.read(x, work, part, parts), over, in,
        convolution::share_of_rows(between.mutable_pixels().data(), rows_in, row, part, parts,
                                   needed, fit));
    run(share_begin(rows_out, part, parts), share_begin(rows_out, part + 1, parts), y);
  });
}

}  // namespace detail::network
LOWBIT_END

#endif
