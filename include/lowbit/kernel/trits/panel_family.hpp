// lowbit/kernel/trits/panel_family.hpp – the family "trits": rows of signed bytes against ternary weights in base 3.
//
// Ternary weights in fields of two bits (kernel/bytes/) multiply faster, and read a quarter more memory. Where one token
// reads all weights from memory, bytes are the bound, and base 3 is the faster one. So the family is for large weights
// and few rows. It is in no list by itself, because only who knows the machine knows what its caches hold:
//
//     using digits = lowbit::families<lowbit::family::trit_panels, lowbit::family::bit_rows, lowbit::family::reference>;
//     const auto w = lowbit::prepare(ternary_weights, lowbit::format_of<lowbit::signed_bits<8>>(), lowbit::with(digits{}));
//     const auto y = lowbit::gemm(x, w, lowbit::with(digits{}));
//
// Results are those of every family. ISAs without 32-bit dot products of bytes take the other families of the list.
//
// Cost: two dot products of bytes where fields take one. Panels: 0.2 bytes per weight, and 4 per column.
#ifndef LOWBIT_KERNEL_TRITS_PANEL_FAMILY_HPP
#define LOWBIT_KERNEL_TRITS_PANEL_FAMILY_HPP

#include "lowbit/kernel/bytes/panel_family.hpp"
#include "lowbit/kernel/trits/panels.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Words that fill whole blocks, and their blocks.
inline constexpr index_t digit_chunk_words = 5, digit_chunk_blocks = 16;

/// The left bytes of the words from `first` on, digit_chunk_words of them, in the order of the panel: 0 where no run is.
template <std::size_t M>
inline void gather_chunk(const multiplication& all, const std::int8_t* const (&rows)[M],
                         index_t first,
                         std::int8_t (&to)[M][digit_chunk_words * word_bits]) noexcept {
  const index_t end = first + digit_chunk_words;
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

/// M rows from `row` on against the panel of a strip. Rows are read where they lie, if they lie as the panel does. What
/// is left, and runs that do not, is gathered chunk by chunk.
template <class Dots, std::size_t M, std::size_t V>
LOWBIT_INLINE void run_digit_tile(const strip& s, const byte_depth& depth, bool in_order,
                                  index_t row, const std::uint32_t* columns,
                                  const epilogues::any_epilogue& epilogue) noexcept {
  using sums_type = digit_sums<Dots, M, V>;
  const std::int8_t* rows[M];
  begins_of_rows(s.all, row, rows);
  sums_type sums;
  const index_t words = s.all.layout.words;
  const index_t whole = in_order ? words / digit_chunk_words : 0;
  sums.add(rows, s.panel, whole * digit_chunk_blocks);
  for (index_t c = whole; c * digit_chunk_words < words; ++c) {
    std::int8_t chunk[M][digit_chunk_words * word_bits];
    gather_chunk(s.all, rows, c * digit_chunk_words, chunk);
    const std::int8_t* at[M];
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) at[m] = chunk[m];
    const index_t first = c * digit_chunk_blocks;
    sums.add(at, s.panel + first * sums_type::block_bytes,
             min_of(digit_chunk_blocks, digit_blocks(words) - first));
  }
  constexpr std::uint32_t missing = Dots::signed_only ? 1 : 0;
  complete_byte_tile<Dots, missing>(s, depth, row, 0, columns, sums.finished(), epilogue);
}

/// A body of the family: an ISA's registers, and the size of its tiles.
template <class Tag, class Dots, std::size_t M, std::size_t V>
struct trit_panel_body : reads_signed_rows<Tag> {
  static constexpr index_t columns = Dots::lanes * static_cast<index_t>(V);

  [[nodiscard]] static panel_layout layout(const rhs_shape& rhs, const dispatch::core&) noexcept {
    return digit_panel_layout(columns, rhs);
  }
  static void pack(const code_format& format, const operand& rows, index_t first,
                   const panel_layout& layout, std::uint8_t* panel) noexcept {
    pack_digits(format, rows, first, layout, panel);
  }
  static void run(const strip& s, const epilogues::any_epilogue& epilogue) noexcept {
    arch::run_on(Tag{}, [&]() LOWBIT_INLINE_LAMBDA {
      std::uint32_t terms[static_cast<std::size_t>(columns)] = {};
      const byte_depth depth(s.all.runs, word_bits);
      column_terms(s, depth, s.panel + digit_blocks(s.all.layout.words) * 4 * columns, terms);
      const bool in_order = lies_as_panel(s.all, depth);
      index_t row = s.first_row;
      for (; row + index_t{M} <= s.end_row; row += index_t{M})
        run_digit_tile<Dots, M, V>(s, depth, in_order, row, terms, epilogue);
      for (; row < s.end_row; ++row)
        run_digit_tile<Dots, 1, V>(s, depth, in_order, row, terms, epilogue);
    });
  }
};

no_body trit_body(isa::scalar);
#if LOWBIT_X86
trit_panel_body<isa::avxvnni, simd::byte_dots_avxvnni, 1, 4> trit_body(isa::avxvnni);
trit_panel_body<isa::avx512vnni, simd::byte_dots_avx512vnni, 2, 4> trit_body(isa::avx512vnni);
#endif
#if LOWBIT_HAS_NEON_DOTPROD
trit_panel_body<isa::neon_dotprod, simd::byte_dots_neon_dotprod, 2, 4> trit_body(isa::neon_dotprod);
#endif

/// The family.
struct trit_panels {
  static constexpr const char* name = "trits";

  template <class Tag>
  using body = decltype(trit_body(Tag{}));

  template <class Tag>
  [[nodiscard]] static constexpr bool serves(const factors& of) noexcept {
    return encoding::fits_signed_bytes(of.lhs) && of.rhs.kind == code_kind::integers &&
           of.rhs.smallest == -1 && of.rhs.largest == 1 && of.rhs.plane_count == 2 &&
           of.rhs_storage == code_storage::planes;
  }
  /// That of fields times what base 3 takes longer.
  template <class Tag>
  [[nodiscard]] static constexpr double cost(const factors& of, const product_shape& shape,
                                             const panel_layout& layout, bool packed) noexcept {
    return 2.5 *
           byte_panels::cost<Tag>(of, shape, byte_panel_layout(layout.rows, rhs_of(shape)), packed);
  }
};

}  // namespace detail::kernel

namespace family {
using detail::kernel::trit_panels;
}  // namespace family

LOWBIT_END

#endif
