// lowbit/tensor/print.hpp – operator<<: what a tensor is, and a corner of it.
//
//     packed_matrix 3x5 ternary, 2 bits per element, 48 bytes
//       +1  0 -1  0 +1
//       ...
//
// A header of its own, so that only programs that print include <ostream>.
#ifndef LOWBIT_TENSOR_PRINT_HPP
#define LOWBIT_TENSOR_PRINT_HPP

#include <ostream>

#include "lowbit/core/matrix.hpp"
#include "lowbit/tensor/quantized_matrix.hpp"

LOWBIT_BEGIN
namespace detail::tensor {

inline constexpr index_t corner = 8;  ///< rows and columns that are shown

/// Elements are `width` wide. (<iomanip> would be 20 ms for every program.)
template <class Element>
void print_corner(std::ostream& out, index_t rows, index_t cols, int width, Element element) {
  for (index_t r = 0; r < rows && r < corner; ++r) {
    out << ' ';
    for (index_t c = 0; c < cols && c < corner; ++c) {
      out << ' ';
      out.width(width);
      element(r, c);
    }
    out << (cols > corner ? " ...\n" : "\n");
  }
  if (rows > corner) out << "  ...\n";
}

}  // namespace detail::tensor

/// Shape, encoding, bits per element, and the values (codes, for multi-plane encodings) of a corner.
template <class E>
std::ostream& operator<<(std::ostream& out, packed_view<E> m) {
  out << "packed_matrix " << m.rows() << 'x' << m.depth() << ' ' << m.format().name << ", "
      << m.plane_count() << (m.plane_count() == 1 ? " bit" : " bits") << " per element, "
      << m.rows() * m.plane_count() * m.layout().words() * 8 << " bytes\n";
  detail::tensor::print_corner(out, m.rows(), m.depth(), 4, [&](index_t r, index_t k) {
    if (m.format().kind == code_kind::integers) {
      const int v = m.format().value(m.code(r, k));
      out << (v > 0 ? std::showpos : std::noshowpos) << v << std::noshowpos;
    } else {
      out << int{m.code(r, k)};
    }
  });
  return out;
}
template <class E>
std::ostream& operator<<(std::ostream& out, const packed_matrix<E>& m) {
  return out << m.view();
}

/// Shape, encoding, granularity, and the floats of a corner.
template <class E>
std::ostream& operator<<(std::ostream& out, const quantized_matrix<E>& m) {
  static constexpr const char* grains[] = {"per tensor", "per row", "per token", "per group of ",
                                           "per pixel of "};
  out << "quantized_matrix " << m.rows() << 'x' << m.depth() << ' ' << E::name << ", "
      << E::plane_count << (E::plane_count == 1 ? " bit" : " bits") << " per element, scales "
      << grains[static_cast<int>(m.grain().kind)];
  if (m.grain().grouped()) out << m.grain().group_size;
  out << '\n';
  detail::tensor::print_corner(out, m.rows(), m.depth(), 10,
                               [&](index_t r, index_t k) { out << m.real(r, k); });
  return out;
}

/// Shape and a corner of a dense matrix.
template <class T>
std::ostream& operator<<(std::ostream& out, matrix_view<T> m) {
  out << "matrix " << m.rows() << 'x' << m.cols() << '\n';
  detail::tensor::print_corner(out, m.rows(), m.cols(), 10,
                               [&](index_t r, index_t c) { out << +m(r, c); });
  return out;
}

template <class T>
std::ostream& operator<<(std::ostream& out, const matrix<T>& m) {
  return out << m.view();
}

LOWBIT_END

#endif
