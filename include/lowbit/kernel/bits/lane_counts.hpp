// lowbit/kernel/bits/lane_counts.hpp – counting the products of a tile whose rhs rows lie in lanes.
//
//                     V vectors of 16 rhs rows (one step of a panel)
//                     [w0 ........ w15][w16 ....... w31] ...
//   lhs row 0  a0 a0 a0 a0 ...   ->   sums(0, 0..15)   sums(0, 16..31)
//   lhs row 1  a1 a1 a1 a1 ...   ->   sums(1, 0..15)   sums(1, 16..31)
//     ...
//
// A step loads V vectors of the panel and broadcasts 32 bits of each of the M lhs rows. Each of the M * V pairs costs
// three operations, xor (or `and`), vector popcount and add, for 512 products. Nothing is summed across lanes, so short
// depths cost no more than long ones, and depth needs only a granularity of 32.
//
// The loops here count step by step. Lanes that are faster otherwise overload count_runs or count_all:
//
//     kernel/bits/byte_counts.hpp         counts in bytes first
//     kernel/bits/carry_save_lanes.hpp    adds eight registers before it counts one
//     kernel/bits/fused_adder.hpp         takes two steps in five operations
#ifndef LOWBIT_KERNEL_BITS_LANE_COUNTS_HPP
#define LOWBIT_KERNEL_BITS_LANE_COUNTS_HPP

#include <cstring>

#include "lowbit/dispatch/core.hpp"
#include "lowbit/kernel/bits/panels.hpp"
#include "lowbit/kernel/product_schedule.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

inline constexpr index_t panel_lanes = 16;  ///< rhs rows a vector holds
inline constexpr index_t step_bits = 32;    ///< elements of depth a step multiplies

/// Panels of `vectors` * 16 rows.
[[nodiscard]] constexpr panel_layout lanes_layout(index_t vectors, index_t words,
                                                  index_t planes) noexcept {
  const index_t rows = vectors * panel_lanes;
  return {rows, planes, words, words * rows * index_t{sizeof(word)}};
}

/// Reorders rhs rows first ... into one panel of zeros.
inline void pack_lanes(const operand& rhs, index_t first, const panel_layout& layout,
                       std::uint8_t* panel) noexcept {
  constexpr index_t step_bytes = step_bits / 8;
  for (index_t p = 0; p < layout.planes; ++p, panel += layout.plane_bytes)
    for (index_t r = 0; r < layout.rows && first + r < rhs.rows; ++r) {
      const word* const row = rhs.row(first + r, static_cast<int>(p));
      std::uint8_t* out = panel + r * step_bytes;
      for (index_t w = 0; w < layout.words; ++w) {
        const auto low = static_cast<std::uint32_t>(row[w]);
        const auto high = static_cast<std::uint32_t>(row[w] >> step_bits);
        std::memcpy(out, &low, sizeof low);
        std::memcpy(out + layout.rows * step_bytes, &high, sizeof high);
        out += 2 * layout.rows * step_bytes;
      }
    }
}

/// count(m, v, a, b) for every pair of the tile and every 32 bits of a run. a holds the 32 bits of lhs row m in every
/// lane, b those of 16 rhs rows. Both hold the step's plane and, if Planes = 2, the next plane.
template <class Lanes, std::size_t Planes, std::size_t M, std::size_t V, class Count>
LOWBIT_INLINE void for_each_pair(const tile_operands<M>& from, const schedule_step& step,
                                 product_run run, const Count& count) noexcept {
  constexpr index_t vector_bytes = panel_lanes * step_bits / 8;
  constexpr index_t row = static_cast<index_t>(V) * vector_bytes;
  const index_t steps = ceil_div(run.depth, step_bits);
  const std::uint8_t* w = from.panel + step.rhs_plane * from.panel_plane_bytes +
                          run.rhs_word * (word_bits / step_bits) * row;
  const word* lhs[M];
  LOWBIT_UNROLL
  for (std::size_t m = 0; m < M; ++m)
    lhs[m] = from.lhs[m] + step.lhs_plane * from.lhs_plane_stride + run.lhs_word;
  for (index_t k = 0; k < steps; ++k, w += row) {
    Lanes b[V][Planes];
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) {
      LOWBIT_UNROLL
      for (std::size_t p = 0; p < Planes; ++p) {
        Lanes::load(b[v][p], w + static_cast<index_t>(p) * from.panel_plane_bytes +
                                 static_cast<index_t>(v) * vector_bytes);
      }
    }
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) {
      Lanes a[Planes];
      LOWBIT_UNROLL
      for (std::size_t p = 0; p < Planes; ++p)
        Lanes::broadcast(a[p], lhs[m] + static_cast<index_t>(p) * from.lhs_plane_stride, k);
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v) count(m, v, a, b[v]);
    }
  }
}

