// lowbit/kernel/bytes/chunks.hpp – bodies whose panels are compressed by more than fields of bits.
//
// Their blocks hold more or fewer elements than words do. So the depth of all runs is one sequence, cut into chunks: the
// least number of words that fill whole blocks, or some times that. Left rows meet a chunk as the panel has it: read where
// they lie, or gathered on the stack. A coding says what blocks are:
//
//     struct coding {
//       template <class Dots, std::size_t M, std::size_t V>
//       using sums = ...;                      // the inner loop: block_bytes, add(rows, panel, blocks), finished(), and
//                                              // missing: sums are those of u - missing
//       static constexpr index_t chunk_words, chunk_blocks;
//       static constexpr bool natural_order;   // left bytes lie as elements do; else arrange<Dots>(bytes) moves them
//       static index_t blocks(index_t words);  // of a column, in front of a sum per column
//       static void pack(...);                 // as in kernel/family.hpp
//     };
#ifndef LOWBIT_KERNEL_BYTES_CHUNKS_HPP
#define LOWBIT_KERNEL_BYTES_CHUNKS_HPP

#include "lowbit/kernel/bytes/panel_family.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// The left bytes of the words from `first` on, as many as `to` takes, in the order of the panel: 0 where no run is.
template <std::size_t M, std::size_t Bytes>
inline void gather_chunk(const multiplication& all, const std::int8_t* const (&rows)[M],
                         index_t first, std::int8_t (&to)[M][Bytes]) noexcept {
  const index_t end = first + index_t{Bytes} / word_bits;
  std::memset(to, 0, sizeof(to));
  for (const product_run& run : all.runs) {
    const index_t last = min_of(end, run.rhs_word + ceil_div(run.depth, word_bits));
    const index_t begin = run.rhs_word < first ? first : run.rhs_word;
    if (begin >= last) continue;
    for (std::size_t m = 0; m < M; ++m)
      std::memcpy(to[m] + (begin - first) * word_bits,
                  rows[m] + run.lhs_word + (begin - run.rhs_word) * word_bits,
                  static_cast<std::size_t>((last - begin) * word_bits));
  }
}

/// The left bytes lie as the panel does, all of them.
[[nodiscard]] inline bool lies_as_panel(const multiplication& all,
                                        const byte_depth& depth) noexcept {
  for (const product_run& run : all.runs)
    if (run.lhs_word != run.rhs_word * word_bits) return false;
  return depth.words == all.layout.words;
}

/// M rows from `row` on against the panel of a strip. Whole chunks of rows that lie as the panel does are read there; all
/// others are gathered, chunk by chunk.
template <class Coding, class Dots, std::size_t M, std::size_t V>
LOWBIT_INLINE void run_chunk_tile(const strip& s, const byte_depth& depth, bool in_order,
                                  index_t row, const std::uint32_t* columns,
                                  const epilogues::any_epilogue& epilogue) noexcept {
  using sums_type = typename Coding::template sums<Dots, M, V>;
  const std::int8_t* rows[M];
  begins_of_rows(s.all, row, rows);
  sums_type sums;
  const index_t words = s.all.layout.words;
  index_t chunk = 0;
  if constexpr (Coding::natural_order) {
    chunk = in_order ? words / Coding::chunk_words : 0;
    sums.add(rows, s.panel, chunk * Coding::chunk_blocks);
  }
  for (; chunk * Coding::chunk_words < words; ++chunk) {
    std::int8_t bytes[M][static_cast<std::size_t>(Coding::chunk_words * word_bits)];
    gather_chunk(s.all, rows, chunk * Coding::chunk_words, bytes);
    const std::int8_t* at[M];
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) {
      if constexpr (!Coding::natural_order) Coding::template arrange<Dots>(bytes[m]);
      at[m] = bytes[m];
    }
    const index_t first = chunk * Coding::chunk_blocks;
    sums.add(at, s.panel + first * sums_type::block_bytes,
             min_of(Coding::chunk_blocks, Coding::blocks(words) - first));
  }
  complete_byte_tile<Dots, sums_type::missing>(s, depth, row, 0, columns, sums.finished(),
                                               epilogue);
}

/// The body of a coding: an ISA's registers, and the size of its tiles.
template <class Coding, class Tag, class Dots, std::size_t M, std::size_t V>
struct chunk_panel_body : reads_signed_rows<Tag> {
  static constexpr index_t columns = Dots::lanes * static_cast<index_t>(V);

  [[nodiscard]] static panel_layout layout(const rhs_shape& rhs, const dispatch::core&) noexcept {
    panel_layout out{columns, 1, rhs.words};
    out.plane_bytes = blocks_bytes(rhs.words) + 4 * columns;
    return out;
  }
  static void pack(const code_format& format, const operand& rows, index_t first,
                   const panel_layout& layout, std::uint8_t* panel) noexcept {
    Coding::pack(format, rows, first, layout, panel);
  }
  static void run(const strip& s, const epilogues::any_epilogue& epilogue) noexcept {
    arch::run_on(Tag{}, [&]() LOWBIT_INLINE_LAMBDA {
      std::uint32_t terms[static_cast<std::size_t>(columns)] = {};
      const byte_depth depth(s.all.runs, word_bits);
      column_terms(s, depth, s.panel + blocks_bytes(s.all.layout.words), terms);
      const bool in_order = lies_as_panel(s.all, depth);
      index_t row = s.first_row;
      for (; row + index_t{M} <= s.end_row; row += index_t{M})
        run_chunk_tile<Coding, Dots, M, V>(s, depth, in_order, row, terms, epilogue);
      for (; row < s.end_row; ++row)
        run_chunk_tile<Coding, Dots, 1, V>(s, depth, in_order, row, terms, epilogue);
    });
  }

 private:
  [[nodiscard]] static constexpr index_t blocks_bytes(index_t words) noexcept {
    return Coding::blocks(words) * Coding::template sums<Dots, 1, V>::block_bytes;
  }
};

/// The format is `ternary`, in planes, and its left operands are bytes.
[[nodiscard]] constexpr bool ternary_times_bytes(const factors& of) noexcept {
  return encoding::fits_signed_bytes(of.lhs) && of.rhs.kind == code_kind::integers &&
         of.rhs.smallest == -1 && of.rhs.largest == 1 && of.rhs.plane_count == 2 &&
         of.rhs_storage == code_storage::planes;
}

}  // namespace detail::kernel
LOWBIT_END

#endif
