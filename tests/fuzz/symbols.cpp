// libFuzzer on the decoders of compressed weights: any model and any stream give a reason or symbols. Symbols that are
// accepted encode to a stream of the same symbols again, and relative indices that are accepted stay within their row.
// Anything else ends the program.
//
// The first byte of an input says what the others are: a model, panels and a stream; or symbols, which are coded, and
// a few damages to their parts. Few random streams end where they should, so the second kind reaches further.
#include <cstdlib>

#include "lowbit/compress/code_symbols.hpp"
#include "lowbit/kernel/compressed/relative_index.hpp"

namespace {

using namespace lowbit;

/// Reads an input from its front; zeros behind its end.
struct input {
  std::span<const std::uint8_t> bytes;

  unsigned next() {
    if (bytes.empty()) return 0;
    const unsigned byte = bytes[0];
    bytes = bytes.subspan(1);
    return byte;
  }
};

symbol_parts any_parts(input& in) {
  symbol_parts p;
  p.coding = static_cast<symbol_coding>(in.next() % 4);  // 3: none
  p.bits = static_cast<int>(in.next() % 10);
  p.precision = static_cast<int>(in.next() % 16);
  const unsigned panels = in.next() % 8;
  if (p.coding != symbol_coding::raw) {
    const std::size_t alphabet = std::size_t{1} << p.bits;
    const bool right = in.next() % 8 != 0;
    std::vector<std::uint64_t> counts;
    for (std::size_t s = 0; s < alphabet && s < 256; ++s) {
      counts.push_back(in.next());
      if (right) continue;
      p.model.push_back(static_cast<std::uint16_t>(
          p.coding == symbol_coding::huffman ? counts.back() : counts.back() * in.next()));
    }
    if (right && p.coding == symbol_coding::huffman) {
      const auto lengths = compress::huffman_lengths(counts);
      p.model.assign(lengths.begin(), lengths.end());
    } else if (right && p.precision >= 8 && p.precision <= 14) {
      p.model = compress::rans_model_of(counts, p.precision).frequencies;
    }
    if (right && p.coding == symbol_coding::huffman) p.precision = 0;
  } else if (in.next() % 4 != 0) {
    p.precision = 0;
  }
  for (unsigned i = 0; i < panels; ++i) {
    const auto symbols = static_cast<index_t>(in.next() | in.next() << 8);
    p.panels.push_back({symbols, static_cast<index_t>(in.next() | (in.next() % 16) << 8)});
  }
  if (!p.panels.empty() && in.next() % 8 != 0) {  // the last panel takes what is left
    auto rest = static_cast<index_t>(in.bytes.size());
    for (std::size_t i = 0; i + 1 < p.panels.size(); ++i) rest -= p.panels[i].bytes;
    p.panels.back().bytes = rest;
  }
  for (const std::uint8_t byte : in.bytes) p.stream.push_back(static_cast<std::byte>(byte));
  return p;
}

/// Symbols that are coded, and up to three damages.
symbol_parts damaged_parts(input& in) {
  const auto coding = static_cast<symbol_coding>(in.next() % 3);
  const int bits = 1 + static_cast<int>(in.next() % 8);
  const auto panel = static_cast<index_t>(1 + in.next() * 16);
  unsigned damage[3][3];
  for (auto& numbers : damage)
    for (unsigned& n : numbers) n = in.next();
  std::vector<code_t> symbols;
  for (const std::uint8_t byte : in.bytes)
    symbols.push_back(static_cast<code_t>(byte & ((1 << bits) - 1)));
  symbol_parts p = compress::code_symbols(
      symbols, compress::even_panels(static_cast<index_t>(symbols.size()), panel), bits, coding);
  for (const auto& [kind, place, by] : damage) {
    const auto at = static_cast<std::size_t>(place);
    if (kind % 8 == 0 && !p.stream.empty())
      p.stream[at * 31 % p.stream.size()] ^= static_cast<std::byte>(by);
    if (kind % 8 == 1 && !p.panels.empty())
      p.panels[at % p.panels.size()].symbols += static_cast<index_t>(by) - 128;
    if (kind % 8 == 2 && !p.panels.empty())
      p.panels[at % p.panels.size()].bytes += static_cast<index_t>(by) - 128;
    if (kind % 8 == 3 && !p.model.empty())
      p.model[at % p.model.size()] = static_cast<std::uint16_t>(by);
    if (kind % 8 == 4) p.stream.resize(p.stream.size() * at / 256);
    if (kind % 8 == 5) p.precision = static_cast<int>(by);
  }
  return p;
}

void decode(const symbol_parts& p) {
  const coded_symbols coded(p);
  const std::vector<code_t> symbols = coded.decoded();
  std::vector<index_t> panels;
  for (const symbol_panel& panel : p.panels) panels.push_back(panel.symbols);
  const coded_symbols again(compress::code_symbols(symbols, panels, p.bits, p.coding));
  if (again.decoded() != symbols) std::abort();

  const auto length = static_cast<index_t>(2 * symbols.size() + 100);
  if (relative_index_problem(symbols, p.bits, length)) return;
  std::vector<std::uint8_t> row(static_cast<std::size_t>(length));
  detail::kernel::for_each_position(
      symbols, [&](index_t k, std::size_t) { ++row[static_cast<std::size_t>(k)]; });
  for (const std::uint8_t entries : row)
    if (entries > 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  input in{{data, size}};
  const symbol_parts p = in.next() % 2 == 0 ? any_parts(in) : damaged_parts(in);
  if (!p.problem()) decode(p);
  return 0;
}
