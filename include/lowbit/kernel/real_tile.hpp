// lowbit/kernel/real_tile.hpp – real windows times real filters: the first layer of a network.
//
// The second, and last, float product of the library (the first is kernel/real_row.hpp): networks on bits
// keep their first layer and their shortcut convolutions real. Two paths agree only if the order of
// additions is part of the definition. Here one sum is one chain in double,
//
//     sum = bias;  sum = sum + double(x) * double(w)  for every tap and channel in order;  float(sum)
//
// whose products are exact, so that fused multiply-add changes nothing. Vectors run across the filters
// instead: 16 of them lie side by side in memory, step by step, and each has a lane of its own on every
// ISA. A tile is P windows x 16 filters; a step costs two loads with conversion, P broadcasts and 2 P
// multiply-adds of 8 lanes.
#ifndef LOWBIT_KERNEL_REAL_TILE_HPP
#define LOWBIT_KERNEL_REAL_TILE_HPP

#include <cstring>

#include "lowbit/arch/isa.hpp"
#include "lowbit/kernel/unroll.hpp"
#include "lowbit/simd/real_lanes.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Filters of a tile.
inline constexpr index_t real_filters = 16;

/// `size` steps whose inputs follow each other, `offset` numbers behind the window's start.
struct real_run {
  index_t offset;
  index_t size;
};

/// What a tile reads: windows by their starts, the runs of a window, weights (16 a step), 16 biases.
struct real_windows {
  const double* image;
  const index_t* starts;
  const real_run* runs;
  index_t run_count;
  const float* weights;
  const float* bias;
};

/// out[p][f] for P windows.
template <std::size_t P>
LOWBIT_INLINE void real_tile_body(const real_windows& from, float (*out)[real_filters]) noexcept {
  using simd::real_lanes;
  real_lanes sum[P][2];
  const double* x[P];
  unrolled<P>([&](auto p) LOWBIT_INLINE_LAMBDA {
    simd::load(sum[p][0], from.bias);
    simd::load(sum[p][1], from.bias + 8);
    x[p] = from.image + from.starts[p()];
  });
  const float* w = from.weights;
  for (index_t r = 0; r < from.run_count; ++r) {
    const real_run run = from.runs[r];
    for (index_t k = run.offset; k < run.offset + run.size; ++k, w += real_filters) {
      real_lanes low, high;
      simd::load(low, w);
      simd::load(high, w + 8);
      unrolled<P>([&](auto p) LOWBIT_INLINE_LAMBDA {
        simd::add_product(sum[p][0], x[p][k], low);
        simd::add_product(sum[p][1], x[p][k], high);
      });
    }
  }
  unrolled<P>([&](auto p) LOWBIT_INLINE_LAMBDA {
    simd::store(sum[p][0], out[p()]);
    simd::store(sum[p][1], out[p()] + 8);
  });
}

/// Windows of a tile: as many as leave the sums in registers.
template <class Tag>
inline constexpr std::size_t real_pixels = 1;

template <std::size_t P>
void real_tile(isa::scalar, const real_windows& from, float (*out)[real_filters]) noexcept {
  real_tile_body<P>(from, out);
}

#if LOWBIT_X86
template <>
inline constexpr std::size_t real_pixels<isa::avx2> = 2;
template <>
inline constexpr std::size_t real_pixels<isa::avx512bw> = 8;
template <>
inline constexpr std::size_t real_pixels<isa::avx512vpopcntdq> = 8;

template <std::size_t P>
LOWBIT_TARGET_AVX2 void real_tile(isa::avx2, const real_windows& from,
                                  float (*out)[real_filters]) noexcept {
  real_tile_body<P>(from, out);
}
template <std::size_t P>
LOWBIT_TARGET_AVX512BW void real_tile(isa::avx512bw, const real_windows& from,
                                      float (*out)[real_filters]) noexcept {
  real_tile_body<P>(from, out);
}
#endif

}  // namespace detail::kernel
LOWBIT_END

#endif
