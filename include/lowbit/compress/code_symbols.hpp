// lowbit/compress/code_symbols.hpp – symbols into streams: raw, Huffman, rANS, or whichever is the smallest.
//
//     lowbit::coded_symbols gaps(lowbit::compress::code_symbols(stored, per_panel, 4, lowbit::symbol_coding::rans));
//
// The panels of symbols are given; even_panels() cuts at equal lengths. smallest_coding() counts streams and table:
// short panels of many symbols that hardly repeat stay raw.
#ifndef LOWBIT_COMPRESS_CODE_SYMBOLS_HPP
#define LOWBIT_COMPRESS_CODE_SYMBOLS_HPP

#include "lowbit/compress/huffman.hpp"
#include "lowbit/compress/rans.hpp"
#include "lowbit/tensor/bit_writer.hpp"
#include "lowbit/tensor/coded_symbols.hpp"

LOWBIT_BEGIN
namespace compress {

/// n symbols in panels of `size`; the last one may have fewer. Errors: n < 0; size is not 1 ... 65536.
[[nodiscard]] inline std::vector<index_t> even_panels(index_t n, index_t size) {
  if (n < 0 || size < 1 || size > most_panel_symbols)
    detail::fail("compress::even_panels: %td symbols in panels of %td: these have 1 to %td", n,
                 size, most_panel_symbols);
  std::vector<index_t> out;
  for (; n > 0; n -= size) out.push_back(detail::min_of(n, size));
  return out;
}

/// The stream of symbols of `bits` bits each (kernel/compressed/fixed_width.hpp). Errors: bits are not 1 ... 8; a symbol
/// has more bits.
[[nodiscard]] inline std::vector<std::byte> fixed_width_encode(std::span<const code_t> symbols,
                                                               int bits) {
  if (bits < 1 || bits > 8)
    detail::fail("compress::fixed_width_encode: symbols of %d bits: there must be 1 to 8", bits);
  detail::tensor::bit_writer out;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    if (symbols[i] >> bits != 0)
      detail::fail("compress::fixed_width_encode: symbol %zu is %d, which has more than %d bits", i,
                   int{symbols[i]}, bits);
    out.put(symbols[i], bits);
  }
  return out.complete();
}

/// The parts of coded symbols. Panel p has per_panel[p] symbols. Errors: bits are not 1 ... 8; a symbol has more bits;
/// a panel has more than 65536 symbols; the panels have another number of symbols than there are.
[[nodiscard]] inline symbol_parts code_symbols(std::span<const code_t> symbols,
                                               std::span<const index_t> per_panel, int bits,
                                               symbol_coding coding) {
  if (bits < 1 || bits > 8)
    detail::fail("compress::code_symbols: symbols of %d bits: there must be 1 to 8", bits);
  const std::vector<std::uint64_t> counts = frequencies(symbols, index_t{1} << bits);
  symbol_parts out;
  out.coding = coding;
  out.bits = bits;
  std::vector<std::uint8_t> lengths;
  rans_model model;
  if (coding == symbol_coding::huffman) {
    lengths = huffman_lengths(counts);
    out.model.assign(lengths.begin(), lengths.end());
  } else if (coding == symbol_coding::rans) {
    model = rans_model_of(counts);
    out.model = model.frequencies;
    out.precision = model.precision;
  }
  std::size_t first = 0;
  for (const index_t n : per_panel) {
    if (n < 0 || n > most_panel_symbols || static_cast<std::size_t>(n) > symbols.size() - first)
      detail::fail(
          "compress::code_symbols: a panel of %td of %zu symbols that are left: there "
          "must be 0 to %td",
          n, symbols.size() - first, most_panel_symbols);
    const auto panel = symbols.subspan(first, static_cast<std::size_t>(n));
    first += panel.size();
    std::vector<std::byte> stream;
    if (coding == symbol_coding::rans)
      stream = rans_encode(panel, model);
    else if (coding == symbol_coding::huffman)
      stream = huffman_encode(panel, lengths);
    else
      stream = fixed_width_encode(panel, bits);
    out.panels.push_back({n, static_cast<index_t>(stream.size())});
    out.stream.insert(out.stream.end(), stream.begin(), stream.end());
  }
  if (first != symbols.size())
    detail::fail("compress::code_symbols: the panels have %zu of %zu symbols", first,
                 symbols.size());
  return out;
}

/// The coding of fewest bytes, streams and table together; the first one of raw, Huffman, rANS where two are equal.
/// Errors: as code_symbols().
[[nodiscard]] inline symbol_parts smallest_coding(std::span<const code_t> symbols,
                                                  std::span<const index_t> per_panel, int bits) {
  symbol_parts best = code_symbols(symbols, per_panel, bits, symbol_coding::raw);
  const auto size = [](const symbol_parts& p) {
    return p.table_bytes() + static_cast<index_t>(p.stream.size());
  };
  for (const symbol_coding coding : {symbol_coding::huffman, symbol_coding::rans}) {
    symbol_parts next = code_symbols(symbols, per_panel, bits, coding);
    if (size(next) < size(best)) best = std::move(next);
  }
  return best;
}

}  // namespace compress
LOWBIT_END

#endif
