// lowbit/kernel/bits/fused_adder.hpp – full adders that multiply on the way.
//
// An instruction of three inputs and any truth table (AVX-512's vpternlogd) multiplies two bits and adds the product to
// a third bit, modulo 2. Two such additions give the carry, too, although neither product is computed alone:
//
//     half  = ones ^ (a1 op b1)
//     next  = half ^ (a0 op b0)
//     carry = majority(ones, ones ^ half, half ^ next)      a truth table of ones, half and next
//
//     ones + (a0 op b0) + (a1 op b1) = next + 2 * carry,  bit by bit
//
// So a word of depth (two steps of a panel) takes three ternary-logic instructions, one vector popcount of the
// carries and one addition: 5 operations. Counting each step takes 6. The roof rises from 341 products per cycle on
// two 512-bit ports to 1024 / (5 / 2) = 410. (An adder after a separate xor would cost what it saves: 2 + 2 + 2.) On
// cores with more ports for logic than for ternary logic such adders are slower, so tiles count there
// (dispatch/core.hpp, panel_layout::adders).
//
// Each sum is held in two registers,
//
//     sum = 2 * twos + |ones|   where products are counted up (and)
//     sum = 2 * twos - |ones|   where they are counted down (xor),
//
// and joining them takes three operations. A few words of depth save more than that. Shorter depths and runs are
// counted step by step (kernel/bits/lane_counts.hpp).
#ifndef LOWBIT_KERNEL_BITS_FUSED_ADDER_HPP
#define LOWBIT_KERNEL_BITS_FUSED_ADDER_HPP

#include "lowbit/kernel/bits/lane_counts.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Lanes with such adders.
template <class Lanes>
concept fused_adding = requires(Lanes& r) {
  Lanes::add_xor(r, r, r, r, r, r);
  Lanes::add_and(r, r, r, r, r, r);
  Lanes::invert(r);
};

/// True if adders cost less than counting. They save one operation per word of a run. They cost two more for a last
/// word of one step, and three for starting and joining the two registers of a sum. (Measured: three words are counted
/// in less time.)
[[nodiscard]] inline bool adders_pay(run_list runs) noexcept {
  index_t gain = -3;
  for (const product_run run : runs) {
    const index_t rest = run.depth % word_bits;
    gain += run.depth / word_bits + (rest == 0 ? 0 : rest <= step_bits ? -2 : 1);
  }
  return gain > 0;
}

/// The registers of a tile's sums.
template <class Lanes, std::size_t M, std::size_t V>
struct adder_sums {
  Lanes (&twos)[M][V];
  Lanes ones[M][V];

  template <class F>
  LOWBIT_INLINE void for_each(const F& f) noexcept {
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) {
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v) f(twos[m][v], ones[m][v]);
    }
  }
  /// Every sum = 2 * half.
  LOWBIT_INLINE void start(const Lanes& half) noexcept {
    for_each([&](Lanes& two, Lanes& one) LOWBIT_INLINE_LAMBDA {
      two = half;
      Lanes::zero(one);
    });
  }
  /// All of a sum in its first register.
  template <bit_operation Operation>
  LOWBIT_INLINE void join() noexcept {
    for_each([](Lanes& two, Lanes& one) LOWBIT_INLINE_LAMBDA {
      Lanes::add(two, two);
      if constexpr (counts_down(Operation))
        Lanes::subtract_count(two, one);
      else
        Lanes::add_count(two, one);
    });
  }
  /// sum <<= by, which is at least 1: joined sums are half of what they become.
  template <bit_operation Operation>
  LOWBIT_INLINE void shift_left(int by) noexcept {
    join<Operation>();
    for_each([&](Lanes& two, Lanes& one) LOWBIT_INLINE_LAMBDA {
      if (by > 1) Lanes::shift_left(two, by - 1);
      Lanes::zero(one);
    });
  }
  /// sum = -sum: of 32 bits, those that are 0 count instead of those that are 1.
  template <bit_operation Operation>
  LOWBIT_INLINE void negate() noexcept {
    for_each([](Lanes& two, Lanes& one) LOWBIT_INLINE_LAMBDA {
      Lanes::negate(two);
      Lanes::add_scalar(two, counts_down(Operation) ? 16u : 0u - 16u);
      Lanes::invert(one);
    });
  }
};

