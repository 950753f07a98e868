// lowbit/kernel/trits/panels.hpp – panels of ternary columns in base 3: 1.6 bits per weight.
//
//     panel   [blocks of 20 elements: kernel/trits/digit_sums.hpp][per column, sum of its values + 1]
//
// Blocks follow each other without regard to words: 16 blocks hold 5 words. Elements that segments leave free hold what code
// 0 stands for.
#ifndef LOWBIT_KERNEL_TRITS_PANELS_HPP
#define LOWBIT_KERNEL_TRITS_PANELS_HPP

#include "lowbit/kernel/bytes/panels.hpp"
#include "lowbit/kernel/trits/digit_sums.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// The coding (kernel/bytes/chunks.hpp): 16 blocks hold 5 words.
struct base_3_digits {
  template <class Dots, std::size_t M, std::size_t V>
  using sums = digit_sums<Dots, M, V>;
  static constexpr index_t chunk_words = 5, chunk_blocks = 16;
  static constexpr bool natural_order = true;

  /// Blocks of a column of so many words.
  [[nodiscard]] static constexpr index_t blocks(index_t words) noexcept {
    return ceil_div(words * word_bits, digit_block_depth);
  }
  /// Packs the columns first ... of a ternary operand, as many as the panel has, into zeros. What is said of sums and of
  /// elements that do not exist at pack_byte_panel() holds here, too.
  static void pack(const code_format& format, const operand& rows, index_t first,
                   const panel_layout& layout, std::uint8_t* panel) noexcept {
    const byte_codes as = unsigned_bytes(format);
    const index_t columns = layout.rows;
    const index_t end = min_of(rows.rows - first, columns);
    for (index_t n = 0; n < end; ++n) {
      std::uint32_t sum = 0;
      int digits[digit_block_depth] = {};
      index_t held = 0, block = 0;
      const auto store = [&] {
        for (index_t j = 0; j < 4; ++j) {
          int number = 0;
          for (index_t i = 0; i < digits_of_byte; ++i) number = 3 * number + digits[4 * i + j];
          panel[(block * columns + n) * 4 + j] = byte_of_digits(number);
        }
        ++block;
        held = 0;
        for (int& d : digits) d = 0;
      };
      for (index_t w = 0; w < layout.words; ++w) {
        std::uint8_t bytes[word_bits];
        store_word(as, format.plane_count, rows, first + n, w, bytes);
        for (index_t k = 0; k < word_bits; ++k) {
          digits[held++] = bytes[k];
          sum += static_cast<std::uint32_t>(bytes[k] - as.base);
          if (held == digit_block_depth) store();
        }
      }
      if (held > 0) store();
      std::memcpy(panel + (blocks(layout.words) * columns + n) * 4, &sum, 4);
    }
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
