// lowbit/tensor/words.hpp – raw words in: packed data that another program made.
//
// The bit order is that of packed_matrix: row after row, plane after plane in a row. Element k of a plane is bit
// (k mod 64) of word (k / 64); bit 1 is +1, or "the weight counts". numpy.packbits(bitorder="little") along the
// last axis, padded to 8 bytes, gives the same on a little-endian machine. Tools that store 1 for negative (Larq)
// need their words complemented first, except for the tail bits.
//
// Words are checked: bits that belong to no element must be zero, and every pattern must be a code.
#ifndef LOWBIT_TENSOR_WORDS_HPP
#define LOWBIT_TENSOR_WORDS_HPP

#include "lowbit/tensor/packed_matrix.hpp"

LOWBIT_BEGIN
namespace detail::tensor {

template <packable E>
void require_words(std::span<const word> words, packed_view<E> m) {
  const index_t row_words = E::plane_count * m.layout().words();
  const index_t needed = checked_mul(m.rows(), row_words, "view_words");
  if (static_cast<index_t>(words.size()) != needed)
    fail("view_words: %zu words for %tdx%td %s codes of %d planes: they need %td", words.size(),
         m.rows(), m.depth(), E::name, E::plane_count, needed);
  if (needed == 0) return;
  const index_t tail = m.depth() % word_bits;
  const word outside = tail == 0 ? 0 : ~word{0} << tail;
  for (index_t r = 0; r < m.rows(); ++r) {
    for (int p = 0; p < E::plane_count && tail != 0; ++p)
      if ((m.plane_row(r, p)[m.layout().words() - 1] & outside) != 0)
        fail("view_words: row %td, plane %d: bits after element %td are not zero", r, p, m.depth());
    for (index_t k = 0; k < m.depth(); ++k)
      if (!is_code<E>(m.code(r, k)))
        fail("view_words: row %td, element %td: %d is no code of %s", r, k, int{m.code(r, k)},
             E::name);
  }
}

}  // namespace detail::tensor

/// A view of rows x depth codes in the caller's words, which are not copied and must outlive the view. Errors: wrong
/// number of words, nonzero tail bits, a pattern that is no code.
template <packable E>
[[nodiscard]] packed_view<E> view_words(std::span<const word> words, index_t rows, index_t depth) {
  const depth_layout layout = detail::tensor::checked_layout(rows, depth, 0);
  const packed_view<E> view(words.data(), rows, layout, E::plane_count * layout.words(),
                            layout.words());
  detail::tensor::require_words(words, view);
  return view;
}

/// A copy of rows x depth codes from the caller's words. Errors: as view_words.
template <packable E>
[[nodiscard]] packed_matrix<E> from_words(std::span<const word> words, index_t rows,
                                          index_t depth) {
  static_cast<void>(view_words<E>(words, rows, depth));
  packed_matrix<E> m(rows, depth);
  if (!words.empty()) std::memcpy(m.mutable_row(0), words.data(), words.size() * sizeof(word));
  return m;
}

LOWBIT_END

#endif
