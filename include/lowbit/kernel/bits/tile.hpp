// lowbit/kernel/bits/tile.hpp – the micro-kernel on plain rows, written once for every ISA.
//
//                   a strip: up to `cols` streamed rows, in tiles
//                   0    1    2   ...  7   |  8   ...
//   held row       [s]  [s]  [s]  ... [s]  | [s]  ...
//
// Each (held row, streamed row) pair of a tile has a register of running counts. A step loads `width` words of the held
// row, and `width` words of every streamed row of the tile. Each pair then takes an operation (xor / and), a count and
// an addition. Depth runs inside the register, so the counts of a pair are summed across lanes once, at the end of the
// run. Where the ISA has a faster way, all pairs of a tile are summed together (totals).
//
// A streamed row is read once from memory for all held rows (product/tiles.hpp), and from the L1 cache after that. Each
// pair needs one load, which runs beside three or more operations. Holding two rows would save loads that are not the
// bottleneck.
//
// A product rule is a list of terms coefficient * |operation(lhs plane, rhs plane)| (encoding/product_rule.hpp). The
// loop runs over a tile once per term, with its rows in L1. Sums are taken modulo 2^32: only the final value must fit
// an int32, which the rule's max_depth guarantees.
//
// On an ISA that counts slowly, long rows are first counted pair by pair through full adders
// (kernel/bits/carry_save.hpp). The tile counts the remaining words.
//
// The templates carry no target attribute and are always inlined, at last into arch::run_on (row_kernel below).
#ifndef LOWBIT_KERNEL_BITS_TILE_HPP
#define LOWBIT_KERNEL_BITS_TILE_HPP

#include <bit>

#include "lowbit/arch/run_on.hpp"
#include "lowbit/encoding/product_rule.hpp"
#include "lowbit/kernel/bits/carry_save.hpp"
#include "lowbit/kernel/row_tiles.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// The most streamed rows of a strip. They are enough to share the cost of a call and of an epilogue. They are so few
/// that rows of up to 512 bytes stay in the L1 cache.
inline constexpr std::size_t strip_rows = 64;

/// The sums of a held row and a strip.
using strip_sums = tile_sums<1, strip_rows>;

/// The rows of a tile that a term reads: for a masked term plane p and p + 1, else plane p alone.
template <std::size_t Rows, std::size_t Planes>
class tile_rows {
 public:
  const word* at[Rows][Planes];

  LOWBIT_INLINE tile_rows(const operand& side, int plane) noexcept {
    if (side.row_starts == nullptr && side.rows >= static_cast<index_t>(Rows)) {
      const word* row = side.row(0, plane);
      LOWBIT_UNROLL
      for (std::size_t r = 0; r < Rows; ++r) {
        set(at[r], row, side.plane_stride);
        row += side.row_stride;
      }
    } else {
      LOWBIT_UNROLL
      for (std::size_t r = 0; r < Rows; ++r)
        set(at[r], side.row(static_cast<index_t>(r), plane), side.plane_stride);
    }
  }

 private:
  LOWBIT_INLINE static void set(const word* (&planes)[Planes], const word* first,
                                index_t stride) noexcept {
    LOWBIT_UNROLL
    for (std::size_t p = 0; p < Planes; ++p) planes[p] = first + static_cast<index_t>(p) * stride;
  }
};

/// Loads words w ... of a row's planes; `rest` < width of them at the end of a run.
template <class Simd, std::size_t Planes>
LOWBIT_INLINE void load_row(const word* const (&row)[Planes], index_t w, index_t rest,
                            typename Simd::reg (&out)[Planes]) noexcept {
  LOWBIT_UNROLL
  for (std::size_t p = 0; p < Planes; ++p) {
    if (rest == 0)
      Simd::load(out[p], row[p] + w);
    else
      Simd::load_part(out[p], row[p] + w, rest);
  }
}

/// One step of one term for the whole tile: operation, count, add.
template <class Simd, bit_operation Operation, std::size_t N, std::size_t Planes>
LOWBIT_INLINE void add_step(const tile_rows<1, Planes>& held, const tile_rows<N, Planes>& streamed,
                            index_t w, index_t rest, typename Simd::sum (&counts)[N]) noexcept {
  typename Simd::reg a[Planes];
  load_row<Simd>(held.at[0], w, rest, a);
  LOWBIT_UNROLL
  for (std::size_t n = 0; n < N; ++n) {
    typename Simd::reg b[Planes], bits;
    load_row<Simd>(streamed.at[n], w, rest, b);
    if constexpr (Operation == bit_operation::bit_and)
      Simd::bit_and(bits, a[0], b[0]);
    else if constexpr (Operation == bit_operation::bit_xor)
      Simd::bit_xor(bits, a[0], b[0]);
    else
      Simd::masked_xor(bits, a[0], b[0], a[1], b[1]);
    Simd::count(counts[n], bits);
  }
}

/// Sums that hold only so many counts before they must be flushed (simd/neon_counts.hpp).
template <class Simd>
concept flushing = requires(typename Simd::sum& s) {
  Simd::flush_counts;
  Simd::flush(s);
};

