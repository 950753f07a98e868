// lowbit/kernel/compressed/huffman.hpp – a decoder of canonical Huffman codes (kernel/compressed/huffman_table.hpp).
//
// The decoder looks 11 bits up at once, which are about 2.5 symbols at 4 bits per symbol. A word of more than 11 bits
// takes a walk over the lengths.
//
// Cost: a look-up waits about 9 cycles for the one before it, so streams decode in turns. Four of them take about 2 cycles
// per symbol. Allocates nothing.
#ifndef LOWBIT_KERNEL_COMPRESSED_HUFFMAN_HPP
#define LOWBIT_KERNEL_COMPRESSED_HUFFMAN_HPP

#include "lowbit/core/checked.hpp"
#include "lowbit/kernel/compressed/huffman_table.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Decodes one stream piece by piece. A table and the bytes must outlive it.
class huffman_decoder {
 public:
  huffman_decoder(const huffman_table& table, std::span<const std::byte> stream) noexcept
      : table_(&table), end_(stream.data() + stream.size()), now_{stream.data(), 0, 0} {}

  /// The next n symbols; false if the stream ends before them or has a word that no symbol has. Then what is in `out`
  /// means nothing.
  [[nodiscard]] bool take(code_t* out, index_t n) noexcept {
    return take_each<1, 1>({this}, {out}, n);
  }
  /// The next n symbols of N streams, in turns: a look-up waits for the one before it, not for those of other streams.
  /// Tables is 1 if all streams have the same table, and N else. False if a stream does not have them.
  template <std::size_t Tables, std::size_t N>
  [[nodiscard]] static bool take_each(const std::array<huffman_decoder*, N>& from,
                                      const std::array<code_t*, N>& out, index_t n) noexcept {
    turns<N> now;
    now.out = out;
    std::array<const huffman_table*, Tables> tables;
    for (std::size_t s = 0; s < N; ++s) now.in[s] = from[s]->now_;
    for (std::size_t t = 0; t < Tables; ++t) tables[t] = from[t]->table_;
    if (!take_rounds<most_lookups>(tables, from, now, out, n) ||
        !take_rounds<1>(tables, from, now, out, n))
      return false;
    for (std::size_t s = 0; s < N; ++s) {
      while (now.out[s] < out[s] + n)
        if (!from[s]->take_one(now.in[s], *now.out[s]++)) return false;
      from[s]->now_ = now.in[s];
    }
    return true;
  }
  /// All bytes are used, and unused bits of the last one are 0.
  [[nodiscard]] bool finished() const noexcept {
    return now_.at == end_ && now_.held < 8 && now_.bits == 0;
  }

 private:
  static constexpr std::uint64_t mask = (std::uint64_t{1} << lookup_bits) - 1;
  /// Look-ups of a round: they use 55 of at least 56 bits.
  static constexpr int most_lookups = 5;

  /// What changes with every look-up, for registers.
  struct reading {
    const std::byte* at;
    std::uint64_t bits;  ///< bits that are read and not used, the next one lowest
    int held;            ///< how many

    LOWBIT_INLINE void drop(int n) noexcept {
      bits >>= n;
      held -= n;
    }
    /// Afterwards at least 56 bits are held. Eight bytes are left to read. Bits that do not count as held yet are those
    /// of the next bytes, and the next refill adds the same bits again.
    LOWBIT_INLINE void refill() noexcept {
      bits |= next_bits(at) << held;
      const unsigned bytes = (63u - static_cast<unsigned>(held)) / 8;
      at += bytes;
      held += static_cast<int>(8 * bytes);
    }
  };

  /// N streams and where their symbols go.
  template <std::size_t N>
  struct turns {
    std::array<reading, N> in;
    std::array<code_t*, N> out;

    /// Rounds of look-ups, each takes all symbols that are complete. False if a stream is at a word that is longer than
    /// a look-up; then they may be fewer rounds.
    template <int Lookups, std::size_t Tables>
    [[nodiscard]] LOWBIT_INLINE bool look_up(const std::array<const huffman_table*, Tables>& tables,
                                             index_t rounds) noexcept {
      turns now = *this;  // in registers: symbols are bytes, which could lie anywhere
      bool whole = true;
      const auto entry_of = [&](std::size_t s) LOWBIT_INLINE_LAMBDA -> const auto& {
        return tables[Tables == 1 ? 0 : s]->entries[now.in[s].bits & mask];
      };
      for (; rounds > 0 && whole; --rounds) {
        LOWBIT_UNROLL
        for (std::size_t s = 0; s < N; ++s) {
          now.in[s].refill();
          whole &= entry_of(s).count != 0;
        }
        LOWBIT_UNROLL
        for (int i = 0; i < Lookups; ++i) {
          LOWBIT_UNROLL
          for (std::size_t s = 0; s < N; ++s) {
            const huffman_table::entry& e = entry_of(s);
            std::memcpy(now.out[s], &e,
                        sizeof(e));  // one store, of up to eight bytes behind the symbols
            now.out[s] += e.count;
            now.in[s].drop(e.bits);
          }
        }
      }
      *this = now;
      return whole;
    }
  };
  /// Rounds while every stream has bytes and places for one.
  template <int Lookups, std::size_t Tables, std::size_t N>
  [[nodiscard]] static bool take_rounds(const std::array<const huffman_table*, Tables>& tables,
                                        const std::array<huffman_decoder*, N>& from, turns<N>& now,
                                        const std::array<code_t*, N>& out, index_t n) noexcept {
    constexpr auto places = Lookups * static_cast<index_t>(symbols_per_lookup) + 3;
    for (;;) {
      index_t rounds = n;
      for (std::size_t s = 0; s < N; ++s)
        rounds = min_of(
            rounds, min_of((from[s]->end_ - now.in[s].at) / 8, (out[s] + n - now.out[s]) / places));
      if (rounds == 0) return true;
      if (now.template look_up<Lookups>(tables, rounds)) continue;
      for (std::size_t s = 0; s < N; ++s)
        if (!from[s]->take_one(now.in[s], *now.out[s]++)) return false;
    }
  }
  /// One symbol.
  [[nodiscard]] bool take_one(reading& in, code_t& symbol) const noexcept {
    if (end_ - in.at >= 8)
      in.refill();
    else
      for (; in.held < most_code_length && in.at < end_; in.held += 8)
        in.bits |= std::to_integer<std::uint64_t>(*in.at++) << in.held;
    const huffman_table::entry& e = table_->entries[in.bits & mask];
    if (e.count > 0 && e.first <= in.held) {
      symbol = e.symbol[0];
      in.drop(e.first);
      return true;
    }
    std::uint32_t word = 0;
    for (int l = 1; l <= most_code_length && l <= in.held; ++l) {
      word = word << 1 | static_cast<std::uint32_t>(in.bits >> (l - 1) & 1);
      const auto at = static_cast<std::size_t>(l);
      if (word - table_->first[at] >= table_->count[at]) continue;
      symbol = table_->by_word[table_->begin[at] + (word - table_->first[at])];
      in.drop(l);
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
