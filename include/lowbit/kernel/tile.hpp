// lowbit/kernel/tile.hpp – the micro-kernel, written once for every ISA.
//
//               rhs rows (weights)             Each (lhs row, rhs row) pair of the tile has a register
//               0    1    2    3               of running counts. A step loads `width` words of every
//   lhs row 0  [s]  [s]  [s]  [s]              row of the tile and, for each pair, does
//   lhs row 1  [s]  [s]  [s]  [s]                  operation (xor / and) - count - add.
//      ...                                     Depth runs inside the register, so a pair's counts are
//                                              summed across lanes once, at the end of the run.
//
// A product rule is a list of terms coefficient * |operation(lhs plane, rhs plane)|
// (encoding/product_rule.hpp); the tile is passed over once for each term, its rows in L1. Sums are
// taken modulo 2^32: only the final value must fit an int32, which the rule's max_depth guarantees.
//
// Long rows of an ISA that counts slowly are counted pair by pair through full adders first
// (kernel/carry_save.hpp); the tile takes what is left.
//
// The template carries no target attribute and is always inlined; the functions at the end of
// kernel/arch/<isa>.hpp that call it do.
#ifndef LOWBIT_KERNEL_TILE_HPP
#define LOWBIT_KERNEL_TILE_HPP

#include "lowbit/encoding/product_rule.hpp"
#include "lowbit/kernel/carry_save.hpp"
#include "lowbit/kernel/operand.hpp"
#include "lowbit/kernel/unroll.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// MR x NR exact sums, row-major: element (m, n) belongs to lhs row m and rhs row n of the tile.
template <std::size_t MR, std::size_t NR>
struct tile_sums {
  std::uint32_t at[MR][NR];
};

/// The rows of a tile that a term reads: for a gated term plane p and p + 1, else plane p alone.
template <std::size_t Rows, std::size_t Planes>
struct tile_rows {
  const word* at[Rows][Planes];

  LOWBIT_INLINE tile_rows(const operand& side, int plane) noexcept {
    for (std::size_t r = 0; r < Rows; ++r)
      for (std::size_t p = 0; p < Planes; ++p)
        at[r][p] = side.row(static_cast<index_t>(r), plane + static_cast<int>(p));
  }
};

/// Loads words w ... of every row; `rest` < width of them at the end of a run.
template <class Simd, std::size_t Rows, std::size_t Planes>
LOWBIT_INLINE void load_rows(const tile_rows<Rows, Planes>& rows, index_t w, index_t rest,
                             typename Simd::reg (&out)[Rows][Planes]) noexcept {
  unrolled<Rows>([&](auto r) LOWBIT_INLINE_LAMBDA {
    unrolled<Planes>([&](auto p) LOWBIT_INLINE_LAMBDA {
      if (rest == 0)
        Simd::load(out[r][p], rows.at[r][p] + w);
      else
        Simd::load_part(out[r][p], rows.at[r][p] + w, rest);
    });
  });
}

/// One step of one term for the whole tile: operation, count, add.
template <class Simd, bit_operation Operation, std::size_t MR, std::size_t NR, std::size_t Planes>
LOWBIT_INLINE void add_step(const tile_rows<MR, Planes>& lhs, const tile_rows<NR, Planes>& rhs,
                            index_t w, index_t rest,
                            typename Simd::sum (&counts)[MR][NR]) noexcept {
  typename Simd::reg a[MR][Planes], b[NR][Planes];
  load_rows<Simd>(lhs, w, rest, a);
  load_rows<Simd>(rhs, w, rest, b);
  unrolled<MR>([&](auto m) LOWBIT_INLINE_LAMBDA {
    unrolled<NR>([&](auto n) LOWBIT_INLINE_LAMBDA {
      typename Simd::reg bits;
      if constexpr (Operation == bit_operation::both)
        Simd::both(bits, a[m][0], b[n][0]);
      else if constexpr (Operation == bit_operation::differ)
        Simd::differ(bits, a[m][0], b[n][0]);
      else
        Simd::gated(bits, a[m][0], b[n][0], a[m][1], b[n][1]);
      Simd::count(counts[m][n], bits);
    });
  });
}

