// lowbit/compress/file_parts.hpp – what the bytes of a saved network are spent on.
//
//     const lowbit::compress::file_parts parts = lowbit::compress::file_parts_of(net);
//     parts.total() == lowbit::save(net).size()
//
// Reports of compression often leave parts out, and the file is larger than they say. Here every byte of the file is
// counted once. What is none of the named parts of a compressed layer is a header. Layers of other kinds, and networks
// within the network, are counted as a whole.
//
// In an entropy-coded stream a filler has no bytes of its own. It counts as its share of the entries: of the stream of
// gaps and of that of codes, rounded down.
#ifndef LOWBIT_COMPRESS_FILE_PARTS_HPP
#define LOWBIT_COMPRESS_FILE_PARTS_HPP

#include "lowbit/io/network.hpp"
#include "lowbit/network/layers/hashed_layers.hpp"
#include "lowbit/network/layers/row_coded_layers.hpp"
#include "lowbit/network/layers/sparse_layers.hpp"

LOWBIT_BEGIN
namespace compress {

/// Bytes of a file, each counted once.
struct file_parts {
  index_t values = 0;   ///< codes of entries that are no fillers; shared values of hashed layers
  index_t indices = 0;  ///< gaps of entries that are no fillers
  index_t fillers = 0;  ///< gaps and codes of fillers
  /// Tables of floats, without the 0 of code 0, which is not stored; levels of rows.
  index_t codebooks = 0;
  index_t tables = 0;  ///< code lengths and frequencies
  index_t biases = 0;
  index_t headers = 0;  ///< names, sizes, windows, begins of panels
  index_t others = 0;   ///< layers that are not compressed

  [[nodiscard]] index_t total() const noexcept {
    return values + indices + fillers + codebooks + tables + biases + headers + others;
  }
  file_parts& operator+=(const file_parts& more) noexcept {
    values += more.values;
    indices += more.indices;
    fillers += more.fillers;
    codebooks += more.codebooks;
    tables += more.tables;
    biases += more.biases;
    headers += more.headers;
    others += more.others;
    return *this;
  }
};

}  // namespace compress

namespace detail::compress {

using lowbit::compress::file_parts;

[[nodiscard]] inline file_parts weight_parts(const sparse_codebook_parts& w) {
  const symbol_parts &gaps = w.gaps.parts(), &codes = w.codes.parts();
  file_parts out;
  index_t fillers = 0;
  for (const code_t c : w.codes.decoded()) fillers += c == 0 ? 1 : 0;
  const index_t entries = w.gaps.size(), gap_bytes = static_cast<index_t>(gaps.stream.size()),
                code_bytes = static_cast<index_t>(codes.stream.size());
  const auto share = [&](index_t bytes) {
    return entries == 0
               ? 0
               : static_cast<index_t>(static_cast<double>(bytes) * static_cast<double>(fillers) /
                                      static_cast<double>(entries));
  };
  out.fillers = share(gap_bytes) + share(code_bytes);
  out.indices = gap_bytes - share(gap_bytes);
  out.values = code_bytes - share(code_bytes);
  out.codebooks = 4 * (static_cast<index_t>(w.codebook.size()) - 1);
  out.tables = gaps.table_bytes() + codes.table_bytes();
  return out;
}
[[nodiscard]] inline file_parts weight_parts(const hashed_matrix& w) {
  file_parts out;
  out.values = w.bytes();
  return out;
}

[[nodiscard]] inline file_parts weight_parts(const row_coded_matrix& w) {
  file_parts out;
  out.values = static_cast<index_t>(w.stream.size());
  out.codebooks = 4 * static_cast<index_t>(w.levels.size());
  return out;
}

/// Bytes that a layer takes in a file: those of a file of this layer alone, without what every file has.
template <class Layer>
[[nodiscard]] index_t layer_bytes(const Layer& layer) {
  return static_cast<index_t>(lowbit::save(layer).size() - io::header_bytes);
}

template <class Layer>
[[nodiscard]] file_parts layer_parts(const Layer& layer) {
  file_parts out;
  out.others = layer_bytes(layer);
  return out;
}
template <class Kind, class Reads>
[[nodiscard]] file_parts layer_parts(const layer::compressed_layer<Kind, Reads>& layer) {
  const auto data = layer.data();
  file_parts out = weight_parts(data.weights);
  out.biases = 4 * static_cast<index_t>(data.bias.size());
  out.headers = layer_bytes(layer) - out.total();
  return out;
}

}  // namespace detail::compress

namespace compress {

/// The bytes of save(net), by what they are for. Saves and decodes every layer once.
template <class... Layers>
[[nodiscard]] file_parts file_parts_of(const sequential<Layers...>& net) {
  file_parts out;
  out.headers = static_cast<index_t>(detail::io::header_bytes + detail::io::name_bytes + 8);
  std::apply([&](const auto&... layer) { ((out += detail::compress::layer_parts(layer)), ...); },
             net.layers());
  return out;
}

}  // namespace compress
LOWBIT_END

#endif
