// lowbit/kernel/lookups/strip.hpp – a strip of rows of small values against one panel of single bits, by tables.
//
//     for M rows of the strip
//       for a block of words of depth
//         tables      of every group of values of these rows: in the L1 cache
//         for V vectors of columns
//           for each word, for `steps` groups at a time
//             s = table[index] + table[index] + ...     bytes: as many as cannot overflow
//             pairs += s, odd += s >> 8                 16 bits: no byte is moved
//           totals += the four sums of each 32-bit lane
//
// A look-up is worth `group` products per column. Two shuffles, one addition of bytes and three operations on 16 bits
// give 2 * 7 * 64 products with VBMI. A table costs about 16 operations, so many columns must share it. Indices come
// from the L2 cache, so M rows share them: four rows and two vectors of VBMI read 256 bytes of indices for 16 look-ups.
//
// Entries of a table are never negative: all begin at `least`, -group times the smallest value. As many of them are
// added for each column, so one number per row undoes that.
#ifndef LOWBIT_KERNEL_LOOKUPS_STRIP_HPP
#define LOWBIT_KERNEL_LOOKUPS_STRIP_HPP

#include <utility>

#include "lowbit/epilogue/any_epilogue.hpp"
#include "lowbit/kernel/bytes/strip.hpp"
#include "lowbit/kernel/lookups/panels.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// The values of a left operand as bytes, and 0, which stands where no element is.
struct byte_range {
  int smallest, largest;
};
[[nodiscard]] constexpr byte_range signed_range(const factors& of) noexcept {
  const int low = of.lhs_bytes.smallest(of.lhs), high = of.lhs_bytes.largest(of.lhs);
  return {low < 0 ? low : 0, high > 0 ? high : 0};
}

/// Words whose tables are there at a time: 20 KiB for four rows of VBMI. Their sums of 16 bits cannot overflow.
inline constexpr index_t table_words = 4;

/// Some words of depth, by their place in the panel, and the tables of M rows: [word][group][row].
template <class Lookups, std::size_t M>
struct table_block {
  static constexpr index_t groups_at_most = groups_of<Lookups>(word_bits);
  static_assert(table_words * groups_at_most / Lookups::steps * 255 < 65536);

  index_t words = 0;
  index_t place[table_words];
  alignas(64) std::uint8_t tables[table_words * groups_at_most * index_t{M} * Lookups::table_bytes];

  /// Adds a word: some bytes of each row.
  LOWBIT_INLINE void add(const std::int8_t* const (&rows)[M], index_t bytes, index_t word_of_panel,
                         index_t groups, int least) noexcept {
    std::uint8_t* to = tables + words * groups * index_t{M} * Lookups::table_bytes;
    std::int8_t values[M][word_bits + Lookups::group] = {};  // groups may end behind the bytes
    for (std::size_t m = 0; m < M; ++m)
      if (bytes == word_bits)
        std::memcpy(values[m], rows[m], word_bits);
      else
        std::memcpy(values[m], rows[m], static_cast<std::size_t>(bytes));
    for (index_t g = 0; g < groups; ++g)
      for (std::size_t m = 0; m < M; ++m, to += Lookups::table_bytes)
        Lookups::make_table(to, values[m] + g * Lookups::group, least);
    place[words++] = word_of_panel;
  }
};

/// Zeros to which the sums of the first block are added.
alignas(64) inline constexpr std::uint32_t no_totals[word_bits] = {};

/// totals[m][c] += sums of M rows over a block of words and V vectors of columns, whose indices begin at `index`. The
/// first block finds no totals.
template <class Lookups, std::size_t V, std::size_t M>
LOWBIT_INLINE void look_up(const table_block<Lookups, M>& block, const std::uint8_t* index,
                           index_t vector_bytes, index_t groups, bool first,
                           std::uint32_t* totals) noexcept {
  using reg = typename Lookups::reg;
  constexpr auto steps = static_cast<std::size_t>(Lookups::steps);
  constexpr auto width = static_cast<std::size_t>(Lookups::width);
  reg pairs[M][V], odd[M][V];
  LOWBIT_UNROLL
  for (std::size_t m = 0; m < M; ++m) {
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) {
      Lookups::zero(pairs[m][v]);
      Lookups::zero(odd[m][v]);
    }
  }
  const std::uint8_t* table = block.tables;
  for (index_t w = 0; w < block.words; ++w) {
    const std::uint8_t* from = index + block.place[w] * groups * Lookups::width;
    for (index_t g = 0; g < groups; g += Lookups::steps) {
      reg indices[V][steps];
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v) {
        LOWBIT_UNROLL
        for (std::size_t s = 0; s < steps; ++s)
          Lookups::load(indices[v][s], from + static_cast<index_t>(v) * vector_bytes +
                                           static_cast<index_t>(s * width));
      }
      LOWBIT_UNROLL
      for (std::size_t m = 0; m < M; ++m) {
        typename Lookups::table of[steps];
        LOWBIT_UNROLL
        for (std::size_t s = 0; s < steps; ++s)
          Lookups::load_table(of[s],
                              table + static_cast<index_t>(s * M + m) * Lookups::table_bytes);
        LOWBIT_UNROLL
        for (std::size_t v = 0; v < V; ++v) {
          reg sums;
          Lookups::look_up(sums, of[0], indices[v][0]);
          LOWBIT_UNROLL
          for (std::size_t s = 1; s < steps; ++s)
            Lookups::add_looked_up(sums, of[s], indices[v][s]);
          Lookups::add_pairs(pairs[m][v], odd[m][v], sums);
        }
      }
      table += index_t{M} * Lookups::steps * Lookups::table_bytes;
      from += Lookups::steps * Lookups::width;
    }
  }
  LOWBIT_UNROLL
  for (std::size_t m = 0; m < M; ++m) {
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) {
      std::uint32_t* const to =
          totals + m * static_cast<std::size_t>(most_lookup_columns) + v * width;
      Lookups::add_to(to, first ? no_totals : to, pairs[m][v], odd[m][v]);
    }
  }
}

