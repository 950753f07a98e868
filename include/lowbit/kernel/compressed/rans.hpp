// lowbit/kernel/compressed/rans.hpp – range asymmetric numeral systems: an entropy decoder with fractions of bits.
//
// A Huffman word has whole bits. rANS keeps one large number x, the state. A symbol of probability f / M multiplies
// x by M / f: log2(M / f) bits. With frequencies f of sum M = 2^precision, and c = the sum of the frequencies before,
//
//     decode    slot = x mod M;   s = the symbol with c <= slot < c + f;   x = f * (x / M) + slot - c
//               while x < 2^16 and words are left:   x = 2^16 x + the next word of two bytes, the lower one first
//     encode    the inverse, from the last symbol to the first, from x = 0 (compress/rans.hpp)
//
// The stream begins with x itself, as that rule reads it: no length, and no byte that is 0 in front. So an odd number of
// bytes begins with a word of one byte. The encoder began with 0, so a stream ends with x = 0 and no byte left. This
// checks the whole stream, but not how many symbols it has: behind the end, x stays 0, and all symbols are the first one
// of the model. A stream has at most three bytes more than the sum of log2(M / f). So where all probabilities are powers
// of 1/2, Huffman's is the smaller one by these bytes. A symbol alone has f = M: its stream has no bytes.
//
// Cost: one look-up and one product per symbol, a chain of about 15 cycles. So streams decode in turns: four of them take
// about 5 cycles per symbol. The table has 8 * 2^precision bytes, and the caller owns it. Allocates nothing.
//
// Source: Duda, "Asymmetric numeral systems", arXiv:1311.2540, the range variant; the start with 0 is ours.
#ifndef LOWBIT_KERNEL_COMPRESSED_RANS_HPP
#define LOWBIT_KERNEL_COMPRESSED_RANS_HPP

#include <array>

#include "lowbit/core/checked.hpp"
#include "lowbit/core/reason.hpp"
#include "lowbit/kernel/compressed/fixed_width.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// log2 of the sum of all frequencies.
inline constexpr int least_rans_precision = 8, most_rans_precision = 14;
/// States are at least this while words are left, and below 2^16 times this.
inline constexpr std::uint32_t rans_low = std::uint32_t{1} << 16;

}  // namespace detail::kernel

/// Why these frequencies, one per symbol, are no model of 2^precision slots, or nothing.
[[nodiscard]] inline reason rans_problem(std::span<const std::uint16_t> frequencies,
                                         int precision) noexcept {
  using namespace detail::kernel;
  if (frequencies.empty() || frequencies.size() > most_symbols)
    return make_reason("rANS frequencies of %zu symbols: there must be 1 to %zu",
                       frequencies.size(), most_symbols);
  if (precision < least_rans_precision || precision > most_rans_precision)
    return make_reason("rANS with 2^%d slots: there must be 2^%d to 2^%d", precision,
                       least_rans_precision, most_rans_precision);
  std::uint32_t sum = 0;
  for (const std::uint16_t f : frequencies) sum += f;
  if (sum == std::uint32_t{1} << precision) return {};
  return make_reason("rANS frequencies have the sum %u: it must be %u", sum,
                     std::uint32_t{1} << precision);
}

namespace detail::kernel {

/// What a decoder reads of a slot.
struct alignas(8) rans_slot {
  std::uint16_t size, place;  ///< frequency of the symbol, and slot - first slot of the symbol
  code_t symbol;
};
/// 2^precision slots, in the caller's memory.
struct rans_table {
  const rans_slot* by_slot;
  int precision;
};

/// Fills 2^precision slots for valid frequencies.
inline void make_slots(std::span<const std::uint16_t> frequencies, rans_slot* out) noexcept {
  for (std::size_t s = 0; s < frequencies.size(); ++s)
    for (std::uint16_t place = 0; place < frequencies[s]; ++place)
      *out++ = {frequencies[s], place, static_cast<code_t>(s)};
}

/// Decodes one stream piece by piece. The slots and the bytes must outlive it.
class rans_decoder {
 public:
  rans_decoder(rans_table table, std::span<const std::byte> stream) noexcept
      : table_(table), end_(stream.data() + stream.size()), now_{stream.data(), 0} {
    if (stream.size() % 2 != 0) now_.state = std::to_integer<std::uint32_t>(*now_.at++);
    read(now_);
  }

