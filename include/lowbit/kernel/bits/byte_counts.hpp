// lowbit/kernel/bits/byte_counts.hpp – panel tiles of lanes that count in bytes first.
//
// Where an ISA counts the bits of bytes and not of 32-bit lanes (simd/neon_lanes.hpp), widening each count
// would cost more than counting. A tile of bytes takes the counts of as many words as cannot overflow it. Then it is
// added to the tile of sums, or subtracted:
//
//     run       [ 15 words | 15 words | ... | rest ]
//     bytes       0 += ...   0 += ...         0 += ...
//     sums            +=         +=               +=
//
// These are kernel/bits/lane_counts.hpp's count_runs and count_all(masked_dot), overloaded for such lanes.
#ifndef LOWBIT_KERNEL_BITS_BYTE_COUNTS_HPP
#define LOWBIT_KERNEL_BITS_BYTE_COUNTS_HPP

#include "lowbit/kernel/bits/lane_counts.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Lanes that count in bytes first.
template <class Lanes>
concept byte_counting = requires(Lanes& sum, typename Lanes::byte_counts& counts) {
  Lanes::byte_words;
  Lanes::zero(counts);
  Lanes::add_count(counts, sum);
  Lanes::add_counts(sum, counts);
  Lanes::subtract_counts(sum, counts);
};

/// f(part) for every part of every run, none longer than bytes can count.
template <byte_counting Lanes, class F>
LOWBIT_INLINE void for_each_part(run_list runs, const F& f) noexcept {
  constexpr index_t most = Lanes::byte_words * word_bits;
  for (product_run run : runs)
    for (; run.depth > 0; run.depth -= most) {
      f(product_run{run.lhs_word, run.rhs_word, run.depth < most ? run.depth : most});
      run.lhs_word += Lanes::byte_words;
      run.rhs_word += Lanes::byte_words;
    }
}

/// Counts up or down over all runs, for one step of a schedule.
template <byte_counting Lanes, bit_operation Operation, std::size_t M, std::size_t V>
LOWBIT_INLINE void count_runs(const tile_operands<M>& from, const schedule_step& step,
                              run_list runs, Lanes (&sums)[M][V]) noexcept {
  using bytes = typename Lanes::byte_counts;
  for_each_part<Lanes>(runs, [&](product_run part) LOWBIT_INLINE_LAMBDA {
    bytes counts[M][V];
    for_each_sum(counts, [](bytes& count) LOWBIT_INLINE_LAMBDA { Lanes::zero(count); });
    const auto count = [&](auto m, auto v, const auto& a, const auto& b) LOWBIT_INLINE_LAMBDA {
      Lanes bits;
      if constexpr (Operation == bit_operation::bit_xor)
        Lanes::bit_xor(bits, a[0], b[0]);
      else
        Lanes::bit_and(bits, a[0], b[0]);
      Lanes::add_count(counts[m][v], bits);
    };
    for_each_pair<Lanes, 1, M, V>(from, step, part, count);
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) {
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v) {
        if constexpr (counts_down(Operation))
          Lanes::subtract_counts(sums[m][v], counts[m][v]);
        else
          Lanes::add_counts(sums[m][v], counts[m][v]);
      }
    }
  });
}

/// Two tiles of bytes: nonzero pairs, and those of them with opposite signs, which count -1 instead of 1.
template <byte_counting Lanes, std::size_t M, std::size_t V>
LOWBIT_INLINE void count_all(const tile_operands<M>& from, masked_dot, run_list runs,
                             Lanes (&sums)[M][V]) noexcept {
  using bytes = typename Lanes::byte_counts;
  for_each_part<Lanes>(runs, [&](product_run part) LOWBIT_INLINE_LAMBDA {
    bytes nonzero[M][V], opposite[M][V];
    for_each_sum(nonzero, [](bytes& count) LOWBIT_INLINE_LAMBDA { Lanes::zero(count); });
    for_each_sum(opposite, [](bytes& count) LOWBIT_INLINE_LAMBDA { Lanes::zero(count); });
    const auto count = [&](auto m, auto v, const auto& a, const auto& b) LOWBIT_INLINE_LAMBDA {
      Lanes bits;
      Lanes::bit_and(bits, a[0], b[0]);
      Lanes::add_count(nonzero[m][v], bits);
      Lanes::masked_xor(bits, bits, a[1], b[1]);
      Lanes::add_count(opposite[m][v], bits);
    };
    for_each_pair<Lanes, 2, M, V>(from, {}, part, count);
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) {
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v) {
        Lanes::add_counts(sums[m][v], nonzero[m][v]);
        Lanes::subtract_counts(sums[m][v], opposite[m][v]);
        Lanes::subtract_counts(sums[m][v], opposite[m][v]);
      }
    }
  });
}

}  // namespace detail::kernel
LOWBIT_END

#endif
