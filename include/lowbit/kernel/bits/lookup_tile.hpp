// lowbit/kernel/bits/lookup_tile.hpp – the micro-kernel of ISAs without vector popcount: a look-up counts four
// products.
//
// The products of four bits of an lhs row and four bits of an rhs row have a count of 0 ... 4. For given lhs bits the
// count is a table of 16 bytes, indexed by the rhs bits. The byte shuffle of SSSE3, AVX2 and AVX-512BW looks up a
// register full of rhs rows at once. That takes two operations (shuffle, add) for 4 * width products; counting the bits
// of a register takes eight.
//
// The rhs is stored as a stream of nibbles, one byte per rhs row (lane) and step of four bits:
//
//     plane 0:  step 0:  [row 0 bits 0..3 | row 1 bits 0..3 | ... | row R-1 bits 0..3]    R = 2 * width
//               step 1:  [row 0 bits 4..7 | ...
//
// That is four times the memory of packed bits, but nothing is unpacked in the loop. The lhs is not reordered. A byte b
// of it is the index of the tables of both its nibbles, low[b] and high[b]. So neither nibble is masked or shifted out.
// (Every table is there 16 times: 8 KiB per operation.)
//
// A byte of M = 4 lhs rows and R rhs rows takes 4 loads and 4 shifts of b. Then each nibble takes 2 loads of the panel,
// 4 loads of tables, 8 shuffles and 8 additions. In all that is 52 operations, 32 of them on vectors, for 32 * R
// products.
//
// Byte sums grow by up to 4 per step and are flushed after 62 steps (248 <= 255; 31 bytes of lhs). A flush adds them as
// 16-bit lanes, which are pairs of bytes, and adds the high bytes once more alone. So no byte is moved: subtracting the
// sums of the high bytes leaves those of the low bytes. The 16-bit sums hold 264 flushes (65,472). They are weighted
// into the int32 tile after each term and run, or earlier for larger depths.
#ifndef LOWBIT_KERNEL_BITS_LOOKUP_TILE_HPP
#define LOWBIT_KERNEL_BITS_LOOKUP_TILE_HPP

#include <bit>
#include <cstring>

#include "lowbit/dispatch/core.hpp"
#include "lowbit/encoding/product_rule.hpp"
#include "lowbit/epilogue/any_epilogue.hpp"
#include "lowbit/kernel/bits/panels.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// low[b][n] = count of (b & 15, n), high[b][n] = count of (b >> 4, n), for one operation.
struct nibble_tables {
  std::uint8_t low[256][16];
  std::uint8_t high[256][16];
};

template <bit_operation Operation>
[[nodiscard]] consteval nibble_tables make_nibble_tables() noexcept {
  const auto count = [](unsigned a, unsigned b) {
    return static_cast<std::uint8_t>(
        std::popcount(Operation == bit_operation::bit_and ? a & b : a ^ b));
  };
  nibble_tables t{};
  for (unsigned a = 0; a < 256; ++a)
    for (unsigned b = 0; b < 16; ++b) {
      t.low[a][b] = count(a & 15, b);
      t.high[a][b] = count(a >> 4, b);
    }
  return t;
}

template <bit_operation Operation>
inline constexpr nibble_tables tables = make_nibble_tables<Operation>();

inline constexpr index_t word_nibbles = 16;
inline constexpr index_t word_bytes = 8;
inline constexpr index_t flush_bytes = 31;                 ///< 62 steps of at most 4 in a byte
inline constexpr index_t weigh_bytes = 264 * flush_bytes;  ///< flushes of at most 248 in 16 bits

/// A tile in progress: 16-bit sums of the current term (as flushed), int32 results.
template <std::size_t M, std::size_t Rows>
struct lookup_sums {
  alignas(64) std::uint16_t term[M][Rows];
  alignas(64) std::uint32_t total[M][Rows];
};

/// Rhs rows of a panel: two registers of bytes.
template <class Simd>
inline constexpr std::size_t lookup_rows = 2 * static_cast<std::size_t>(Simd::width);