  /// The next n symbols. Any bytes decode to some symbols: finished() says whether they were the stream's.
  [[nodiscard]] bool take(code_t* out, index_t n) noexcept {
    return take_each<1, 1>({this}, {out}, n);
  }
  /// The next n symbols of N streams, in turns: a symbol waits for the one before it, not for those of other streams.
  /// Tables is 1 if all streams have the same table, and N else.
  template <std::size_t Tables, std::size_t N>
  [[nodiscard]] static bool take_each(const std::array<rans_decoder*, N>& from,
                                      const std::array<code_t*, N>& out, index_t n) noexcept {
    std::array<reading, N> in;
    std::array<rans_table, Tables> tables;
    for (std::size_t s = 0; s < N; ++s) in[s] = from[s]->now_;
    for (std::size_t t = 0; t < Tables; ++t) tables[t] = from[t]->table_;
    index_t done = 0;
    for (index_t some = n; some > 0; done += some) {
      some = n - done;
      for (std::size_t s = 0; s < N; ++s) some = min_of(some, (from[s]->end_ - in[s].at) / 2);
      take_some(tables, in, out, done, done + some);
    }
    for (std::size_t s = 0; s < N; ++s) {
      for (index_t i = done; i < n; ++i) {
        out[s][i] = next(from[s]->table_, in[s]);
        from[s]->read(in[s]);
      }
      from[s]->now_ = in[s];
    }
    return true;
  }
  /// All bytes are used, and the state is the one that the encoder began with.
  [[nodiscard]] bool finished() const noexcept { return now_.at == end_ && now_.state == 0; }

 private:
  /// What changes with every symbol, for registers.
  struct reading {
    const std::byte* at;
    std::uint32_t state;
  };

  [[nodiscard]] LOWBIT_INLINE static std::uint32_t word_at(const std::byte* at) noexcept {
    std::uint16_t bits;
    std::memcpy(&bits, at, sizeof bits);
    if constexpr (std::endian::native == std::endian::big) bits = __builtin_bswap16(bits);
    return bits;
  }
  LOWBIT_INLINE void read(reading& in) const noexcept {
    for (; in.state < rans_low && in.at < end_; in.at += 2)
      in.state = in.state << 16 | word_at(in.at);
  }
  LOWBIT_INLINE static code_t next(const rans_table& table, reading& in) noexcept {
    const std::uint32_t slot = in.state & ((std::uint32_t{1} << table.precision) - 1);
    const rans_slot of = table.by_slot[slot];
    in.state = of.size * (in.state >> table.precision) + of.place;
    return of.symbol;
  }
  /// Symbols from `begin` to `end`, with a word left for each.
  template <std::size_t Tables, std::size_t N>
  LOWBIT_INLINE static void take_some(const std::array<rans_table, Tables>& models,
                                      std::array<reading, N>& streams,
                                      const std::array<code_t*, N>& out, index_t begin,
                                      index_t end) noexcept {
    // In registers: symbols are bytes, which could lie anywhere.
    std::array<reading, N> in = streams;
    const std::array<code_t*, N> to = out;
    const std::array<rans_table, Tables> tables = models;
    for (index_t i = begin; i < end; ++i) {
      LOWBIT_UNROLL
      for (std::size_t s = 0; s < N; ++s) {
        to[s][i] = next(tables[Tables == 1 ? 0 : s], in[s]);
        // Without a branch: whether a state takes a word is a matter of chance.
        const std::uint32_t state = in[s].state, longer = state << 16 | word_at(in[s].at);
        const std::int64_t takes = (std::int64_t{state} - rans_low) >> 63;  // -1 or 0
        in[s].state = state ^ ((state ^ longer) & static_cast<std::uint32_t>(takes));
        in[s].at -= 2 * takes;
      }
    }
    streams = in;
  }

  rans_table table_;
  const std::byte* end_;
  reading now_;
};

}  // namespace detail::kernel
LOWBIT_END

#endif
