// lowbit/eigen/interop.hpp – Eigen matrices and expressions in and out.
//
// In: quantize(), pack() and the right-hand types of their views accept any Eigen expression. Depth
// runs along rows, as everywhere. A row-major matrix, block or map is read in place; anything else
// (column-major, a product, an array expression) is evaluated once into a row-major temporary, so the
// result is the same, only later.
//
// Out: a result is mapped, not copied (map(y) is an Eigen::Map over y's memory), and gemm writes into a
// row-major Eigen matrix or block through view(c). A column-major destination does not compile.
//
// This room and nn/ are the only ones that name Eigen. Nothing stores an Eigen object: its alignment
// follows compiler flags, ours must not.
#ifndef LOWBIT_EIGEN_INTEROP_HPP
#define LOWBIT_EIGEN_INTEROP_HPP

#include "lowbit/config.hpp"

// The same false warnings reach Eigen's AVX-512 code through the intrinsics header.
LOWBIT_INTRINSICS_BEGIN
#include <Eigen/Core>
LOWBIT_INTRINSICS_END

#include "lowbit/ops/matmul.hpp"
#include "lowbit/ops/quantize.hpp"
#include "lowbit/tensor/pack.hpp"

LOWBIT_BEGIN

/// A row-major Eigen matrix of T, the dense type that views are taken of.
template <class T>
using row_major = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

namespace detail::eigen {

/// Binds to a row-major expression with direct access; copies everything else.
template <class T>
using readable = Eigen::Ref<const row_major<T>, 0, Eigen::OuterStride<>>;

template <class T>
[[nodiscard]] matrix_view<const T> view_of(const readable<T>& x) {
  return {x.data(), x.rows(), x.cols(), x.outerStride()};
}

}  // namespace detail::eigen

/// A dense Eigen expression with elements of type T.
template <class X, class T>
concept eigen_dense =
    std::is_base_of_v<Eigen::DenseBase<X>, X> && std::same_as<typename X::Scalar, T>;

/// A writable view of a row-major Eigen matrix, map or block, without a copy.
template <class X>
requires std::is_base_of_v<Eigen::DenseBase<std::remove_cvref_t<X>>, std::remove_cvref_t<X>>
[[nodiscard]] auto view(X&& x) {
  using plain = std::remove_cvref_t<X>;
  static_assert(plain::IsRowMajor,
                "lowbit::view: this Eigen matrix is column-major; depth runs along rows: use "
                "lowbit::row_major<T> (Eigen::Matrix<T, Dynamic, Dynamic, RowMajor>)");
  static_assert((plain::Flags & Eigen::DirectAccessBit) != 0,
                "lowbit::view: an Eigen expression has no memory to view: evaluate it into a "
                "lowbit::row_major<T> first");
  return matrix_view(x.data(), x.rows(), x.cols(), x.outerStride());
}

/// An Eigen::Map over a result.
template <class T>
[[nodiscard]] Eigen::Map<row_major<T>> map(matrix<T>& m) {
  return {m.data(), m.rows(), m.cols()};
}
template <class T>
[[nodiscard]] Eigen::Map<const row_major<T>> map(const matrix<T>& m) {
  return {m.data(), m.rows(), m.cols()};
}
template <class T>
void map(matrix<T>&&) = delete;  // the map would outlive the matrix

/// quantize() of an Eigen expression of float: see ops/quantize.hpp.
template <class Q, class X, class... Stream>
requires eigen_dense<X, float>
[[nodiscard]] auto quantize(const Q& q, const X& x, const Stream&... stream) {
  const detail::eigen::readable<float> rows(x);
  return quantize(q, detail::eigen::view_of<float>(rows), stream...);
}

/// pack() of an Eigen expression of codes (std::uint8_t): see tensor/pack.hpp.
template <packable E, class X>
requires eigen_dense<X, code_t>
[[nodiscard]] packed_matrix<E> pack(const X& codes, index_t segment = 0) {
  const detail::eigen::readable<code_t> rows(codes);
  return pack<E>(detail::eigen::view_of<code_t>(rows), segment);
}

/// The real numbers of a quantized matrix as an Eigen matrix.
template <plane_code E>
[[nodiscard]] row_major<float> dequantize(const quantized_matrix<E>& m) {
  row_major<float> out(m.rows(), m.depth());
  for (index_t r = 0; r < m.rows(); ++r)
    for (index_t k = 0; k < m.depth(); ++k) out(r, k) = m.real(r, k);
  return out;
}

LOWBIT_END

#endif
