// The invariant of packed tensors: bits that belong to no element are zero.
#pragma once

#include "lowbit/tensor/packed_matrix.hpp"

namespace test {

/// True if no word has a bit where no element is. Marks the elements' bits one by one, and looks at
/// the rest.
template <class E>
bool zero_tails(const lowbit::packed_matrix<E>& m) {
  const lowbit::index_t words = m.plane_stride();
  lowbit::buffer<lowbit::word> used(words);
  for (lowbit::index_t k = 0; k < m.depth(); ++k) {
    const lowbit::index_t bit = m.layout().bit_index(k);
    used[bit / lowbit::word_bits] |= lowbit::word{1} << bit % lowbit::word_bits;
  }
  for (lowbit::index_t r = 0; r < m.rows(); ++r)
    for (int p = 0; p < E::plane_count; ++p)
      for (lowbit::index_t w = 0; w < words; ++w)
        if ((m.view().plane_row(r, p)[w] & ~used[w]) != 0) return false;
  return true;
}

}  // namespace test