/// A word of both sides: the products of lhs row m with vector v, added to their sum.
template <bit_operation Operation, fused_adding Lanes, std::size_t M, std::size_t V>
LOWBIT_INLINE void add_word(adder_sums<Lanes, M, V>& sums, std::size_t m, std::size_t v,
                            const Lanes (&a)[2], const Lanes (&b)[2]) noexcept {
  Lanes carry;
  if constexpr (Operation == bit_operation::bit_xor) {
    Lanes::add_xor(carry, sums.ones[m][v], a[0], b[0], a[1], b[1]);
    Lanes::subtract_count(sums.twos[m][v], carry);
  } else {
    Lanes::add_and(carry, sums.ones[m][v], a[0], b[0], a[1], b[1]);
    Lanes::add_count(sums.twos[m][v], carry);
  }
}

/// All runs of one step of a schedule.
template <bit_operation Operation, fused_adding Lanes, std::size_t M, std::size_t V>
LOWBIT_INLINE void add_runs(const tile_operands<M>& from, const schedule_step& step, run_list runs,
                            adder_sums<Lanes, M, V>& sums) noexcept {
  constexpr index_t vector_bytes = panel_lanes * step_bits / 8;
  constexpr index_t row = static_cast<index_t>(V) * vector_bytes;
  for (const product_run run : runs) {
    const index_t words = ceil_div(run.depth, word_bits);
    const std::uint8_t* w = from.panel + step.rhs_plane * from.panel_plane_bytes +
                            run.rhs_word * (word_bits / step_bits) * row;
    const word* lhs[M];
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m)
      lhs[m] = from.lhs[m] + step.lhs_plane * from.lhs_plane_stride + run.lhs_word;
    for (index_t k = 0; k < words; ++k, w += 2 * row) {
      Lanes a[2], b[V][2];
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v) {
        Lanes::load(b[v][0], w + static_cast<index_t>(v) * vector_bytes);
        Lanes::load(b[v][1], w + static_cast<index_t>(v) * vector_bytes + row);
      }
      LOWBIT_UNROLL
      for (std::size_t m = 0; m < M; ++m) {
        Lanes::broadcast(a[0], lhs[m], 2 * k);
        Lanes::broadcast(a[1], lhs[m], 2 * k + 1);
        LOWBIT_UNROLL
        for (std::size_t v = 0; v < V; ++v) add_word<Operation>(sums, m, v, a, b[v]);
      }
    }
  }
}

/// sums = 2 * half and then what count_all (kernel/bits/lane_counts.hpp) does, by adders. Steps of one level share
/// their ones.
template <fused_adding Lanes, bit_operation Operation, std::size_t M, std::size_t V>
LOWBIT_INLINE void add_all(const tile_operands<M>& from, steps_of<Operation> steps, run_list runs,
                           const Lanes& half, Lanes (&all)[M][V]) noexcept {
  const product_schedule& schedule = steps.all;
  adder_sums<Lanes, M, V> sums{all, {}};
  sums.start(half);
  for (int s = 0; s < schedule.size; ++s) {
    const schedule_step& step = schedule.steps[static_cast<std::size_t>(s)];
    if (step.shift_before > 0) sums.template shift_left<Operation>(step.shift_before);
    if (step.negate_before) sums.template negate<Operation>();
    add_runs<Operation>(from, step, runs, sums);
  }
  sums.template join<Operation>();
  if (schedule.negate_after) negate_all(all);
  if (schedule.shift_after > 0)
    for_each_sum(all, [&](Lanes& sum)
                          LOWBIT_INLINE_LAMBDA { Lanes::shift_left(sum, schedule.shift_after); });
}
template <fused_adding Lanes, bit_operation Operation, std::size_t M, std::size_t V>
LOWBIT_INLINE void add_all(const tile_operands<M>& from, single_step<Operation> step, run_list runs,
                           const Lanes& half, Lanes (&all)[M][V]) noexcept {
  adder_sums<Lanes, M, V> sums{all, {}};
  sums.start(half);
  add_runs<Operation>(from, {}, runs, sums);
  sums.template join<Operation>();
  double_all(all, step.shift);
}

}  // namespace detail::kernel
LOWBIT_END

#endif
