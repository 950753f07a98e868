// lowbit/compress/relative_index.hpp – the gaps of a sparse row, with fillers (kernel/compressed/relative_index.hpp).
//
//     lowbit::compress::for_each_gap(positions, 4, [&](lowbit::code_t stored, lowbit::index_t i) {
//       entries.push_back({stored, i < 0 ? 0 : value_at(positions[i])});       i = -1: a filler
//     });
//
// Few bits per gap mean many fillers: each costs a gap and a value. entries_of() counts them, and best_gap_bits() finds
// the width of fewest bits in all.
#ifndef LOWBIT_COMPRESS_RELATIVE_INDEX_HPP
#define LOWBIT_COMPRESS_RELATIVE_INDEX_HPP

#include "lowbit/core/error.hpp"
#include "lowbit/kernel/compressed/relative_index.hpp"

LOWBIT_BEGIN
namespace detail::compress {

/// Rejects widths and positions that no gap can store.
inline void require_positions(std::span<const index_t> positions, int bits, const char* who) {
  if (bits < 1 || bits > kernel::most_gap_bits)
    fail("%s: gaps of %d bits: there must be 1 to %d", who, bits, kernel::most_gap_bits);
  index_t last = -1;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (positions[i] <= last)
      fail("%s: position %zu is %td and follows %td: positions must ascend from 0", who, i,
           positions[i], last);
    last = positions[i];
  }
}

}  // namespace detail::compress

namespace compress {

/// f(stored, i) for every entry in order: i is the index into `positions`, or -1 for a filler. Errors: bits are not
/// 1 ... 8; positions do not ascend or are negative.
template <class F>
void for_each_gap(std::span<const index_t> positions, int bits, F&& f) {
  detail::compress::require_positions(positions, bits, "compress::for_each_gap");
  const index_t longest = detail::kernel::longest_gap(bits);
  index_t last = -1;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    index_t gap = positions[i] - last;
    for (; gap > longest; gap -= longest) f(detail::kernel::filler_gap(bits), index_t{-1});
    f(static_cast<code_t>(gap - 1), static_cast<index_t>(i));
    last = positions[i];
  }
}

/// How many entries these positions take, fillers among them. Errors: as for_each_gap().
[[nodiscard]] inline index_t entries_of(std::span<const index_t> positions, int bits) {
  index_t count = 0;
  for_each_gap(positions, bits, [&](code_t, index_t) { ++count; });
  return count;
}

/// The width of gaps, 1 ... 8, of fewest bits for all entries with values of `value_bits` bits each; the smaller one of
/// two. Errors: positions do not ascend or are negative.
[[nodiscard]] inline int best_gap_bits(std::span<const index_t> positions, int value_bits) {
  int best = 1;
  index_t least = 0;
  for (int bits = 1; bits <= detail::kernel::most_gap_bits; ++bits) {
    const index_t size = entries_of(positions, bits) * (bits + value_bits);
    if (bits > 1 && size >= least) continue;
    best = bits;
    least = size;
  }
  return best;
}

}  // namespace compress
LOWBIT_END

#endif
