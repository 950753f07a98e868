// lowbit/kernel/compressed/huffman.hpp – canonical Huffman codes: what their lengths mean, and a fast decoder.
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
// The decoder looks 11 bits up at once. An entry of its table holds all symbols that are complete in these bits, up to
// five. Words of more than 11 bits take a walk over the lengths. Each has a probability of about 2^-12 or less.
//
// Cost: 16 KiB of table, made in one pass, so that those of indices and of codes fit the first cache together. About 2.5
// symbols per look-up at 4 bits per symbol. Allocates nothing.
#ifndef LOWBIT_KERNEL_COMPRESSED_HUFFMAN_HPP
#define LOWBIT_KERNEL_COMPRESSED_HUFFMAN_HPP

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

/// Decodes one stream piece by piece. A table and the bytes must outlive it.
class huffman_decoder {
 public:
  huffman_decoder(const huffman_table& table, std::span<const std::byte> stream) noexcept
      : table_(&table), end_(stream.data() + stream.size()), now_{stream.data(), 0, 0} {}

  /// The next n symbols; false if the stream ends before them or has a word that no symbol has. Then what is in `out`
  /// means nothing.
  [[nodiscard]] bool take(code_t* out, index_t n) noexcept {
    code_t* const last = out + n;
    while (has_round(out, last)) {
      reading in = now_;
      refill(in);
      for (int i = 0; i < lookups; ++i) look_up(in, out);
      now_ = in;
      if (!take_long(out)) return false;
    }
    while (out < last && end_ - now_.at >= 8) {
      refill(now_);
      const auto& e = table_->entries[now_.bits & mask];
      if (e.count == 0) {
        if (!take_one(*out++)) return false;
      } else {
        *out++ = e.symbol[0];
        now_.drop(e.first);
      }
    }
    while (out < last)
      if (!take_one(*out++)) return false;
    return true;
  }
  /// The next n symbols of two streams, in turns: a look-up waits for the one before it, not for that of the other
  /// stream. False if one of them does not have them.
  [[nodiscard]] static bool take_both(huffman_decoder& a, code_t* to_a, huffman_decoder& b,
                                      code_t* to_b, index_t n) noexcept {
    code_t *const last_a = to_a + n, *const last_b = to_b + n;
    while (a.has_round(to_a, last_a) && b.has_round(to_b, last_b)) {
      reading in_a = a.now_, in_b = b.now_;
      refill(in_a);
      refill(in_b);
      for (int i = 0; i < lookups; ++i) {
        a.look_up(in_a, to_a);
        b.look_up(in_b, to_b);
      }
      a.now_ = in_a;
      b.now_ = in_b;
      if (!a.take_long(to_a) || !b.take_long(to_b)) return false;
    }
    return a.take(to_a, last_a - to_a) && b.take(to_b, last_b - to_b);
  }
  /// All bytes are used, and unused bits of the last one are 0.
  [[nodiscard]] bool finished() const noexcept {
    return now_.at == end_ && now_.held < 8 && now_.bits == 0;
  }

 private:
  static constexpr std::uint64_t mask = (std::uint64_t{1} << lookup_bits) - 1;
  /// Look-ups of a round: they use 55 of at least 56 bits.
  static constexpr int lookups = 5;

  /// What changes with every look-up, for registers.
  struct reading {
    const std::byte* at;
    std::uint64_t bits;  ///< bits that are read and not used, the next one lowest
    int held;            ///< how many

    LOWBIT_INLINE void drop(int n) noexcept {
      bits >>= n;
      held -= n;
    }
  };

  /// A round, and a symbol more, neither writes behind `last` nor reads behind the stream.
  [[nodiscard]] LOWBIT_INLINE bool has_round(const code_t* out, const code_t* last) const noexcept {
    constexpr index_t written = (lookups - 1) * static_cast<index_t>(symbols_per_lookup) +
                                static_cast<index_t>(sizeof(huffman_table::entry));
    return last - out >= written && end_ - now_.at >= 8;
  }
  /// Afterwards at least 56 bits are held. Eight bytes are left to read. Bits that do not count as held yet are those
  /// of the next bytes, and the next refill adds the same bits again.
  LOWBIT_INLINE static void refill(reading& in) noexcept {
    in.bits |= next_bits(in.at) << in.held;
    const int bytes = (63 - in.held) / 8;
    in.at += bytes;
    in.held += 8 * bytes;
  }
  /// All symbols that are complete; none at a word that is longer. Writes eight bytes: one store.
  LOWBIT_INLINE void look_up(reading& in, code_t*& out) const noexcept {
    const huffman_table::entry& e = table_->entries[in.bits & mask];
    std::memcpy(out, &e, sizeof(e));
    out += e.count;
    in.drop(e.bits);
  }
  /// The symbol at which look-ups stopped, if they did.
  [[nodiscard]] LOWBIT_INLINE bool take_long(code_t*& out) noexcept {
    return table_->entries[now_.bits & mask].count != 0 || take_one(*out++);
  }
  /// One symbol, byte by byte.
  [[nodiscard]] bool take_one(code_t& symbol) noexcept {
    while (now_.held < most_code_length && now_.at < end_) {
      now_.bits |= std::to_integer<std::uint64_t>(*now_.at++) << now_.held;
      now_.held += 8;
    }
    std::uint32_t word = 0;
    for (int l = 1; l <= most_code_length && l <= now_.held; ++l) {
      word = word << 1 | static_cast<std::uint32_t>(now_.bits >> (l - 1) & 1);
      const auto at = static_cast<std::size_t>(l);
      if (word - table_->first[at] >= table_->count[at]) continue;
      symbol = table_->by_word[table_->begin[at] + (word - table_->first[at])];
      now_.drop(l);
      return true;
    }
    return false;
  }

  const huffman_table* table_;
  const std::byte* end_;
  reading now_;
};

}  // namespace detail::kernel
LOWBIT_END

#endif
