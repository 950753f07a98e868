// lowbit/compress/encode_sparse.hpp – codes of weights, most of them 0, as a sparse matrix with a codebook.
//
//     lowbit::compress::share_weights(w, kept, {.bits = 5})  ->  codes and codebook
//     auto matrix = lowbit::compress::encode_sparse(rows, cols, shared.codes, shared.codebook);
//
// Code 0 is the weight 0. Every other code becomes an entry (tensor/sparse_codebook.hpp). What is not given is chosen
// for fewest bytes: the width of gaps, and the coding of gaps and of codes. The width is tried with entropy coding: wide
// gaps need no fillers, and long gaps are rare symbols.
//
// The smallest coding is most often rANS. Huffman is about 1 % larger and decodes four times as fast; a fixed width
// decodes faster than dense floats are read from memory (bench/compressed_bench.cpp).
#ifndef LOWBIT_COMPRESS_ENCODE_SPARSE_HPP
#define LOWBIT_COMPRESS_ENCODE_SPARSE_HPP

#include <optional>

#include "lowbit/compress/code_symbols.hpp"
#include "lowbit/compress/relative_index.hpp"
#include "lowbit/tensor/sparse_codebook.hpp"

LOWBIT_BEGIN
namespace compress {

struct sparse_options {
  int gap_bits = 0;                          ///< 1 ... 8; 0: what takes fewest bytes
  std::optional<symbol_coding> coding = {};  ///< of gaps and codes; none: what takes fewest bytes
  index_t entries_per_panel = 4096;          ///< about so many, in whole rows
};

}  // namespace compress

namespace detail::compress {

/// Symbols of both kinds, and the panels of both.
struct sparse_symbols {
  std::vector<code_t> gaps, codes;
  std::vector<index_t> per_panel;
};

inline sparse_symbols sparse_symbols_of(index_t rows, index_t cols, std::span<const code_t> codes,
                                        index_t rows_per_panel, int gap_bits) {
  sparse_symbols out;
  std::vector<index_t> positions;
  for (index_t first = 0; first < rows; first += rows_per_panel) {
    const index_t begin = first * cols, end = min_of(rows, first + rows_per_panel) * cols;
    positions.clear();
    for (index_t k = begin; k < end; ++k)
      if (codes[static_cast<std::size_t>(k)] != 0) positions.push_back(k - begin);
    const std::size_t before = out.gaps.size();
    lowbit::compress::for_each_gap(positions, gap_bits, [&](code_t stored, index_t i) {
      out.gaps.push_back(stored);
      out.codes.push_back(
          i < 0 ? code_t{0}
                : codes[static_cast<std::size_t>(begin + positions[static_cast<std::size_t>(i)])]);
    });
    out.per_panel.push_back(static_cast<index_t>(out.gaps.size() - before));
  }
  return out;
}

inline symbol_parts coded(std::span<const code_t> symbols, std::span<const index_t> per_panel,
                          int bits, const std::optional<symbol_coding>& coding) {
  return coding ? lowbit::compress::code_symbols(symbols, per_panel, bits, *coding)
                : lowbit::compress::smallest_coding(symbols, per_panel, bits);
}

/// No panel has more symbols than one may have.
[[nodiscard]] inline bool fit_panels(const std::vector<index_t>& per_panel) noexcept {
  for (const index_t n : per_panel)
    if (n > most_panel_symbols) return false;
  return true;
}
[[nodiscard]] inline index_t bytes_of(const symbol_parts& p) noexcept {
  return static_cast<index_t>(p.stream.size()) + p.table_bytes();
}

}  // namespace detail::compress

namespace compress {

/// The matrix of codes, row after row; codebook[0] is 0. Cost: linear in the elements, times eight if the width of gaps
/// is not given. The codebook has 2^1 ... 2^8 finite floats, the first one +0. Errors: another codebook; sizes that do
/// not fit the codes; a code beyond the codebook; a row of more than 65536 entries; options out of range.
[[nodiscard]] inline sparse_codebook_matrix encode_sparse(index_t rows, index_t cols,
                                                          std::span<const code_t> codes,
                                                          std::span<const float> codebook,
                                                          const sparse_options& options = {}) {
  using namespace detail::compress;
  detail::checked_size(rows, "compress::encode_sparse: rows");
  detail::checked_size(cols, "compress::encode_sparse: cols");
  if (detail::checked_mul(rows, cols, "compress::encode_sparse") !=
      static_cast<index_t>(codes.size()))
    detail::fail("compress::encode_sparse: %zu codes for %tdx%td elements", codes.size(), rows,
                 cols);
  if (options.gap_bits < 0 || options.gap_bits > detail::kernel::most_gap_bits ||
      options.entries_per_panel < 1)
    detail::fail(
        "compress::encode_sparse: gaps of %d bits, panels of %td entries: 0 to %d, at least 1",
        options.gap_bits, options.entries_per_panel, detail::kernel::most_gap_bits);
  int bits = 1;
  while (bits < 8 && std::size_t{1} << bits < codebook.size()) ++bits;
  if (codebook.size() != std::size_t{1} << bits)
    detail::fail("compress::encode_sparse: a codebook of %zu floats: it must be 2^1 to 2^8",
                 codebook.size());
  index_t entries = 0;
  for (const code_t c : codes) entries += c != 0 ? 1 : 0;

  sparse_codebook_parts parts;
  parts.rows = rows;
  parts.cols = cols;
  parts.codebook.assign(codebook.begin(), codebook.end());
  const index_t per_row = rows == 0 ? 0 : entries / rows;
  parts.rows_per_panel = (std::max)(index_t{1}, options.entries_per_panel / (per_row + 1));
  const int first = options.gap_bits == 0 ? 1 : options.gap_bits;
  const int last = options.gap_bits == 0 ? detail::kernel::most_gap_bits : options.gap_bits;
  symbol_parts gaps, values;
  index_t least = -1;
  while (least < 0 && rows > 0) {
    for (int width = first; width <= last; ++width) {
      const sparse_symbols symbols =
          sparse_symbols_of(rows, cols, codes, parts.rows_per_panel, width);
      if (!fit_panels(symbols.per_panel)) continue;
      symbol_parts g = coded(symbols.gaps, symbols.per_panel, width, options.coding);
      symbol_parts v = coded(symbols.codes, symbols.per_panel, bits, options.coding);
      const index_t bytes = bytes_of(g) + bytes_of(v);
      if (least >= 0 && bytes >= least) continue;
      least = bytes;
      gaps = std::move(g);
      values = std::move(v);
    }
    if (least < 0 && parts.rows_per_panel == 1)
      detail::fail(
          "compress::encode_sparse: a row of %td elements has more than %td entries with gaps "
          "of %d bits",
          cols, most_panel_symbols, last);
    if (least < 0) parts.rows_per_panel /= 2;
  }
  if (rows == 0) {
    gaps.bits = first;
    values.bits = bits;
  }
  parts.gaps = coded_symbols(std::move(gaps), checked_parts{});
  parts.codes = coded_symbols(std::move(values), checked_parts{});
  return sparse_codebook_matrix(std::move(parts));
}

}  // namespace compress
LOWBIT_END

#endif
