// lowbit/product/operand_parts.hpp – an operand of matmul() as a sum of matrices of integers.
//
//     plane codes     one part: the codes, with their scales and offsets
//     planes<M>       M parts: the planes, each with its coefficient as a scale
//     codebook<K>     one part per table entry that occurs and is not 0 everywhere: the 0/1 plane of
//                     "the code is c", with the entry as its scale
//
// So matmul() is one loop over pairs of parts, each of them an integer product. The parts of a codebook are made one at
// a time, with K ands per 64 elements. The other parts are views.
#ifndef LOWBIT_PRODUCT_OPERAND_PARTS_HPP
#define LOWBIT_PRODUCT_OPERAND_PARTS_HPP

#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"

LOWBIT_BEGIN
namespace detail::product {

template <class E>
struct part_encoding {
  using type = E;
};
template <multi_plane_code E>
struct part_encoding<E> {
  using type = typename E::plane;
};
template <indexed_code E>
struct part_encoding<E> {
  using type = unsigned_bits<1>;
};
/// The encoding of every part of an E.
template <packable E>
using part_encoding_of = typename part_encoding<E>::type;

/// The number of parts of an E; entries of a codebook count whether they occur or not.
template <packable E>
inline constexpr int part_count = plane_code<E>     ? 1
                                  : indexed_code<E> ? 1 << E::plane_count
                                                    : E::plane_count;

/// What a part's integers mean in one group.
template <packable E>
[[nodiscard]] constexpr affine part_levels(const levels_of<E>& levels, int part) noexcept {
  if constexpr (plane_code<E>)
    return levels;
  else if constexpr (indexed_code<E>)
    return {levels.table[static_cast<std::size_t>(part)], 0};
  else
    return {levels.coefficient[static_cast<std::size_t>(part)], 0};
}

/// The 0/1 matrix of "the code is c", in the same layout; false if no code is.
template <indexed_code E>
[[nodiscard]] bool select_code(packed_view<E> codes, int c, packed_matrix<unsigned_bits<1>>& out) {
  word any = 0;
  for (index_t r = 0; r < codes.rows(); ++r)
    for (index_t i = 0; i < codes.layout().runs(); ++i) {
      const depth_run run = codes.layout().run(i);
      for (index_t done = 0, w = run.first_word; done < run.depth; done += word_bits, ++w) {
        const index_t rest = run.depth - done;
        word is_c = rest < word_bits ? (word{1} << rest) - 1 : ~word{0};
        for (int p = 0; p < E::plane_count; ++p)
          is_c &= (c >> p & 1) != 0 ? codes.plane_row(r, p)[w] : ~codes.plane_row(r, p)[w];
        out.mutable_row(r)[w] = is_c;
        any |= is_c;
      }
    }
  return any != 0;
}

/// f(the codes of a part); not called for a part that is 0 everywhere.
template <packable E, class F>
void with_part(const quantized_matrix<E>& m, packed_view<E> codes, int part, F f) {
  if constexpr (plane_code<E>) {
    f(codes);
  } else if constexpr (multi_plane_code<E>) {
    f(codes.plane(part));
  } else {
    bool counts = false;
    for (index_t r = 0; r < (m.grain().shares_rows() ? 1 : m.rows()); ++r)
      for (index_t g = 0; g < m.groups(); ++g)
        counts |= part_levels<E>(m.levels(r, g), part).scale != 0;
    if (!counts) return;
    packed_matrix<unsigned_bits<1>> chosen(m.rows(), m.depth(), codes.layout().segment());
    if (select_code(codes, part, chosen)) f(chosen.view());
  }
}

}  // namespace detail::product
LOWBIT_END

#endif
