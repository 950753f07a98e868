// lowbit/kernel/compressed/huffman_table.hpp – canonical Huffman codes: what their lengths mean, and a table to decode.
//
// Lengths alone define the code, as in DEFLATE (RFC 1951, section 3.2.2):
//
//     code words of one length are consecutive numbers, in the order of the symbols
//     the first one of length l is (first of l - 1 + number of codes of l - 1) * 2
//
// Lengths are 0 (the symbol does not occur) to 15. They fill the code space: sum of 2^-length = 1 (Kraft). One symbol
// alone has length 1 and the word 0; the word 1 is then an error. The first bit of a word is its highest one, and lies
// at the lowest free bit of the stream. Bits of a stream fill bytes from the lowest bit; unused bits of the last byte
// are 0.
//
// An entry of the table holds all symbols that are complete in 11 bits, up to five. Words of more than 11 bits are in
// lists by length. Each has a probability of about 2^-12 or less.
//
// Cost: 16 KiB, made in one pass. About 2.5 symbols per entry at 4 bits per symbol. Allocates nothing.
#ifndef LOWBIT_KERNEL_COMPRESSED_HUFFMAN_TABLE_HPP
#define LOWBIT_KERNEL_COMPRESSED_HUFFMAN_TABLE_HPP

#include <array>
#include <cstring>
#include <span>

#include "lowbit/core/reason.hpp"
#include "lowbit/core/types.hpp"
#include "lowbit/kernel/compressed/fixed_width.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// The longest code word.
inline constexpr int most_code_length = 15;
/// Bits of one look-up.
inline constexpr int lookup_bits = 11;
/// Symbols of one look-up.
inline constexpr std::size_t symbols_per_lookup = 5;

}  // namespace detail::kernel

/// Why these lengths, one per symbol, are no canonical code, or nothing.
[[nodiscard]] inline reason huffman_problem(std::span<const std::uint8_t> lengths) noexcept {
  using namespace detail::kernel;
  if (lengths.empty() || lengths.size() > most_symbols)
    return make_reason("Huffman lengths of %zu symbols: there must be 1 to %zu", lengths.size(),
                       most_symbols);
  constexpr std::uint32_t whole = 1u << most_code_length;
  std::uint32_t space = 0;
  int used = 0;
  for (std::size_t s = 0; s < lengths.size(); ++s) {
    if (lengths[s] > most_code_length)
      return make_reason("Huffman length of symbol %zu is %d: the longest is %d", s,
                         int{lengths[s]}, most_code_length);
    if (lengths[s] == 0) continue;
    space += whole >> lengths[s];
    ++used;
  }
  if (space == whole || (used == 1 && space == whole / 2)) return {};
  return make_reason("Huffman lengths of %d symbols fill %u of %u parts of the code space", used,
                     space, whole);
}

namespace detail::kernel {

/// The words of all symbols, as they lie in a stream: the first bit lowest.
struct huffman_words {
  std::array<std::uint16_t, most_symbols> word{};
  std::array<std::uint8_t, most_symbols> length{};
};

/// A word of `length` bits with its bits in the opposite order.
[[nodiscard]] constexpr std::uint32_t reversed(std::uint32_t word, int length) noexcept {
  std::uint32_t out = 0;
  for (int i = 0; i < length; ++i) out |= (word >> i & 1) << (length - 1 - i);
  return out;
}

/// How many codes have each length, and the first word of each: the whole canonical code.
struct huffman_lengths {
  std::array<std::uint32_t, most_code_length + 1> count{}, first{};

  explicit huffman_lengths(std::span<const std::uint8_t> lengths) noexcept {
    for (const std::uint8_t l : lengths)
      if (l > 0) ++count[l];
    for (std::size_t l = 1; l <= most_code_length; ++l)
      first[l] = (first[l - 1] + count[l - 1]) << 1;
  }
};

/// The words of valid lengths.
[[nodiscard]] inline huffman_words huffman_words_of(
    std::span<const std::uint8_t> lengths) noexcept {
  huffman_lengths next(lengths);
  huffman_words out;
  for (std::size_t s = 0; s < lengths.size(); ++s) {
    const std::uint8_t l = lengths[s];
    if (l == 0) continue;
    out.word[s] = static_cast<std::uint16_t>(reversed(next.first[l]++, l));
    out.length[s] = l;
  }
  return out;
}

/// What a decoder reads.
struct huffman_table {
  struct entry {
    std::array<code_t, symbols_per_lookup> symbol;
    std::uint8_t count;  ///< complete symbols; 0: the word is longer, or there is none
    std::uint8_t bits;   ///< of these symbols
    std::uint8_t first;  ///< bits of the first symbol
  };
  static_assert(sizeof(entry) == 8, "an entry is one load");
  std::array<entry, std::size_t{1} << lookup_bits> entries;
  /// The walk: symbols by word, and where those of each length begin.
  std::array<code_t, most_symbols> by_word;
  std::array<std::uint32_t, most_code_length + 1> count, first, begin;
};

/// Fills a table for valid lengths.
inline void make_table(std::span<const std::uint8_t> lengths, huffman_table& out) noexcept {
  const huffman_words code = huffman_words_of(lengths);
  const huffman_lengths by_length(lengths);
  out.count = by_length.count;
  out.first = by_length.first;
  std::uint32_t place = 0;
  for (std::size_t l = 0; l <= most_code_length; ++l) {
    out.begin[l] = place;
    for (std::size_t s = 0; l > 0 && s < lengths.size(); ++s)
      if (lengths[s] == l) out.by_word[place++] = static_cast<code_t>(s);
  }
  constexpr std::uint32_t size = 1u << lookup_bits;
  for (std::uint32_t i = 0; i < size; ++i) out.entries[i] = {};
  for (std::size_t s = 0; s < lengths.size(); ++s) {
    const std::uint32_t l = code.length[s];
    if (l == 0 || l > static_cast<std::uint32_t>(lookup_bits)) continue;
    for (std::uint32_t i = code.word[s]; i < size; i += 1u << l) {
      out.entries[i].symbol[0] = static_cast<code_t>(s);
      out.entries[i].count = 1;
      out.entries[i].bits = out.entries[i].first = static_cast<std::uint8_t>(l);
    }
  }
  // What follows the first symbol: bits above the look-up are unknown, so a symbol counts only if it ends within.
  for (std::uint32_t i = 0; i < size; ++i) {
    auto& e = out.entries[i];
    while (e.count > 0 && e.count < symbols_per_lookup) {
      const auto& next = out.entries[i >> e.bits];
      if (next.first == 0 || e.bits + next.first > lookup_bits) break;
      e.symbol[e.count++] = next.symbol[0];
      e.bits = static_cast<std::uint8_t>(e.bits + next.first);
    }
  }
}

}  // namespace detail::kernel
LOWBIT_END

#endif