/// Counts up or down over all runs, for one step of a schedule.
template <class Lanes, bit_operation Operation, std::size_t M, std::size_t V>
LOWBIT_INLINE void count_runs(const tile_operands<M>& from, const schedule_step& step,
                              run_list runs, Lanes (&sums)[M][V]) noexcept {
  const auto count = [&](auto m, auto v, const auto& a, const auto& b) LOWBIT_INLINE_LAMBDA {
    Lanes bits;
    if constexpr (Operation == bit_operation::bit_xor)
      Lanes::bit_xor(bits, a[0], b[0]);
    else
      Lanes::bit_and(bits, a[0], b[0]);
    if constexpr (counts_down(Operation))
      Lanes::subtract_count(sums[m][v], bits);
    else
      Lanes::add_count(sums[m][v], bits);
  };
  for (const product_run run : runs) for_each_pair<Lanes, 1, M, V>(from, step, run, count);
}

/// f(sum) for every sum of a tile.
template <class Lanes, std::size_t M, std::size_t V, class F>
LOWBIT_INLINE void for_each_sum(Lanes (&sums)[M][V], const F& f) noexcept {
  LOWBIT_UNROLL
  for (std::size_t m = 0; m < M; ++m) {
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) f(sums[m][v]);
  }
}

template <class Lanes, std::size_t M, std::size_t V>
LOWBIT_INLINE void negate_all(Lanes (&sums)[M][V]) noexcept {
  for_each_sum(sums, [](Lanes& sum) LOWBIT_INLINE_LAMBDA { Lanes::negate(sum); });
}

/// sum <<= by, which is small.
template <class Lanes, std::size_t M, std::size_t V>
LOWBIT_INLINE void double_all(Lanes (&sums)[M][V], int by) noexcept {
  for (; by > 0; --by)
    for_each_sum(sums, [](Lanes& sum) LOWBIT_INLINE_LAMBDA { Lanes::add(sum, sum); });
}

/// All steps of a schedule.
template <class Lanes, bit_operation Operation, std::size_t M, std::size_t V>
LOWBIT_INLINE void count_all(const tile_operands<M>& from, steps_of<Operation> steps, run_list runs,
                             Lanes (&sums)[M][V]) noexcept {
  const product_schedule& schedule = steps.all;
  // The addresses stay in memory: in registers they would leave none to the loops, and g++ moves them to and fro.
  const tile_operands<M>* stored = &from;
  LOWBIT_HIDE(stored);
  const auto shift_all = [&](int by) LOWBIT_INLINE_LAMBDA {
    if (by > 0)
      for_each_sum(sums, [&](Lanes& sum) LOWBIT_INLINE_LAMBDA { Lanes::shift_left(sum, by); });
  };
  for (int s = 0; s < schedule.size; ++s) {
    const schedule_step& step = schedule.steps[static_cast<std::size_t>(s)];
    shift_all(step.shift_before);
    if (step.negate_before) negate_all(sums);
    count_runs<Lanes, Operation>(*stored, step, runs, sums);
  }
  if (schedule.negate_after) negate_all(sums);
  shift_all(schedule.shift_after);
}
template <class Lanes, bit_operation Operation, std::size_t M, std::size_t V>
LOWBIT_INLINE void count_all(const tile_operands<M>& from, single_step<Operation> step,
                             run_list runs, Lanes (&sums)[M][V]) noexcept {
  count_runs<Lanes, Operation>(from, {}, runs, sums);
  double_all(sums, step.shift);
}

template <class Lanes, std::size_t M, std::size_t V>
LOWBIT_INLINE void count_all(const tile_operands<M>& from, masked_dot, run_list runs,
                             Lanes (&sums)[M][V]) noexcept {
  Lanes opposite[M][V];
  for_each_sum(opposite, [](Lanes& sum) LOWBIT_INLINE_LAMBDA { Lanes::zero(sum); });
  const auto count = [&](auto m, auto v, const auto& a, const auto& b) LOWBIT_INLINE_LAMBDA {
    Lanes bits;
    Lanes::bit_and(bits, a[0], b[0]);
    Lanes::add_count(sums[m][v], bits);
    Lanes::masked_xor(bits, bits, a[1], b[1]);
    Lanes::subtract_count(opposite[m][v], bits);
  };
  for (const product_run run : runs) for_each_pair<Lanes, 2, M, V>(from, {}, run, count);
  LOWBIT_UNROLL
  for (std::size_t m = 0; m < M; ++m) {
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) {
      Lanes::add(sums[m][v], opposite[m][v]);
      Lanes::add(sums[m][v], opposite[m][v]);
    }
  }
}

}  // namespace detail::kernel
LOWBIT_END

#endif
