// lowbit/tensor/coded_symbols.hpp – many small numbers in few bytes, cut into panels that decode alone.
//
// Symbols of 1 to 8 bits are stored raw, as Huffman words or by rANS (kernel/compressed/symbol_decoder.hpp). A panel is
// a run of symbols whose stream begins at a byte of its own. So threads and random access start at any panel. All
// panels share one model: code lengths for Huffman, frequencies for rANS.
//
// A cut costs up to a byte with Huffman and up to three bytes with rANS. With 4096 symbols of 4 bits that is 0.1 %.
//
// Streams may come from a file. Whoever makes coded_symbols of them gets a reason or symbols that decode to the end:
// each panel was decoded once. Decoding again checks nothing more and reads nothing beyond the stream.
#ifndef LOWBIT_TENSOR_CODED_SYMBOLS_HPP
#define LOWBIT_TENSOR_CODED_SYMBOLS_HPP

#include <vector>

#include "lowbit/core/buffer.hpp"
#include "lowbit/kernel/compressed/symbol_decoder.hpp"

LOWBIT_BEGIN

/// A run of symbols with a stream of its own.
struct symbol_panel {
  index_t symbols;  ///< 0 ... most_panel_symbols
  index_t bytes;

  [[nodiscard]] friend bool operator==(const symbol_panel&, const symbol_panel&) = default;
};

/// Symbols of a panel. The bound keeps the time that a loader spends in proportion to the file: a symbol may take no
/// bits at all, a panel always takes bytes of its own.
inline constexpr index_t most_panel_symbols = index_t{1} << 16;

/// What a file holds of coded symbols.
struct symbol_parts {
  symbol_coding coding = symbol_coding::raw;
  int bits = 1;                      ///< symbols are 0 ... 2^bits - 1, bits from 1 to 8
  int precision = 0;                 ///< of rANS: frequencies have the sum 2^precision; else 0
  std::vector<std::uint16_t> model;  ///< by symbol: Huffman lengths or rANS frequencies; raw: none
  std::vector<symbol_panel> panels;
  std::vector<std::byte> stream;  ///< of all panels, one behind the other

  /// What is wrong with these parts, or nothing. Decodes all panels. Allocates a table.
  [[nodiscard]] reason problem() const;
  /// Bytes of the model in a file: 4 bits per symbol, for rANS followed by the bits of each frequency below its leading
  /// one.
  [[nodiscard]] index_t table_bytes() const noexcept {
    index_t size = 4 * static_cast<index_t>(model.size());
    if (coding == symbol_coding::rans)
      for (const std::uint16_t f : model) size += f > 1 ? std::bit_width(f) - 1 : 0;
    return ceil_div(size, 8);
  }
};

/// Says that symbol_parts::problem() found nothing: the parts are not decoded once more.
struct checked_parts {};

/// Symbols in panels, ready to be decoded. Const and thread-safe.
class coded_symbols {
 public:
  /// No symbols.
  coded_symbols() = default;
  /// Errors: what symbol_parts::problem() says.
  explicit coded_symbols(symbol_parts parts) : parts_(static_cast<symbol_parts&&>(parts)) {
    detail::core::fail_if(parts_.problem(), "coded_symbols");
    make_tables();
  }
  /// The same for parts that were checked.
  coded_symbols(symbol_parts parts, checked_parts) : parts_(static_cast<symbol_parts&&>(parts)) {
    make_tables();
  }

  [[nodiscard]] const symbol_parts& parts() const noexcept { return parts_; }
  [[nodiscard]] index_t panels() const noexcept {
    return static_cast<index_t>(parts_.panels.size());
  }
  /// Symbols of panel p.
  [[nodiscard]] index_t symbols(index_t p) const noexcept {
    return parts_.panels[static_cast<std::size_t>(p)].symbols;
  }
  /// Symbols of all panels.
  [[nodiscard]] index_t size() const noexcept {
    index_t n = 0;
    for (const symbol_panel& p : parts_.panels) n += p.symbols;
    return n;
  }
  /// A decoder at the begin of panel p, which must exist. This object must outlive it.
  [[nodiscard]] detail::kernel::symbol_decoder decoder(index_t p) const noexcept {
    const auto at = static_cast<std::size_t>(p);
    return decoder_of(
        {parts_.stream.data() + begins_[p], static_cast<std::size_t>(parts_.panels[at].bytes)});
  }
  /// All symbols. Allocates them.
  [[nodiscard]] std::vector<code_t> decoded() const {
    std::vector<code_t> out(static_cast<std::size_t>(size()));
    code_t* to = out.data();
    for (index_t p = 0; p < panels(); to += symbols(p), ++p)
      static_cast<void>(decoder(p).take(to, symbols(p)));
    return out;
  }
  /// Memory of streams and tables.
  [[nodiscard]] index_t bytes() const noexcept {
    return static_cast<index_t>(parts_.stream.size()) +
           huffman_.size() * index_t{sizeof(detail::kernel::huffman_table)} +
           rans_.size() * index_t{sizeof(detail::kernel::rans_slot)};
  }

