// lowbit/kernel/bits/carry_save_lanes.hpp – panel tiles of lanes that add registers before they count them.
//
// On an ISA without any count of bits, a step's bits go through full adders (kernel/bits/carry_save.hpp). Each register
// of lanes and each lhs row has its own:
//
//     run       [ 4 words | 4 words | ... | rest ]       a word is two steps, four make eight registers
//     carried       ones, twos, fours, eights
//     sums      += ones + 2 * twos + 4 * fours + 8 * eights, lane by lane, after the run
//
// Eight steps cost 8 operations of the product, 35 of the adders and 16 of the count. That is 7.4 per step of a
// register, against 17 for a count each. No sum crosses lanes, so that short depths pay as well: the four counts at the
// end of a run are all they cost.
//
// These are kernel/bits/lane_counts.hpp's count_runs and count_all(masked_dot), overloaded for such lanes.
#ifndef LOWBIT_KERNEL_BITS_CARRY_SAVE_LANES_HPP
#define LOWBIT_KERNEL_BITS_CARRY_SAVE_LANES_HPP

#include "lowbit/kernel/bits/carry_save.hpp"
#include "lowbit/kernel/bits/lane_counts.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Lanes whose registers are counted by full adders.
template <class Lanes>
concept lane_full_adding = full_adding<typename Lanes::counts>;

/// Where the words of one lhs row and the steps of one register of the panel lie, plane 0.
template <class Lanes>
struct lane_steps {
  using reg = typename Lanes::reg;
  const word* lhs;
  const std::uint8_t* panel;
  index_t row_bytes;  ///< from step to step

  /// Bits 32 * step ... of the row in every lane, and the lanes' own.
  LOWBIT_INLINE void load(reg& a, reg& b, index_t step) const noexcept {
    Lanes::broadcast(a, lhs[step / 2], static_cast<int>(step % 2));
    Lanes::load(b, panel + step * row_bytes);
  }
};

/// sum += the bits that bits(out, step) makes, over `words` words of two steps each.
template <class Counts, class Bits>
LOWBIT_INLINE void count_steps(typename Counts::reg& sum, index_t words,
                               const Bits& bits) noexcept {
  constexpr index_t group = 4;
  typename Counts::reg x;
  index_t w = 0;
  if (words >= group) {
    carried<Counts> all;
    zero(all);
    for (; w + group <= words; w += group)
      add_eight(all, [&](auto& out, index_t j) LOWBIT_INLINE_LAMBDA { bits(out, 2 * w + j); });
    typename Counts::reg weighted = all.eights;
    for (const typename Counts::reg* carry : {&all.fours, &all.twos, &all.ones}) {
      weighted = weighted + weighted;
      Counts::count(weighted, *carry);
    }
    sum = sum + weighted;
  }
  for (index_t step = 2 * w; step < 2 * words; ++step) {
    bits(x, step);
    Counts::count(sum, x);
  }
}

/// f(m, v, i, words, steps) for every run and every register of the tile: the i-th of lanes (m, v).
template <lane_full_adding Lanes, std::size_t M, std::size_t V, class F>
LOWBIT_INLINE void for_each_register(const tile_operands<M>& from, run_list runs,
                                     const F& f) noexcept {
  constexpr index_t vector_bytes = panel_lanes * step_bits / 8;
  constexpr index_t row_bytes = static_cast<index_t>(V) * vector_bytes;
  constexpr index_t steps_of_word = word_bits / step_bits;
  for (const product_run run : runs)
    for (std::size_t m = 0; m < M; ++m)
      for (std::size_t v = 0; v < V; ++v)
        for (std::size_t i = 0; i < Lanes::registers; ++i)
          f(m, v, i, ceil_div(run.depth, word_bits),
            lane_steps<Lanes>{from.lhs[m] + run.lhs_word,
                              from.panel + run.rhs_word * steps_of_word * row_bytes +
                                  static_cast<index_t>(v) * vector_bytes +
                                  static_cast<index_t>(i * sizeof(typename Lanes::reg)),
                              row_bytes});
}

/// Counts up or down over all runs, for one step of a schedule.
template <lane_full_adding Lanes, bit_operation Operation, std::size_t M, std::size_t V>
LOWBIT_INLINE void count_runs(const tile_operands<M>& from, const schedule_step& step,
                              run_list runs, Lanes (&sums)[M][V]) noexcept {
  using counts = typename Lanes::counts;
  using reg = typename Lanes::reg;
  const auto add = [&](std::size_t m, std::size_t v, std::size_t i, index_t words,
                       lane_steps<Lanes> steps) LOWBIT_INLINE_LAMBDA {
    steps.lhs += step.lhs_plane * from.lhs_plane_stride;
    steps.panel += step.rhs_plane * from.panel_plane_bytes;
    reg count;
    counts::zero(count);
    count_steps<counts>(count, words, [&](reg& out, index_t k) LOWBIT_INLINE_LAMBDA {
      reg a, b;
      steps.load(a, b, k);
      out = Operation == bit_operation::bit_xor ? a ^ b : a & b;
    });
    reg& sum = sums[m][v].v[i];
    sum = counts_down(Operation) ? sum - count : sum + count;
  };
  for_each_register<Lanes, M, V>(from, runs, add);
}

/// Nonzero pairs, less twice those of opposite signs.
template <lane_full_adding Lanes, std::size_t M, std::size_t V>
LOWBIT_INLINE void count_all(const tile_operands<M>& from, masked_dot, run_list runs,
                             Lanes (&sums)[M][V]) noexcept {
  using counts = typename Lanes::counts;
  using reg = typename Lanes::reg;
  const auto add = [&](std::size_t m, std::size_t v, std::size_t i, index_t words,
                       const lane_steps<Lanes>& steps) LOWBIT_INLINE_LAMBDA {
    const lane_steps<Lanes> signs{steps.lhs + from.lhs_plane_stride,
                                  steps.panel + from.panel_plane_bytes, steps.row_bytes};
    const auto nonzero = [&](reg& out, index_t k) LOWBIT_INLINE_LAMBDA {
      reg a, b;
      steps.load(a, b, k);
      out = a & b;
    };
    const auto opposite = [&](reg& out, index_t k) LOWBIT_INLINE_LAMBDA {
      reg a, b;
      nonzero(out, k);
      signs.load(a, b, k);
      out = out & (a ^ b);
    };
    reg count, minus;
    counts::zero(count);
    counts::zero(minus);
    count_steps<counts>(count, words, nonzero);
    count_steps<counts>(minus, words, opposite);
    sums[m][v].v[i] = sums[m][v].v[i] + count - minus - minus;
  };
  for_each_register<Lanes, M, V>(from, runs, add);
}

}  // namespace detail::kernel
LOWBIT_END

#endif
