// lowbit/kernel/compressed/relative_index.hpp – positions of the entries of a sparse row, as gaps of a few bits.
//
// An entry stores how far behind the previous one it lies. The first entry counts from position -1. With `bits` bits,
//
//     stored = gap - 1        so gaps 1 ... 2^bits fit
//     filler                  stored = 2^bits - 1 with value 0: a longer gap takes fillers until the rest fits
//     position                sum of (stored + 1) of all entries so far, minus 1
//
// A filler is an entry like any other: whoever decodes needs not know which entries are fillers. The value of a filler
// is 0, so in a codebook code 0 stands for exactly 0. Fillers count as entries where bytes are counted.
//
// Source: Han, Mao, Dally, "Deep compression", arXiv:1510.00149, section 2 and figure 2; stored - 1 as in the decoder of
// songhan/Deep-Compression-AlexNet.
#ifndef LOWBIT_KERNEL_COMPRESSED_RELATIVE_INDEX_HPP
#define LOWBIT_KERNEL_COMPRESSED_RELATIVE_INDEX_HPP

#include <span>

#include "lowbit/core/reason.hpp"
#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Bits of a stored gap: at most those of a code.
inline constexpr int most_gap_bits = 8;

/// The longest gap that one entry spans.
[[nodiscard]] constexpr index_t longest_gap(int bits) noexcept { return index_t{1} << bits; }
/// What a filler stores.
[[nodiscard]] constexpr code_t filler_gap(int bits) noexcept {
  return static_cast<code_t>(longest_gap(bits) - 1);
}

/// The position behind the last entry: the smallest length that holds all entries.
[[nodiscard]] inline index_t end_of_gaps(std::span<const code_t> stored) noexcept {
  index_t end = 0;
  for (const code_t gap : stored) end += index_t{gap} + 1;
  return end;
}

/// f(position, entry) for all entries in order. Positions are right only if end_of_gaps() is at most the length.
template <class F>
void for_each_position(std::span<const code_t> stored, F&& f) {
  index_t position = -1;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    position += index_t{stored[i]} + 1;
    f(position, i);
  }
}

}  // namespace detail::kernel

/// Why these stored gaps are no entries of `length` elements, or nothing.
[[nodiscard]] inline reason relative_index_problem(std::span<const code_t> stored, int bits,
                                                   index_t length) noexcept {
  using namespace detail::kernel;
  if (bits < 1 || bits > most_gap_bits)
    return make_reason("gaps of %d bits: there must be 1 to %d", bits, most_gap_bits);
  if (static_cast<index_t>(stored.size()) > length)
    return make_reason("%zu entries in %td elements", stored.size(), length);
  for (std::size_t i = 0; i < stored.size(); ++i)
    if (stored[i] >= longest_gap(bits))
      return make_reason("entry %zu stores %d, which has more than %d bits", i, int{stored[i]},
                         bits);
  if (const index_t end = end_of_gaps(stored); end > length)
    return make_reason("the last entry is at position %td of %td elements", end - 1, length);
  return {};
}

LOWBIT_END

#endif
