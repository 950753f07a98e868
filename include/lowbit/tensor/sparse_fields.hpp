// lowbit/tensor/sparse_fields.hpp – a sparse matrix with a codebook as the bytes of io/container.hpp, and back.
//
// Bytes count here, so numbers take as many as they need:
//
//     rows, columns, rows per panel       4 bytes each
//     two times, of gaps and of codes     1 byte each: coding, bits, precision; 2 bytes: bytes of the model; the model
//     codebook                            2^bits - 1 floats: that of code 0 is 0 and not stored
//     per panel                           4 bytes each: entries, bytes of gaps, bytes of codes
//     streams                             of all gaps, then of all codes
//
// Every stream that is read is decoded once, so that products need no checks. Writer and reader are those of io/, as
// template parameters: only programs with sparse layers compile this.
#ifndef LOWBIT_TENSOR_SPARSE_FIELDS_HPP
#define LOWBIT_TENSOR_SPARSE_FIELDS_HPP

#include <utility>

#include "lowbit/tensor/sparse_codebook.hpp"
#include "lowbit/tensor/symbol_model.hpp"

LOWBIT_BEGIN
namespace detail::tensor {

template <class Writer>
void write_sparse(Writer& to, const sparse_codebook_parts& m) {
  for (const index_t n : {m.rows, m.cols, m.rows_per_panel})
    to.unsigned_number(static_cast<std::uint64_t>(n), 4);
  for (const coded_symbols* const s : {&m.gaps, &m.codes}) {
    const std::vector<std::byte> model = pack_model(s->parts());
    to.unsigned_number(static_cast<std::uint64_t>(s->parts().coding), 1);
    to.unsigned_number(static_cast<std::uint64_t>(s->parts().bits), 1);
    to.unsigned_number(static_cast<std::uint64_t>(s->parts().precision), 1);
    to.unsigned_number(model.size(), 2);
    to.bytes(model);
  }
  for (std::size_t c = 1; c < m.codebook.size(); ++c) to.number(m.codebook[c]);
  for (index_t p = 0; p < m.gaps.panels(); ++p)
    for (const index_t n :
         {m.gaps.symbols(p), m.gaps.parts().panels[static_cast<std::size_t>(p)].bytes,
          m.codes.parts().panels[static_cast<std::size_t>(p)].bytes})
      to.unsigned_number(static_cast<std::uint64_t>(n), 4);
  to.bytes(m.gaps.parts().stream);
  to.bytes(m.codes.parts().stream);
}

/// A number of the file that fits a size of this machine; else the largest size, which nothing accepts.
template <class Reader>
[[nodiscard]] index_t read_size(Reader& from, std::size_t bytes) {
  const std::uint64_t n = from.unsigned_number(bytes);
  return std::in_range<index_t>(n) ? static_cast<index_t>(n) : largest_size;
}

template <class Reader>
void read_sparse(Reader& from, sparse_codebook_parts& m) {
  for (index_t* const n : {&m.rows, &m.cols, &m.rows_per_panel}) *n = read_size(from, 4);
  symbol_parts parts[2];
  for (symbol_parts& p : parts) {
    const std::uint64_t coding = from.unsigned_number(1);
    p.bits = static_cast<int>(from.unsigned_number(1));
    p.precision = static_cast<int>(from.unsigned_number(1));
    const auto model = from.bytes(static_cast<std::size_t>(from.unsigned_number(2)));
    if (coding > static_cast<std::uint64_t>(symbol_coding::rans) || p.bits < 1 || p.bits > 8)
      return from.refuse("symbols of a coding or of a width that does not exist");
    p.coding = static_cast<symbol_coding>(coding);
    if (!unpack_model(model, p)) return from.refuse("a model of symbols that makes no sense");
  }
  m.codebook.assign(std::size_t{1} << parts[1].bits, 0.0f);
  for (std::size_t c = 1; c < m.codebook.size(); ++c) m.codebook[c] = from.number();
  if (from.problem() != nullptr) return;
  if (m.rows_per_panel < 1) return from.refuse("panels without rows");
  const index_t panels = ceil_div(m.rows, m.rows_per_panel);
  if (panels > static_cast<index_t>(from.left() / 12))
    return from.refuse("more panels than the file has");
  std::uint64_t sizes[2] = {};
  for (index_t p = 0; p < panels; ++p) {
    const index_t entries = read_size(from, 4);
    for (std::size_t i = 0; i < 2; ++i) {
      const index_t bytes = read_size(from, 4);
      parts[i].panels.push_back({entries, bytes});
      sizes[i] += static_cast<std::uint64_t>(bytes);
    }
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const auto stream = sizes[i] <= from.left() ? from.bytes(static_cast<std::size_t>(sizes[i]))
                                                : std::span<const std::byte>{};
    if (stream.size() != sizes[i]) return from.refuse("the file ends too early");
    parts[i].stream.assign(stream.begin(), stream.end());
    if (const reason why = parts[i].problem()) return from.refuse(why);
  }
  m.gaps = coded_symbols(static_cast<symbol_parts&&>(parts[0]), checked_parts{});
  m.codes = coded_symbols(static_cast<symbol_parts&&>(parts[1]), checked_parts{});
}

}  // namespace detail::tensor
LOWBIT_END

#endif
