// lowbit/convolution/float_strips.hpp – windows of floats times filters, strip by strip, tile by tile.
//
//     strip     up to 64 windows, whose inputs stay in the L1 cache while all filters pass by
//     tile      as many windows as an ISA's registers hold, times 16 filters (kernel/floats/tile.hpp);
//               windows that are left over go one by one, with several blocks of filters at once
//
// The numbers of a tile go through the stages while they are in the cache.
#ifndef LOWBIT_CONVOLUTION_FLOAT_STRIPS_HPP
#define LOWBIT_CONVOLUTION_FLOAT_STRIPS_HPP

#include "lowbit/arch/run_on.hpp"
#include "lowbit/convolution/window_table.hpp"
#include "lowbit/dispatch/any_isa.hpp"
#include "lowbit/epilogue/float_stage.hpp"
#include "lowbit/kernel/floats/tile.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// Filters and biases as tiles read them: blocks of 16 filters, step by step, the last one filled with zeros.
struct float_filter_blocks {
  const float* weights;
  const float* bias;
  index_t filters, columns;  ///< without and with those that fill the last block
  index_t steps;             ///< products per sum
};

/// A product of the windows of a table, whose inputs lie at `image`, and filters.
template <float_stage S>
class float_strips {
 public:
  static constexpr index_t windows_of_strip = 64;

  float_strips(const window_table<kernel::float_run>& windows, const float_filter_blocks& filters,
               const double* image, const S& epilogue) noexcept
      : windows_(windows), filters_(filters), image_(image), epilogue_(epilogue) {}

  /// Windows first ... end - 1 of the table, which are pixels pixel + first ... of the result.
  template <isa_tag Tag>
  void run(Tag tag, index_t pixel, index_t first, index_t end) const {
    for (; first < end; first += windows_of_strip)
      run_strip(tag, pixel, first, min_of(end, first + windows_of_strip));
  }

 private:
  /// Tiles of as many windows as go together, block by block; then the windows that are left, one by one.
  template <isa_tag Tag>
  void run_strip(Tag tag, index_t pixel, index_t first, index_t end) const {
    using namespace kernel;
    constexpr std::size_t together = float_pixels<Tag>, blocks = float_blocks<Tag>;
    constexpr auto pixels = static_cast<index_t>(together);
    constexpr index_t cols = static_cast<index_t>(blocks) * float_filters;
    const index_t whole = first + (end - first) / pixels * pixels;
    if (whole > first)
      for (index_t col = 0; col < filters_.filters; col += float_filters)
        for (index_t r = first; r < whole; r += pixels) run_tile<together, 1>(tag, pixel, r, col);
    for (index_t r = whole; r < end; ++r) {
      index_t col = 0;
      if constexpr (blocks > 1)
        for (; col + cols <= filters_.columns; col += cols) run_tile<1, blocks>(tag, pixel, r, col);
      for (; col < filters_.filters; col += float_filters) run_tile<1, 1>(tag, pixel, r, col);
    }
  }

  /// P windows from window r on with B blocks of filters from channel `col` on.
  template <std::size_t P, std::size_t B, isa_tag Tag>
  void run_tile(Tag tag, index_t pixel, index_t r, index_t col) const {
    using namespace kernel;
    float out[B][P][float_filters];
    float_tile<P, B>(tag,
                     float_windows{image_, windows_.starts() + r, windows_.runs(),
                                   windows_.run_count(), filters_.weights + col * filters_.steps,
                                   float_filters * filters_.steps, filters_.bias + col},
                     out);
    store_tile(tag, &out[0][0][0], static_cast<index_t>(B), static_cast<index_t>(P), pixel + r,
               col);
  }

  /// All numbers of a tile through the stages: compiled once per ISA, not once per tile size.
  template <isa_tag Tag>
  void store_tile(Tag tag, float* tile, index_t blocks, index_t windows, index_t row,
                  index_t col) const {
    using kernel::float_filters;
    const auto store_all = [&]() LOWBIT_INLINE_LAMBDA {
      for (index_t b = 0; b < blocks; ++b, tile += windows * float_filters) {
        const index_t first = col + b * float_filters, left = filters_.filters - first;
        epilogues::for_each_sixteen(tag, left < float_filters ? left : float_filters,
                                    [&](index_t, auto count) LOWBIT_INLINE_LAMBDA {
                                      for (index_t p = 0; p < windows; ++p)
                                        epilogue_(tile + p * float_filters, row + p, first, count);
                                    });
      }
    };
    arch::run_on(tag, store_all);
  }

  const window_table<kernel::float_run>& windows_;
  const float_filter_blocks& filters_;
  const double* image_;
  const S& epilogue_;
};

}  // namespace detail::convolution
LOWBIT_END

#endif