/// Words w ... end - 1 of one term for the whole tile; only the last step may be a part of a register.
template <class Simd, bit_operation Operation, std::size_t N, std::size_t Planes>
LOWBIT_INLINE void add_steps(const tile_rows<1, Planes>& held, const tile_rows<N, Planes>& streamed,
                             index_t w, index_t end, typename Simd::sum (&counts)[N]) noexcept {
  for (; w + Simd::width <= end; w += Simd::width)
    add_step<Simd, Operation>(held, streamed, w, 0, counts);
  if (w < end) add_step<Simd, Operation>(held, streamed, w, end - w, counts);
}

/// All counts of each of N sums.
template <class Simd, std::size_t N>
LOWBIT_INLINE void total_all(typename Simd::sum (&counts)[N], std::uint32_t (&out)[N]) noexcept {
  if constexpr (requires { Simd::totals(counts, out); }) {
    Simd::totals(counts, out);
  } else {
    LOWBIT_UNROLL
    for (std::size_t n = 0; n < N; ++n) Simd::total(counts[n], out[n]);
  }
}

/// sums[n] += coefficient * count(operation) over one run, for one term and the N rows of a tile.
template <class Simd, bit_operation Operation>
LOWBIT_INLINE void add_term(const product_term& term, const operand& held, const operand& streamed,
                            index_t words, std::uint32_t* sums) noexcept {
  constexpr std::size_t planes = Operation == bit_operation::masked_xor ? 2 : 1, rows = Simd::pairs;
  const tile_rows<1, planes> a(held, term.lhs_plane);
  const tile_rows<rows, planes> b(streamed, term.rhs_plane);
  const auto coefficient = static_cast<std::uint32_t>(term.coefficient);
  index_t w = 0;
  if constexpr (full_adding<Simd>)
    if (words >= carry_save_words<Simd>) {
      const index_t whole = words / (8 * Simd::width) * (8 * Simd::width);
      for (std::size_t n = 0; n < streamed.first(rows); ++n) {
        std::uint32_t total = 0;
        count_pair<Simd, Operation>(a.at[0], b.at[n], whole, total);
        sums[n] += coefficient * total;
      }
      if (whole == words) return;
      w = whole;
    }
  typename Simd::sum counts[rows];
  LOWBIT_UNROLL
  for (std::size_t n = 0; n < rows; ++n) Simd::zero(counts[n]);
  if constexpr (flushing<Simd>) {
    constexpr index_t most = Simd::flush_counts * Simd::width;
    for (; w < words; w += most) {
      add_steps<Simd, Operation>(a, b, w, words - w < most ? words : w + most, counts);
      LOWBIT_UNROLL
      for (std::size_t n = 0; n < rows; ++n) Simd::flush(counts[n]);
    }
  } else {
    add_steps<Simd, Operation>(a, b, w, words, counts);
  }
  std::uint32_t totals[rows];
  total_all<Simd>(counts, totals);
  for (std::size_t n = 0; n < rows; ++n) sums[n] += coefficient * totals[n];
}

/// Whether a term has an operation; Operations: those of all terms.
template <unsigned Operations>
[[nodiscard]] LOWBIT_INLINE constexpr bool is(const product_term& term,
                                              bit_operation one) noexcept {
  return std::has_single_bit(Operations) || term.operation == one;
}

/// All terms of a rule, whose operations are among `Operations`, over one run for a strip, tile by tile. The caller
/// adds bit sums and depth (kernel/row_tiles.hpp).
template <class Simd, unsigned Operations>
LOWBIT_INLINE void add_terms(const product_rule& rule, const operand& held, const operand& streamed,
                             index_t words, strip_sums& sums) noexcept {
  static_assert(strip_rows % Simd::pairs == 0);
  using enum bit_operation;
  const std::size_t rows = streamed.first(strip_rows);
  for (std::size_t n = 0; n < rows; n += Simd::pairs) {
    const operand tile = streamed.from(static_cast<index_t>(n), 0);
    for (int t = 0; t < rule.term_count; ++t) {
      const product_term& term = rule.terms[static_cast<std::size_t>(t)];
      if constexpr ((Operations & 1u << static_cast<int>(bit_and)) != 0)
        if (is<Operations>(term, bit_and))
          add_term<Simd, bit_and>(term, held, tile, words, sums.at[0] + n);
      if constexpr ((Operations & 1u << static_cast<int>(bit_xor)) != 0)
        if (is<Operations>(term, bit_xor))
          add_term<Simd, bit_xor>(term, held, tile, words, sums.at[0] + n);
      if constexpr ((Operations & 1u << static_cast<int>(masked_xor)) != 0)
        if (is<Operations>(term, masked_xor))
          add_term<Simd, masked_xor>(term, held, tile, words, sums.at[0] + n);
    }
  }
}

/// The row body of an ISA on its registers of words. Its loops are compiled for the operations that a program uses.
template <class Tag, class Words>
struct row_kernel {
  using tag = Tag;
  static constexpr std::size_t rows = 1, cols = strip_rows;

  template <unsigned Operations>
  static void run(const product_rule& rule, const operand& held, const operand& streamed,
                  run_size size, strip_sums& sums) noexcept {
    arch::run_on(Tag{}, [&]() LOWBIT_INLINE_LAMBDA {
      add_terms<Words, Operations>(rule, held, streamed, size.words, sums);
    });
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
