// lowbit/kernel/three_of_four/panels.hpp – panels of ternary columns with one 0 in each four: 1.25 bits per weight.
//
//     panel   [blocks of 128 elements: kernel/three_of_four/group_sums.hpp][per column, sum of its values]
//
// Fours begin where runs begin. What a run's last word has behind the run counts as 0.
#ifndef LOWBIT_KERNEL_THREE_OF_FOUR_PANELS_HPP
#define LOWBIT_KERNEL_THREE_OF_FOUR_PANELS_HPP

#include "lowbit/core/reason.hpp"
#include "lowbit/kernel/bytes/panels.hpp"
#include "lowbit/kernel/three_of_four/group_sums.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// What is wrong with rows of ternary codes, or nothing: of each four codes of a run exactly one is 0, of a shorter rest
/// none.
[[nodiscard]] inline reason three_of_four_problem(const operand& rows, run_list runs) noexcept {
  for (index_t r = 0; r < rows.rows; ++r) {
    const word* const nonzero = rows.row(r, 0);
    index_t before = 0;
    for (const product_run& run : runs) {
      for (index_t k = 0; k < run.depth; k += 4) {
        const index_t size = min_of(run.depth - k, 4);
        const int zeros =
            static_cast<int>(size) -
            std::popcount(nonzero[run.rhs_word + k / word_bits] >> k % word_bits & 15);
        if (zeros != size / 4)
          return make_reason("row %td, elements %td to %td: %d zeros. Three of four asks for %td",
                             r, before + k, before + k + size - 1, zeros, size / 4);
      }
      before += run.depth;
    }
  }
  return {};
}

/// The coding (kernel/bytes/chunks.hpp). Eight blocks are a chunk, so that gathering a row has long copies.
struct three_of_four_groups {
  template <class Dots, std::size_t M, std::size_t V>
  using sums = group_sums<Dots, M, V>;
  static constexpr index_t chunk_words = 16, chunk_blocks = 8;
  static constexpr bool natural_order = false;

  /// Blocks of a column of so many words.
  [[nodiscard]] static constexpr index_t blocks(index_t words) noexcept {
    return ceil_div(words * word_bits, group_block_depth);
  }
  /// Packs the columns first ... of a ternary operand, as many as the panel has, into zeros. What is said of sums at
  /// pack_byte_panel() holds here, too.
  static void pack(const code_format& format, const operand& rows, index_t first,
                   const panel_layout& layout, std::uint8_t* panel) noexcept {
    const byte_codes as = unsigned_bytes(format);
    const index_t row_bytes = 4 * layout.rows;
    const index_t end = min_of(rows.rows - first, layout.rows);
    std::uint8_t* const sums = panel + blocks(layout.words) * (group_block_bytes / 4) * row_bytes;
    constexpr code_t code_of[3] = {ternary::minus, ternary::zero, ternary::plus};
    for (index_t n = 0; n < end; ++n) {
      std::uint32_t sum = 0;
      for (index_t w = 0; w < layout.words; ++w) {
        std::uint8_t bytes[word_bits];
        store_word(as, format.plane_count, rows, first + n, w, bytes);
        for (const std::uint8_t u : bytes) sum += static_cast<std::uint32_t>(u - as.base);
        std::uint8_t* const block = panel + w / 2 * (group_block_bytes / 4) * row_bytes + 4 * n;
        for (index_t g = 0; g < word_bits / 4; ++g) {
          const std::uint8_t* const four = bytes + 4 * g;
          const code_t symbol = encoding::three_of_four_symbol(
              {code_of[four[0]], code_of[four[1]], code_of[four[2]], code_of[four[3]]});
          const index_t sixteen = w % 2 * 4 + g / 4, j = g % 4;
          std::uint8_t& index = block[sixteen / 2 * row_bytes + j];
          index = static_cast<std::uint8_t>(index | (symbol & 15) << sixteen % 2 * 4);
          std::uint8_t& signs = block[4 * row_bytes + j];
          signs = static_cast<std::uint8_t>(signs | symbol >> 4 << sixteen);
        }
      }
      std::memcpy(sums + 4 * n, &sum, 4);
    }
  }
  template <class Dots, std::size_t Bytes>
  LOWBIT_INLINE static void arrange(std::int8_t (&row)[Bytes]) noexcept {
    for (std::size_t k = 0; k < Bytes; k += 16) Dots::exchange_fours(row + k);
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