/// term sums += counts of `bytes` bytes of depth.
template <class Simd, std::size_t M>
LOWBIT_INLINE void look_up(const nibble_tables& table, const std::uint8_t* const (&lhs)[M],
                           const std::uint8_t* nibbles, index_t bytes,
                           lookup_sums<M, lookup_rows<Simd>>& sums) noexcept {
  for (index_t first = 0; first < bytes; first += flush_bytes) {
    const index_t end = bytes - first < flush_bytes ? bytes : first + flush_bytes;
    typename Simd::reg counts[M][2];
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) {
      Simd::zero(counts[m][0]);
      Simd::zero(counts[m][1]);
    }
    for (index_t k = first; k < end; ++k) {
      std::size_t address[M];
      LOWBIT_UNROLL
      for (std::size_t m = 0; m < M; ++m) address[m] = lhs[m][k];
      const auto step = [&](const std::uint8_t(&of)[256][16]) LOWBIT_INLINE_LAMBDA {
        typename Simd::reg b0, b1;
        Simd::load(b0, nibbles);
        Simd::load(b1, nibbles + Simd::width);
        nibbles += 2 * Simd::width;
        LOWBIT_UNROLL
        for (std::size_t m = 0; m < M; ++m) {
          typename Simd::reg t;
          Simd::table(t, of[address[m]]);
          Simd::add_looked_up(counts[m][0], t, b0);
          Simd::add_looked_up(counts[m][1], t, b1);
        }
      };
      step(table.low);
      step(table.high);
    }
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) {
      Simd::flush(counts[m][0], sums.term[m]);
      Simd::flush(counts[m][1], sums.term[m] + Simd::width);
    }
  }
}

/// total += coefficient * term, term = 0.
template <class Simd, std::size_t M>
LOWBIT_INLINE void weigh(std::int32_t coefficient,
                         lookup_sums<M, lookup_rows<Simd>>& sums) noexcept {
  for (std::size_t m = 0; m < M; ++m) {
    Simd::weigh(coefficient, sums.term[m], sums.total[m]);
    Simd::weigh(coefficient, sums.term[m] + Simd::width, sums.total[m] + Simd::width);
  }
  std::memset(sums.term, 0, sizeof sums.term);
}

/// The sums of M lhs rows and one panel of 2 * width rhs rows, over all terms and runs. What the rule adds for lhs rows
/// is in them.
template <class Simd, std::size_t M>
LOWBIT_INLINE void lookup_tile(const tile_operands<M>& from, const product_rule& rule,
                               run_list runs, const std::uint32_t (&of_row)[M],
                               lookup_sums<M, lookup_rows<Simd>>& sums) noexcept {
  constexpr auto rows = static_cast<index_t>(lookup_rows<Simd>);
  for (int t = 0; t < rule.term_count; ++t) {
    const product_term& term = rule.terms[static_cast<std::size_t>(t)];
    const nibble_tables& table = term.operation == bit_operation::bit_and
                                     ? tables<bit_operation::bit_and>
                                     : tables<bit_operation::bit_xor>;
    for (const product_run run : runs) {
      const index_t bytes = ceil_div(run.depth, word_bits / word_bytes);
      const std::uint8_t* const panel =
          from.panel + term.rhs_plane * from.panel_plane_bytes + run.rhs_word * word_nibbles * rows;
      for (index_t k = 0; k < bytes; k += weigh_bytes) {
        const std::uint8_t* a[M];
        for (std::size_t m = 0; m < M; ++m)
          a[m] = reinterpret_cast<const std::uint8_t*>(
                     from.lhs[m] + term.lhs_plane * from.lhs_plane_stride + run.lhs_word) +
                 k;
        look_up<Simd>(table, a, panel + 2 * k * rows,
                      bytes - k < weigh_bytes ? bytes - k : weigh_bytes, sums);
        weigh<Simd>(term.coefficient, sums);
      }
    }
  }
  for (std::size_t m = 0; m < M; ++m) {
    Simd::add_scalar(sums.total[m], of_row[m]);
    Simd::add_scalar(sums.total[m] + Simd::width, of_row[m]);
  }
}

/// Ternary x ternary in four ANDs.
inline constexpr product_rule ternary_ands =
    encoding::derive(format_of<ternary>(), format_of<ternary>());

/// The rule in operations that have tables.
[[nodiscard]] constexpr const product_rule& lookup_rule(const factors& of) noexcept {
  return (of.loops & all_operations) == masked_loops ? ternary_ands : of.rule;
}

/// Panels of `rows` rows.
[[nodiscard]] constexpr panel_layout nibbles_layout(index_t rows, index_t words,
                                                    index_t planes) noexcept {
  return {rows, planes, words, words * word_nibbles * rows};
}

using eight_words = word[8];

/// Byte k of word r becomes byte r of word k: halves, quarters and eighths change sides.
LOWBIT_INLINE void transpose_bytes(eight_words& x) noexcept {
  const auto exchange = [&](std::size_t distance, int bits, word low) LOWBIT_INLINE_LAMBDA {
    LOWBIT_UNROLL
    for (std::size_t i = 0; i < 8; ++i)
      if ((i & distance) == 0) {
        const word different = (x[i] >> bits ^ x[i + distance]) & low;
        x[i + distance] ^= different;
        x[i] ^= different << bits;
      }
  };
  exchange(4, 32, ~word{0} / 0x100000001);
  exchange(2, 16, ~word{0} / 0x10001);
  exchange(1, 8, ~word{0} / 0x101);
}

