// lowbit/kernel/lookup_tile.hpp – the micro-kernel of ISAs that have no vector popcount: one table
// look-up counts four products.
//
// Four bits of an lhs row and four bits of an rhs row have a count of 0 ... 4. For given lhs bits it is
// a table of 16 bytes over the rhs bits, and the byte shuffle of SSSE3, AVX2 and AVX-512BW looks up a
// register full of rhs rows at once: two operations (shuffle, add) for 4 * width products, instead of
// the eight that counting the bits of a register takes. There are only 16 different tables for each
// operation, 256 bytes that stay in L1; the lhs nibble is an address.
//
// So the rhs is stored as a stream of nibbles, one byte for each rhs row (lane) and step of four bits:
//
//     plane 0:  step 0:  [row 0 bits 0..3 | row 1 bits 0..3 | ... | row R-1 bits 0..3]    R = 2 * width
//               step 1:  [row 0 bits 4..7 | ...
//
// twice the memory of packed bits, but no unpacking in the loop.
//
// Byte sums gain up to 4 a step and are flushed into 16-bit sums every 48 steps (192 <= 255; three lhs
// words); those hold 341 flushes and are weighted into the int32 tile after each term, or earlier for
// depths above 65,472.
#ifndef LOWBIT_KERNEL_LOOKUP_TILE_HPP
#define LOWBIT_KERNEL_LOOKUP_TILE_HPP

#include <bit>

#include "lowbit/encoding/product_rule.hpp"
#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/kernel/panels.hpp"
#include "lowbit/kernel/unroll.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// tables[operation][lhs nibble][rhs nibble] = count, for both and differ.
struct nibble_tables {
  std::uint8_t both[16][16];
  std::uint8_t differ[16][16];
};

[[nodiscard]] consteval nibble_tables make_nibble_tables() noexcept {
  nibble_tables t{};
  for (unsigned a = 0; a < 16; ++a)
    for (unsigned b = 0; b < 16; ++b) {
      t.both[a][b] = static_cast<std::uint8_t>(std::popcount(a & b));
      t.differ[a][b] = static_cast<std::uint8_t>(std::popcount(a ^ b));
    }
  return t;
}

inline constexpr nibble_tables tables = make_nibble_tables();

inline constexpr index_t word_nibbles = 16;
inline constexpr index_t flush_words = 3;     ///< 48 steps of at most 4 in a byte
inline constexpr index_t weigh_words = 1023;  ///< 341 flushes of at most 192 in 16 bits

/// A tile in progress: bytes in registers, 16-bit sums of the current term, int32 results.
template <std::size_t M, std::size_t Rows>
struct lookup_sums {
  alignas(64) std::uint16_t term[M][Rows];
  alignas(64) std::uint32_t total[M][Rows];
};

/// Rhs rows of a panel: two registers of bytes.
template <class Simd>
inline constexpr std::size_t lookup_rows = 2 * static_cast<std::size_t>(Simd::width);

/// term sums += counts of `words` words of one run.
template <class Simd, std::size_t M>
LOWBIT_INLINE void look_up(const std::uint8_t (&table)[16][16], const word* const (&lhs)[M],
                           const std::uint8_t* nibbles, index_t words,
                           lookup_sums<M, lookup_rows<Simd>>& sums) noexcept {
  for (index_t first = 0; first < words; first += flush_words) {
    const index_t end = words - first < flush_words ? words : first + flush_words;
    typename Simd::reg bytes[M][2];
    unrolled<M>([&](auto m) LOWBIT_INLINE_LAMBDA {
      Simd::zero(bytes[m][0]);
      Simd::zero(bytes[m][1]);
    });
    for (index_t w = first; w < end; ++w) {
      word bits[M];
      unrolled<M>([&](auto m) LOWBIT_INLINE_LAMBDA { bits[m] = lhs[m][w]; });
      for (index_t n = 0; n < word_nibbles; ++n, nibbles += 2 * Simd::width) {
        typename Simd::reg b0, b1;
        Simd::load(b0, nibbles);
        Simd::load(b1, nibbles + Simd::width);
        unrolled<M>([&](auto m) LOWBIT_INLINE_LAMBDA {
          typename Simd::reg t;
          Simd::table(t, table[bits[m] & 15]);
          bits[m] >>= 4;
          Simd::add_looked_up(bytes[m][0], t, b0);
          Simd::add_looked_up(bytes[m][1], t, b1);
        });
      }
    }
    unrolled<M>([&](auto m) LOWBIT_INLINE_LAMBDA {
      Simd::flush(bytes[m][0], sums.term[m]);
      Simd::flush(bytes[m][1], sums.term[m] + Simd::width);
    });
  }
}

/// total += coefficient * term, term = 0.
template <std::size_t M, std::size_t Rows>
LOWBIT_INLINE void weigh(std::int32_t coefficient, lookup_sums<M, Rows>& sums) noexcept {
  for (std::size_t m = 0; m < M; ++m)
    for (std::size_t r = 0; r < Rows; ++r) {
      sums.total[m][r] += static_cast<std::uint32_t>(coefficient) * sums.term[m][r];
      sums.term[m][r] = 0;
    }
}