/// Sums that hold only so many counts before they must be flushed (simd/neon_counts.hpp).
template <class Simd>
concept flushing = requires(typename Simd::sum& s) {
  Simd::flush_counts;
  Simd::flush(s);
};

/// Words w ... end - 1 of one term for the whole tile; only the last step may be a part of a register.
template <class Simd, bit_operation Operation, std::size_t MR, std::size_t NR, std::size_t Planes>
LOWBIT_INLINE void add_steps(const tile_rows<MR, Planes>& lhs, const tile_rows<NR, Planes>& rhs,
                             index_t w, index_t end,
                             typename Simd::sum (&counts)[MR][NR]) noexcept {
  for (; w + Simd::width <= end; w += Simd::width)
    add_step<Simd, Operation>(lhs, rhs, w, 0, counts);
  if (w < end) add_step<Simd, Operation>(lhs, rhs, w, end - w, counts);
}

/// sums += coefficient * count(operation) over one run, for one term.
template <class Simd, bit_operation Operation, std::size_t MR, std::size_t NR>
LOWBIT_INLINE void add_term(const product_term& term, const operand& lhs, const operand& rhs,
                            index_t words, tile_sums<MR, NR>& sums) noexcept {
  constexpr std::size_t planes = Operation == bit_operation::gated ? 2 : 1;
  const tile_rows<MR, planes> a(lhs, term.lhs_plane);
  const tile_rows<NR, planes> b(rhs, term.rhs_plane);
  index_t w = 0;
  if constexpr (full_adding<Simd>)
    if (words >= carry_save_words<Simd>) {
      const index_t whole = words / (8 * Simd::width) * (8 * Simd::width);
      for (std::size_t m = 0; m < lhs.first(MR); ++m)
        for (std::size_t n = 0; n < rhs.first(NR); ++n) {
          std::uint32_t total = 0;
          count_pair<Simd, Operation>(a.at[m], b.at[n], whole, total);
          sums.at[m][n] += static_cast<std::uint32_t>(term.coefficient) * total;
        }
      if (whole == words) return;
      w = whole;
    }
  typename Simd::sum counts[MR][NR];
  unrolled<MR>([&](auto m) LOWBIT_INLINE_LAMBDA {
    unrolled<NR>([&](auto n) LOWBIT_INLINE_LAMBDA { Simd::zero(counts[m][n]); });
  });
  if constexpr (flushing<Simd>) {
    constexpr index_t most = Simd::flush_counts * Simd::width;
    for (; w < words; w += most) {
      add_steps<Simd, Operation>(a, b, w, words - w < most ? words : w + most, counts);
      unrolled<MR>([&](auto m) LOWBIT_INLINE_LAMBDA {
        unrolled<NR>([&](auto n) LOWBIT_INLINE_LAMBDA { Simd::flush(counts[m][n]); });
      });
    }
  } else {
    add_steps<Simd, Operation>(a, b, w, words, counts);
  }
  unrolled<MR>([&](auto m) LOWBIT_INLINE_LAMBDA {
    unrolled<NR>([&](auto n) LOWBIT_INLINE_LAMBDA {
      std::uint32_t total;
      Simd::total(counts[m][n], total);
      sums.at[m][n] += static_cast<std::uint32_t>(term.coefficient) * total;
    });
  });
}

/// All terms of a rule over one run; bit sums and depth are added by the caller (ops/product.hpp).
template <class Simd, std::size_t MR, std::size_t NR>
LOWBIT_INLINE void add_terms(const product_rule& rule, const operand& lhs, const operand& rhs,
                             index_t words, tile_sums<MR, NR>& sums) noexcept {
  for (int t = 0; t < rule.term_count; ++t) {
    const product_term& term = rule.terms[static_cast<std::size_t>(t)];
    switch (term.operation) {
      case bit_operation::both:
        add_term<Simd, bit_operation::both>(term, lhs, rhs, words, sums);
        break;
      case bit_operation::differ:
        add_term<Simd, bit_operation::differ>(term, lhs, rhs, words, sums);
        break;
      case bit_operation::gated:
        add_term<Simd, bit_operation::gated>(term, lhs, rhs, words, sums);
        break;
    }
  }
}

}  // namespace detail::kernel
LOWBIT_END

#endif