/// A strip in progress.
template <class Lookups>
class lookup_strip {
 public:
  static constexpr index_t lanes = Lookups::width / 4;

  LOWBIT_INLINE lookup_strip(const strip& s, const epilogues::any_epilogue& epilogue) noexcept
      : s_(s),
        epilogue_(epilogue),
        depth_(s.all.runs, s.all.layout.word_depth),
        groups_(groups_of<Lookups>(s.all.layout.word_depth)),
        least_(-Lookups::group * signed_range(s.all.of).smallest) {
    column_terms(s, depth_, s.panel + index_bytes_of<Lookups>(s.all.layout), columns_);
  }

  /// M rows from `row` on: sums, terms, epilogue.
  template <std::size_t M>
  LOWBIT_INLINE void run(index_t row) noexcept {
    std::uint32_t totals[M][static_cast<std::size_t>(most_lookup_columns)];
    const index_t cols = s_.end_col - s_.first_col;
    add_products<M>(row, totals[0]);
    const tile_place place{row, s_.all.first_col + s_.first_col, index_t{M}, cols};
    const bool in_place = epilogue_.stores_in_place() && cols % lanes == 0;
    for (std::size_t m = 0; m < M; ++m) {
      const index_t r = row + static_cast<index_t>(m);
      complete(r, place, totals[m],
               in_place ? epilogue_.at(r, place.col) : reinterpret_cast<std::int32_t*>(totals[m]));
    }
    if (in_place) return;
    for (index_t c = 0; c < cols; c += word_bits)
      epilogue_(accumulator_tile{reinterpret_cast<const std::int32_t*>(totals[0]) + c,
                                 most_lookup_columns},
                {row, place.col + c, index_t{M}, min_of(word_bits, cols - c)});
  }

 private:
  template <std::size_t M>
  LOWBIT_INLINE void add_products(index_t row, std::uint32_t* totals) noexcept {
    const multiplication& all = s_.all;
    const auto* const bytes = reinterpret_cast<const std::int8_t*>(all.lhs.data);
    const index_t bytes_each = row_bytes_per_word(all.layout);
    table_block<Lookups, M> block;
    bool first = true;
    for (const product_run& run : all.runs)
      for (index_t w = 0; w < ceil_div(run.depth, all.layout.word_depth); ++w) {
        const std::int8_t* rows[M];
        for (std::size_t m = 0; m < M; ++m)
          rows[m] =
              bytes + all.lhs.start(row + static_cast<index_t>(m)) + run.lhs_word + w * bytes_each;
        block.add(rows, bytes_each, run.rhs_word + w, groups_, least_);
        if (block.words == table_words) add_block(block, std::exchange(first, false), totals);
      }
    if (block.words > 0 || first) add_block(block, first, totals);
  }
  template <std::size_t M>
  LOWBIT_INLINE void add_block(table_block<Lookups, M>& block, bool first,
                               std::uint32_t* totals) noexcept {
    constexpr auto vectors = static_cast<index_t>(Lookups::vectors);
    const index_t vector_bytes = s_.all.layout.words * groups_ * Lookups::width;
    for (index_t c = 0; c < s_.end_col - s_.first_col; c += vectors * Lookups::width)
      look_up<Lookups, Lookups::vectors>(block, s_.panel + c / Lookups::width * vector_bytes,
                                         vector_bytes, groups_, first, totals + c);
    block.words = 0;
  }

  /// What is added to sums of a row, which are at `totals`.
  LOWBIT_INLINE void complete(index_t row, const tile_place& place, const std::uint32_t* totals,
                              std::int32_t* to) noexcept {
    const multiplication& all = s_.all;
    const int shift = sum_shift(all.of);
    const auto looked_up = static_cast<std::uint32_t>(depth_.words * groups_);
    const std::uint32_t add =
        row_term(all, depth_, row) - ((looked_up * static_cast<std::uint32_t>(least_)) << shift);
    std::uint32_t own[static_cast<std::size_t>(most_lookup_columns)];
    const std::uint32_t* terms = columns_;
    if (all.add.rhs != nullptr) {
      const std::uint32_t* const more = all.add.rhs_of(row) + place.col;
      for (index_t c = 0; c < place.cols; ++c) own[c] = columns_[c] + more[c];
      terms = own;
    }
    for (index_t c = 0; c < place.cols; c += lanes) {
      typename Lookups::dots::bytes sums;
      Lookups::dots::load(sums, reinterpret_cast<const std::uint8_t*>(totals + c));
      Lookups::dots::complete(sums, shift, add, terms + c);
      Lookups::dots::store(sums, to + c);
    }
  }

  const strip& s_;
  const epilogues::any_epilogue& epilogue_;
  byte_depth depth_;
  index_t groups_;
  int least_;
  std::uint32_t columns_[static_cast<std::size_t>(most_lookup_columns)] = {};
};

}  // namespace detail::kernel
LOWBIT_END

#endif
