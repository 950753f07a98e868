// lowbit/kernel/compressed/rans.hpp – range asymmetric numeral systems: an entropy decoder with fractions of bits.
//
// A Huffman word has whole bits. rANS keeps one large number x, the state. A symbol of probability f / M multiplies
// x by M / f: log2(M / f) bits. With frequencies f of sum M = 2^precision, and c = the sum of the frequencies before,
//
//     decode    slot = x mod M;   s = the symbol with c <= slot < c + f;   x = f * (x / M) + slot - c
//               while x < 2^23 and bytes are left:   x = 256 x + the next byte
//     encode    the inverse, from the last symbol to the first, from x = 0 (compress/rans.hpp)
//
// The stream begins with x itself, as that rule reads it: no length, and no byte that is 0 in front. The encoder began
// with 0, so a stream ends with x = 0 and no byte left. This checks the whole stream, but not how many symbols it has:
// behind the end, x stays 0, and all symbols are the first one of the model. A stream has at most three bytes more than
// the sum of log2(M / f). So where all probabilities are powers of 1/2, Huffman's is the smaller one by these bytes. A symbol alone has f = M: its stream has no bytes.
//
// Cost: one look-up and one product per symbol, a chain of about 20 cycles. The table has up to 17 KiB. Allocates nothing.
//
// Source: Duda, "Asymmetric numeral systems", arXiv:1311.2540, the range variant; the start with 0 is ours.
#ifndef LOWBIT_KERNEL_COMPRESSED_RANS_HPP
#define LOWBIT_KERNEL_COMPRESSED_RANS_HPP

#include <array>

#include "lowbit/core/reason.hpp"
#include "lowbit/kernel/compressed/fixed_width.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// log2 of the sum of all frequencies.
inline constexpr int least_rans_precision = 8, most_rans_precision = 14;
/// States are at least this while bytes are left, and below 256 times this.
inline constexpr std::uint32_t rans_low = std::uint32_t{1} << 23;

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

/// What a decoder reads.
struct rans_table {
  struct slot_range {
    std::uint32_t first, size;
  };
  std::array<code_t, std::size_t{1} << most_rans_precision> symbol;  ///< by slot
  std::array<slot_range, most_symbols> range;                        ///< by symbol
  int precision;
};

/// Fills a table for valid frequencies.
inline void make_table(std::span<const std::uint16_t> frequencies, int precision,
                       rans_table& out) noexcept {
  out.precision = precision;
  out.range = {};
  std::uint32_t slot = 0;
  for (std::size_t s = 0; s < frequencies.size(); ++s) {
    out.range[s] = {slot, frequencies[s]};
    for (const std::uint32_t end = slot + frequencies[s]; slot < end; ++slot)
      out.symbol[slot] = static_cast<code_t>(s);
  }
}

/// Decodes one stream piece by piece. A table and the bytes must outlive it.
class rans_decoder {
 public:
  rans_decoder(const rans_table& table, std::span<const std::byte> stream) noexcept
      : table_(&table), end_(stream.data() + stream.size()), now_{stream.data(), 0} {
    read(now_);
  }

  /// The next n symbols. Any bytes decode to some symbols: finished() says whether they were the stream's.
  [[nodiscard]] bool take(code_t* out, index_t n) noexcept {
    reading in = now_;
    for (index_t i = 0; i < n; ++i) out[i] = next(in);
    now_ = in;
    return true;
  }
  /// The next n symbols of two streams, in turns: a symbol waits for the one before it, not for that of the other
  /// stream.
  [[nodiscard]] static bool take_both(rans_decoder& a, code_t* to_a, rans_decoder& b, code_t* to_b,
                                      index_t n) noexcept {
    reading in_a = a.now_, in_b = b.now_;
    for (index_t i = 0; i < n; ++i) {
      to_a[i] = a.next(in_a);
      to_b[i] = b.next(in_b);
    }
    a.now_ = in_a;
    b.now_ = in_b;
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

  LOWBIT_INLINE void read(reading& in) const noexcept {
    while (in.state < rans_low && in.at < end_)
      in.state = in.state << 8 | std::to_integer<std::uint32_t>(*in.at++);
  }
  LOWBIT_INLINE code_t next(reading& in) const noexcept {
    const std::uint32_t slot = in.state & ((std::uint32_t{1} << table_->precision) - 1);
    const code_t s = table_->symbol[slot];
    const rans_table::slot_range of = table_->range[s];
    in.state = of.size * (in.state >> table_->precision) + (slot - of.first);
    read(in);
    return s;
  }

  const rans_table* table_;
  const std::byte* end_;
  reading now_;
};

}  // namespace detail::kernel
LOWBIT_END

#endif
