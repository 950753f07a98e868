// lowbit/kernel/floats/tile.hpp – float windows times float filters: the first layer of a network.
//
// The second, and last, float product of the library (the first is kernel/floats/row.hpp). Networks on bits keep their
// first layer and their shortcut convolutions in floats. Two paths agree only if the order of additions is part of the
// definition. Here one sum is one chain in double,
//
//     sum = bias;  sum = sum + double(x) * double(w)  for every tap and channel in order;  float(sum)
//
// whose products are exact, so fused multiply-add changes nothing. Vectors run across the filters: 16 filters are
// contiguous in memory, step by step, and each has a lane of its own on every ISA. A tile is P windows x B blocks of 16
// filters. A step costs 2 B loads with conversion, P broadcasts and 2 P B multiply-adds of 8 lanes. Many windows share
// one block (B = 1). A few windows (the last ones, or the one pixel before the classes) take several blocks, because
// each sum is a chain of dependent additions.
#ifndef LOWBIT_KERNEL_FLOATS_TILE_HPP
#define LOWBIT_KERNEL_FLOATS_TILE_HPP

#include <cstring>

#include "lowbit/arch/isa.hpp"
#include "lowbit/simd/float_lanes.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Filters of a tile.
inline constexpr index_t float_filters = 16;

/// Prefetch distance in floats: 2 KiB, half a page, so that the next page's translation is also loaded in time. The
/// weights of a network are not in the cache when they are needed.
inline constexpr index_t read_ahead = 512;

/// `size` steps whose inputs are contiguous, `offset` elements behind the window's start.
struct float_run {
  index_t offset;
  index_t size;
};

/// What a tile reads: the starts of windows, the runs of a window, 16 weights per step, and 16 biases per block. The
/// weights of the next block are `block` floats behind.
struct float_windows {
  const double* image;
  const index_t* starts;
  const float_run* runs;
  index_t run_count;
  const float* weights;
  index_t block;
  const float* bias;
};

/// out[b][p][f] for B blocks and P windows. Lanes are 8 doubles.
template <class Lanes, std::size_t P, std::size_t B>
LOWBIT_INLINE void float_tile_body(const float_windows& from,
                                   float (*out)[P][float_filters]) noexcept {
  Lanes sum[B][P][2];
  const double* x[P];
  LOWBIT_UNROLL
  for (std::size_t p = 0; p < P; ++p) x[p] = from.image + from.starts[p];
  LOWBIT_UNROLL
  for (std::size_t b = 0; b < B; ++b) {
    const float* const bias = from.bias + static_cast<index_t>(b) * float_filters;
    LOWBIT_UNROLL
    for (std::size_t p = 0; p < P; ++p) {
      simd::load(sum[b][p][0], bias);
      simd::load(sum[b][p][1], bias + 8);
    }
  }
  const float* w = from.weights;
  for (index_t r = 0; r < from.run_count; ++r) {
    const float_run run = from.runs[r];
    for (index_t k = run.offset; k < run.offset + run.size; ++k, w += float_filters) {
      LOWBIT_UNROLL
      for (std::size_t b = 0; b < B; ++b) {
        const float* const weights = w + static_cast<index_t>(b) * from.block;
        LOWBIT_PREFETCH(weights + read_ahead);
        Lanes low, high;
        simd::load(low, weights);
        simd::load(high, weights + 8);
        LOWBIT_UNROLL
        for (std::size_t p = 0; p < P; ++p) {
          simd::add_product(sum[b][p][0], x[p][k], low);
          simd::add_product(sum[b][p][1], x[p][k], high);
        }
      }
    }
  }
  LOWBIT_UNROLL
  for (std::size_t b = 0; b < B; ++b) {
    LOWBIT_UNROLL
    for (std::size_t p = 0; p < P; ++p) {
      simd::store(sum[b][p][0], out[b][p]);
      simd::store(sum[b][p][1], out[b][p] + 8);
    }
  }
}

/// Windows of a tile of one block, as many as leave the sums in registers; and blocks of a tile of one window.
template <class Tag>
inline constexpr std::size_t float_pixels = 1;
template <class Tag>
inline constexpr std::size_t float_blocks = 1;

template <std::size_t P, std::size_t B>
void float_tile(isa::scalar, const float_windows& from, float (*out)[P][float_filters]) noexcept {
  float_tile_body<simd::double_parts<simd::two_doubles>, P, B>(from, out);
}

#if LOWBIT_X86
template <>
inline constexpr std::size_t float_pixels<isa::avx2> = 2;
template <>
inline constexpr std::size_t float_pixels<isa::avx512bw> = 8;
template <>
inline constexpr std::size_t float_blocks<isa::avx512bw> = 4;
template <>
inline constexpr std::size_t float_pixels<isa::avx512vpopcntdq> = 8;
template <>
inline constexpr std::size_t float_blocks<isa::avx512vpopcntdq> = 4;

template <std::size_t P, std::size_t B>
LOWBIT_TARGET_AVX2 void float_tile(isa::avx2, const float_windows& from,
                                   float (*out)[P][float_filters]) noexcept {
  float_tile_body<simd::double_parts<simd::four_doubles>, P, B>(from, out);
}
template <std::size_t P, std::size_t B>
LOWBIT_TARGET_AVX512BW void float_tile(isa::avx512bw, const float_windows& from,
                                       float (*out)[P][float_filters]) noexcept {
  float_tile_body<simd::double_lanes, P, B>(from, out);
}
#endif

}  // namespace detail::kernel
LOWBIT_END

#endif
