// lowbit/eigen/interop.hpp – Eigen matrices and expressions in and out.
//
// In: quantize() and pack() read any Eigen expression. Depth runs along rows, as everywhere, so a
// column vector is refused (pass its transpose). A row-major matrix, block or map is read in place; anything else
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

#include "lowbit/abi.hpp"

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

/// A view of a row-major Eigen matrix, map or block, without a copy: writable unless x is const. A
/// named matrix only: a view of a temporary would outlive it.
template <class X>
requires std::is_base_of_v<Eigen::DenseBase<std::remove_cvref_t<X>>, std::remove_cvref_t<X>>
[[nodiscard]] auto view(X&& x) {
  using plain = std::remove_cvref_t<X>;
  static_assert(
      std::is_lvalue_reference_v<X> || !std::is_base_of_v<Eigen::PlainObjectBase<plain>, plain>,
      "lowbit::view: the matrix is a temporary and would be gone: give it a name");
  static_assert(plain::IsRowMajor,
                "lowbit::view: this Eigen matrix is column-major; depth runs along rows: use "
                "lowbit::row_major<T> (Eigen::Matrix<T, Dynamic, Dynamic, RowMajor>)");
  static_assert((plain::Flags & Eigen::DirectAccessBit) != 0,
                "lowbit::view: an Eigen expression has no memory to view: evaluate it into a "
                "lowbit::row_major<T> first");
  static_assert(plain::InnerStrideAtCompileTime == 1,
                "lowbit::view: the elements of a row must lie next to each other (inner stride 1): "
                "copy the block or map into a lowbit::row_major<T> first");
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

namespace detail::eigen {

template <class X>
consteval bool require_rows() {
  static_assert(X::ColsAtCompileTime != 1,
                "lowbit: an Eigen column vector would be n rows of depth 1; depth runs along rows: "
                "pass x.transpose()");
  return true;
}

}  // namespace detail::eigen

/// quantize() of an Eigen expression of float: see ops/quantize.hpp.
template <class Q, class X, class... Stream>
requires eigen_dense<X, float> && quantizes_with<Q, Stream...>
[[nodiscard]] auto quantize(const Q& q, const X& x, const Stream&... stream) {
  static_assert(detail::eigen::require_rows<X>());
  const detail::eigen::readable<float> rows(x);
  return quantize(q, detail::eigen::view_of<float>(rows), stream...);
}
template <isa_tag Tag, class Q, class X, class... Stream>
requires eigen_dense<X, float> && quantizes_with<Q, Stream...>
[[nodiscard]] auto quantize(Tag tag, const Q& q, const X& x, const Stream&... stream) {
  static_assert(detail::eigen::require_rows<X>());
  const detail::eigen::readable<float> rows(x);
  return quantize(tag, q, detail::eigen::view_of<float>(rows), stream...);
}

/// pack() of an Eigen expression of codes (std::uint8_t): see tensor/pack.hpp.
template <packable E, class X>
requires eigen_dense<X, code_t>
[[nodiscard]] packed_matrix<E> pack(const X& codes, index_t segment = 0) {
  static_assert(detail::eigen::require_rows<X>());
  const detail::eigen::readable<code_t> rows(codes);
  return pack<E>(detail::eigen::view_of<code_t>(rows), segment);
}

/// A copy of a result as an Eigen matrix, for results that have no name: to_eigen(dequantize(q)).
template <class T>
[[nodiscard]] row_major<T> to_eigen(const matrix<T>& m) {
  return map(m);
}

LOWBIT_END

#endif