 private:
  friend symbol_parts;

  /// Tables and begins of the parts, whose model and sizes are right.
  void make_tables() {
    begins_ = buffer<index_t>(panels());
    index_t at = 0;
    for (index_t p = 0; p < panels(); ++p) {
      begins_[p] = at;
      at += parts_.panels[static_cast<std::size_t>(p)].bytes;
    }
    if (parts_.coding == symbol_coding::huffman) {
      huffman_ = buffer<detail::kernel::huffman_table>(1);
      detail::kernel::make_table(lengths(parts_), huffman_[0]);
    } else if (parts_.coding == symbol_coding::rans) {
      rans_ = buffer<detail::kernel::rans_slot>(index_t{1} << parts_.precision);
      detail::kernel::make_slots(parts_.model, rans_.data());
    }
  }
  [[nodiscard]] detail::kernel::symbol_decoder decoder_of(
      std::span<const std::byte> stream) const noexcept {
    using namespace detail::kernel;
    if (huffman_.size() > 0) return symbol_decoder(huffman_decoder(huffman_[0], stream));
    if (rans_.size() > 0)
      return symbol_decoder(rans_decoder({rans_.data(), parts_.precision}, stream));
    return symbol_decoder(fixed_width_decoder(parts_.bits, stream));
  }
  [[nodiscard]] static std::vector<std::uint8_t> lengths(const symbol_parts& parts) {
    std::vector<std::uint8_t> out;
    for (const std::uint16_t l : parts.model)
      out.push_back(static_cast<std::uint8_t>(l < 255 ? l : 255));
    return out;
  }

  symbol_parts parts_;
  buffer<index_t> begins_;
  buffer<detail::kernel::huffman_table> huffman_;
  buffer<detail::kernel::rans_slot> rans_;
};

inline reason symbol_parts::problem() const {
  using namespace detail::kernel;
  if (bits < 1 || bits > 8) return make_reason("symbols of %d bits: there must be 1 to 8", bits);
  if (coding > symbol_coding::rans)
    return make_reason("coding %d of symbols is not known", static_cast<int>(coding));
  const std::size_t alphabet = coding == symbol_coding::raw ? 0 : std::size_t{1} << bits;
  if (model.size() != alphabet)
    return make_reason("%s symbols of %d bits with a model of %zu numbers: it must have %zu",
                       name_of(coding), bits, model.size(), alphabet);
  if (coding != symbol_coding::rans && precision != 0)
    return make_reason("%s symbols with a precision of %d: only rANS has one", name_of(coding),
                       precision);
  if (coding == symbol_coding::huffman)
    if (const reason why = huffman_problem(coded_symbols::lengths(*this))) return why;
  if (coding == symbol_coding::rans)
    if (const reason why = rans_problem(model, precision)) return why;
  index_t rest = static_cast<index_t>(stream.size());
  for (std::size_t p = 0; p < panels.size(); ++p) {
    if (panels[p].symbols < 0 || panels[p].symbols > most_panel_symbols)
      return make_reason("panel %zu has %td symbols: there must be 0 to %td", p, panels[p].symbols,
                         most_panel_symbols);
    if (panels[p].bytes < 0 || panels[p].bytes > rest)
      return make_reason("panel %zu has %td bytes of %td that are left", p, panels[p].bytes, rest);
    rest -= panels[p].bytes;
  }
  if (rest != 0) return make_reason("%td bytes of the stream belong to no panel", rest);
  coded_symbols tables;
  tables.parts_.coding = coding;
  tables.parts_.bits = bits;
  tables.parts_.precision = precision;
  tables.parts_.model = model;
  tables.make_tables();
  const std::byte* at = stream.data();
  for (std::size_t p = 0; p < panels.size(); ++p) {
    symbol_decoder decoder = tables.decoder_of({at, static_cast<std::size_t>(panels[p].bytes)});
    at = detail::advanced(at, panels[p].bytes);
    code_t piece[256];
    for (index_t left = panels[p].symbols; left > 0; left -= 256)
      if (!decoder.take(piece, detail::min_of(left, 256)))
        return make_reason("panel %zu ends before its %td symbols, or has bits that are no symbol",
                           p, panels[p].symbols);
    if (!decoder.finished())
      return make_reason("panel %zu does not end with its %td symbols in %td bytes", p,
                         panels[p].symbols, panels[p].bytes);
  }
  return {};
}

LOWBIT_END

#endif