/// Spreads rhs rows first ... into the nibble stream of one panel, eight rows at a time: 64 bytes of codes
/// become 16 stores. Word by word, so that what is written stays in the L1 cache; rows that do not exist are
/// zeros.
inline void pack_nibbles(const operand& rhs, index_t first, const panel_layout& layout,
                         std::uint8_t* panel) noexcept {
  constexpr index_t together = 8;
  constexpr word low_nibbles = ~word{0} / 17;
  for (index_t p = 0; p < layout.planes; ++p, panel += layout.plane_bytes)
    for (index_t w = 0; w < layout.words; ++w)
      for (index_t r = 0; r < layout.rows && first + r < rhs.rows; r += together) {
        eight_words x = {};
        for (index_t i = 0; i < min_of(together, rhs.rows - first - r); ++i)
          x[i] = rhs.row(first + r + i, static_cast<int>(p))[w];
        transpose_bytes(x);
        std::uint8_t* out = panel + w * word_nibbles * layout.rows + r;
        for (const word bytes : x)
          for (const word nibbles : {bytes & low_nibbles, bytes >> 4 & low_nibbles}) {
            std::memcpy(out, &nibbles, sizeof nibbles);
            out += layout.rows;
          }
      }
}

/// The panel body of an ISA that looks up.
template <class Tag, class Simd>
struct lookup_panels {
  using tag = Tag;

  [[nodiscard]] static panel_layout layout(const rhs_shape& rhs, const dispatch::core&) noexcept {
    return nibbles_layout(2 * Simd::width, rhs.words, rhs.planes);
  }
  static void pack(const operand& rhs, index_t first, const panel_layout& layout,
                   std::uint8_t* panel) noexcept {
    pack_nibbles(rhs, first, layout, panel);
  }

  [[nodiscard]] static constexpr bool serves(const factors&) noexcept { return true; }

  static constexpr product_loops loops = 0;

  /// Rows, measured on Zen 5 with registers of 16, 32 and 64 bytes: 1.9, 2.2, 2.5. Zen 3 has 1.5 and 2.0 for the first
  /// two, and 8 and 16 for packing. A panel is four times as long as its rows. The third cache of an Intel Xeon gives
  /// 60 GB/s. One row of 4096 bits times 4096 takes 2.2 times as long from panels there as without panels.
  [[nodiscard]] static constexpr panel_costs costs(const factors& of) noexcept {
    constexpr double rows = Simd::width == 16 ? 1.8 : Simd::width == 32 ? 2.2 : 2.5;
    constexpr double reading = Simd::width == 16 ? 1.2 : 0.8;
    constexpr double fetching = Simd::width == 16 ? 0.8 : Simd::width == 32 ? 1.8 : 2.4;
    return {rows, 2, reading, 12, lookup_rule(of).term_count, fetching};
  }

  /// Tiles of four rows, and the last rows one by one. (A single row costs little more than its share of a tile.)
  template <product_loops>
  static void run(const strip& s, const epilogues::any_epilogue& epilogue) noexcept {
    const product_rule& rule = lookup_rule(s.all.of);
    const tile_strip whole = whole_tiles<4>(s), rest = single_rows<4>(whole, s.end_row);
    if (whole.tiles > 0) tiles<4>(whole, rule, epilogue);
    if (rest.tiles > 0) tiles<1>(rest, rule, epilogue);
  }

 private:
  template <std::size_t M>
  static void tiles(const tile_strip& strip, const product_rule& rule,
                    const epilogues::any_epilogue& epilogue) noexcept {
    arch::run_on(Tag{}, [&]() LOWBIT_INLINE_LAMBDA {
      const offset_terms& offsets = strip.all.add;
      for (index_t t = 0; t < strip.tiles; ++t) {
        strip.ahead.prefetch(t);
        const tile_place place = strip.place<M>(t);
        std::uint32_t of_row[M];
        for (std::size_t m = 0; m < M; ++m)
          of_row[m] =
              offsets.constant +
              (offsets.lhs != nullptr ? offsets.lhs[place.row + static_cast<index_t>(m)] : 0);
        lookup_sums<M, lookup_rows<Simd>> sums{};
        lookup_tile<Simd>(strip.operands<M>(t), rule, strip.all.runs, of_row, sums);
        offsets.add_rhs(&sums.total[0][0], lookup_rows<Simd>, place);
        epilogue(accumulator_tile{reinterpret_cast<const std::int32_t*>(&sums.total[0][0]),
                                  lookup_rows<Simd>},
                 place);
      }
    });
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