/// The sums of M lhs rows and one panel of 2 * width rhs rows, over all terms and runs.
template <class Simd, std::size_t M>
LOWBIT_INLINE void lookup_tile(const tile_operands<M>& from, const product_rule& rule,
                               run_list runs, lookup_sums<M, lookup_rows<Simd>>& sums) noexcept {
  constexpr auto rows = static_cast<index_t>(lookup_rows<Simd>);
  for (int t = 0; t < rule.term_count; ++t) {
    const product_term& term = rule.terms[static_cast<std::size_t>(t)];
    const auto& table = term.operation == bit_operation::both ? tables.both : tables.differ;
    for (const depth_run run : runs) {
      const index_t words = ceil_div(run.depth, word_bits);
      for (index_t w = 0; w < words; w += weigh_words) {
        const word* a[M];
        for (std::size_t m = 0; m < M; ++m)
          a[m] = from.lhs[m] + term.lhs_plane * from.lhs_plane_stride + run.first_word + w;
        const std::uint8_t* const nibbles = from.panel + term.rhs_plane * from.panel_plane_bytes +
                                            (run.first_word + w) * word_nibbles * rows;
        look_up<Simd>(table, a, nibbles, words - w < weigh_words ? words - w : weigh_words, sums);
        weigh(term.coefficient, sums);
      }
    }
  }
}

/// Adds the offsets and hands the tile to the epilogue.
template <std::size_t M, std::size_t Rows, class Epilogue>
void finish_sums(lookup_sums<M, Rows>& sums, const offset_terms& offsets, const Epilogue& finish,
                 tile_place place) noexcept {
  for (std::size_t m = 0; m < M; ++m) {
    const index_t row = place.row + static_cast<index_t>(m);
    const std::uint32_t of_row =
        offsets.constant + (offsets.lhs != nullptr ? offsets.lhs[row] : std::uint32_t{0});
    for (std::size_t c = 0; c < Rows; ++c) sums.total[m][c] += of_row;
    if (offsets.rhs != nullptr)
      for (index_t c = 0; c < place.cols; ++c) sums.total[m][c] += offsets.rhs[place.col + c];
  }
  finish(accumulator_tile{reinterpret_cast<const std::int32_t*>(&sums.total[0][0]),
                          static_cast<index_t>(Rows)},
         place);
}

/// The rule in operations that have tables: gated terms are expanded into their four ANDs.
template <plane_code A, plane_code B>
[[nodiscard]] consteval product_rule lookup_rule() noexcept {
  constexpr product_rule best = multiply<A, B>();
  for (int t = 0; t < best.term_count; ++t)
    if (best.terms[static_cast<std::size_t>(t)].operation == bit_operation::gated)
      return encoding::derive<A, B>();
  return best;
}

/// Panels of `rows` rows.
[[nodiscard]] constexpr panel_layout nibbles_layout(index_t rows, index_t words,
                                                    index_t planes) noexcept {
  return {rows, planes, words, words * word_nibbles * rows};
}

/// Spreads rhs rows first ... into the nibble stream of one panel of zeros.
inline void pack_nibbles(const operand& rhs, index_t first, const panel_layout& layout,
                         std::uint8_t* panel) noexcept {
  for (index_t p = 0; p < layout.planes; ++p, panel += layout.plane_bytes)
    for (index_t r = 0; r < layout.rows && first + r < rhs.rows; ++r) {
      const word* const row = rhs.row(first + r, static_cast<int>(p));
      std::uint8_t* out = panel + r;
      for (index_t w = 0; w < layout.words; ++w)
        for (index_t n = 0; n < word_nibbles; ++n, out += layout.rows)
          *out = static_cast<std::uint8_t>(row[w] >> 4 * n & 15);
    }
}

/// What the panel bodies of all look-up ISAs share. An ISA derives from it (as Self) and adds its tag
/// and count(), the one function that must carry its target attribute.
template <class Self, class Simd>
struct lookup_panels {
  [[nodiscard]] static panel_layout layout(index_t, index_t words, index_t planes) noexcept {
    return nibbles_layout(2 * Simd::width, words, planes);
  }
  static void pack(const operand& rhs, index_t first, const panel_layout& layout,
                   std::uint8_t* panel) noexcept {
    pack_nibbles(rhs, first, layout, panel);
  }
  template <class Call>
  static void with_tile(const panel_layout&, Call call) {
    call(tile_size<4, 2>{});
  }

  template <class A, class B>
  static constexpr bool serves = true;

  template <class A, class B>
  static constexpr product_rule plan = lookup_rule<A, B>();

  template <std::size_t M, std::size_t V, class Epilogue>
  static void run(const tile_strip& strip, const product_rule& rule, run_list runs,
                  const offset_terms& offsets, const Epilogue& finish) noexcept {
    for (index_t t = 0; t < strip.tiles; ++t) {
      lookup_sums<M, lookup_rows<Simd>> sums{};
      Self::count(strip.operands<M>(t), rule, runs, sums);
      finish_sums(sums, offsets, finish, strip.place<M>(t));
    }
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
