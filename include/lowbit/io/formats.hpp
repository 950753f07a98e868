// lowbit/io/formats.hpp – the format of codes out of the numbers of a file.
//
// A file holds the numbers of a format (encoding/format.hpp), not its name: so encodings of one's own are loaded as
// well. The library's own formats get their names again.
#ifndef LOWBIT_IO_FORMATS_HPP
#define LOWBIT_IO_FORMATS_HPP

#include "lowbit/encoding/binary.hpp"
#include "lowbit/encoding/codebook.hpp"
#include "lowbit/encoding/format.hpp"
#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/encoding/planes.hpp"
#include "lowbit/encoding/ternary.hpp"

LOWBIT_BEGIN
namespace detail::io {

template <int K>
void name_bits(code_format& f) noexcept {
  for (const code_format* const known :
       {&format_of<unsigned_bits<K>>(), &format_of<signed_bits<K>>(), &format_of<bipolar_bits<K>>(),
        &format_of<planes<K>>(), &format_of<planes<K, plane_kind::unipolar>>(),
        &format_of<codebook<K>>()})
    if (f == *known) f = *known;
}

/// The library's names for a format; others are "an encoding".
inline void name_format(code_format& f) noexcept {
  f.name = f.part_name = "an encoding";
  [&]<std::size_t... I>(std::index_sequence<I...>) { (name_bits<static_cast<int>(I) + 1>(f), ...); }
  (std::make_index_sequence<8>());
  for (const code_format* const known : {&format_of<ternary>(), &format_of<binary>()})
    if (f == *known) f = *known;
}

/// Some pattern of planes is no code.
[[nodiscard]] inline bool has_gaps(const code_format& f) noexcept {
  for (int c = 0; c < 1 << f.plane_count; ++c)
    if (!f.is_code(static_cast<code_t>(c))) return true;
  return false;
}

/// The format of these numbers (offset, then 8 weights); false if they make none. All 0: a format without planes.
[[nodiscard]] inline bool make_format(index_t kind, index_t planes, const index_t (&numbers)[9],
                                      const std::uint64_t (&codes)[4], code_format& out) noexcept {
  constexpr index_t most = 32767;  // so sums and products of two of them are ints
  if (kind < 0 || kind > 2 || planes < 0 || planes > 8) return false;
  out = {};
  out.kind = static_cast<code_kind>(kind);
  out.plane_count = static_cast<int>(planes);
  bool all_zero = kind == 0;
  for (std::size_t i = 0; i < 9; ++i) {
    if (numbers[i] < -most || numbers[i] > most) return false;
    all_zero = all_zero && numbers[i] == 0;
    if (i == 0)
      out.offset = static_cast<int>(numbers[i]);
    else
      out.weight[i - 1] = static_cast<int>(numbers[i]);
  }
  const int weights = kind == 0 ? out.plane_count : 1;
  for (int i = weights; i < 8; ++i)
    if (out.weight[static_cast<std::size_t>(i)] != 0) return false;
  bool any = false;
  for (int c = 0; c < 256; ++c) {
    const bool is_code = (codes[c / 64] >> c % 64 & 1) != 0;
    if (is_code && (planes == 0 || c >> planes != 0)) return false;
    any = any || is_code;
  }
  if (planes == 0) return all_zero;
  if (!any) return false;
  for (std::size_t i = 0; i < 4; ++i) out.codes[i] = codes[i];
  bool first = true;
  for (int c = 0; c < 1 << weights; ++c) {
    if (kind == 0 && !out.is_code(static_cast<code_t>(c))) continue;
    const int v = out.value(static_cast<code_t>(c));
    out.smallest = first || v < out.smallest ? v : out.smallest;
    out.largest = first || v > out.largest ? v : out.largest;
    first = false;
  }
  name_format(out);
  return true;
}

}  // namespace detail::io
LOWBIT_END

#endif
