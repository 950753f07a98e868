// lowbit/eigen/interop.hpp – Eigen matrices and expressions in and out.
//
// In: quantize(), encode() and pack() read any dense Eigen expression. Depth runs along rows, so a column vector is
// refused (pass its transpose). A row-major matrix, block or map is read in place. Everything else (column-major, a
// product, an array expression, rows that overlap or run backwards) is first evaluated into a row-major temporary.
//
// Out: a result is mapped, not copied (map(y) is an Eigen::Map over y's memory). gemm writes into a row-major Eigen
// matrix or block through view(c). A column-major destination does not compile.
//
// Only this room and nn/ name Eigen. No type of lowbit stores an Eigen object: its alignment depends on compiler
// flags.
#ifndef LOWBIT_EIGEN_INTEROP_HPP
#define LOWBIT_EIGEN_INTEROP_HPP

#include "lowbit/abi.hpp"

// g++ gives the same false warnings for Eigen's AVX-512 code.
LOWBIT_INTRINSICS_BEGIN
#include <Eigen/Core>
LOWBIT_INTRINSICS_END

#include "lowbit/encode/encode.hpp"
#include "lowbit/encode/quantize.hpp"
#include "lowbit/product/matmul.hpp"
#include "lowbit/tensor/pack.hpp"

LOWBIT_BEGIN

/// A row-major Eigen matrix of T.
template <class T>
using row_major = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

namespace detail::eigen {

/// The dense expression that X is or derives from: a vector block (head, segment, tail) is a Block.
template <class Derived>
Derived dense_of(const Eigen::DenseBase<Derived>*);

}  // namespace detail::eigen

/// A dense Eigen expression.
template <class X>
concept eigen_dense = requires(const X* x) {
  detail::eigen::dense_of(x);
};

/// A view of a row-major Eigen matrix, map or block, without a copy: writable unless x is const. A temporary does
/// not compile, because the view would outlive it.
template <class X>
requires eigen_dense<std::remove_cvref_t<X>>
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

/// The elements of an expression, row after row: in place, or in a copy. T is float or code_t.
template <class T>
class readable {
 public:
  template <class X>
  explicit readable(const X& x) {
    constexpr bool same = std::same_as<typename X::Scalar, T>,
                   float_epilogue = std::same_as<T, float>;
    static_assert(same || !float_epilogue,
                  "lowbit: quantizers read float, and the elements of this Eigen expression are of "
                  "another type: pass x.cast<float>()");
    static_assert(same || float_epilogue,
                  "lowbit: codes are bytes, and the elements of this Eigen expression are of "
                  "another type: pass x.cast<lowbit::code_t>()");
    static_assert(X::ColsAtCompileTime != 1,
                  "lowbit: an Eigen column vector would be n rows of depth 1; depth runs along "
                  "rows: pass x.transpose()");
    constexpr bool in_memory = (X::Flags & Eigen::DirectAccessBit) != 0 && requires { x.data(); };
    if constexpr (same && X::IsRowMajor && in_memory)
      if (x.innerStride() == 1 && (x.outerStride() >= x.cols() || x.rows() <= 1)) {
        view_ = {x.data(), x.rows(), x.cols(), x.outerStride()};
        return;
      }
    if constexpr (same) copy_ = x;
    view_ = {copy_.data(), copy_.rows(), copy_.cols()};
  }
  readable(const readable&) = delete;
  readable& operator=(const readable&) = delete;

  [[nodiscard]] matrix_view<const T> view() const noexcept { return view_; }

 private:
  row_major<T> copy_;
  matrix_view<const T> view_;
};

}  // namespace detail::eigen

/// quantize() of an Eigen expression of float: see encode/quantize.hpp.
template <class Q, eigen_dense X, class... Options>
requires quantizes_with<Q, Options...>
[[nodiscard]] auto quantize(const Q& q, const X& x, const Options&... options) {
  return quantize(q, detail::eigen::readable<float>(x).view(), options...);
}

/// encode() of an Eigen expression of float, as new codes or into out: see encode/encode.hpp.
template <class Q, eigen_dense X, class... Options>
requires encodes_with<Q, Options...>
[[nodiscard]] auto encode(const Q& q, const X& x, const Options&... options) {
  return encode(q, detail::eigen::readable<float>(x).view(), options...);
}
template <class Q, eigen_dense X, class... Options>
requires encodes_with<Q, Options...>
void encode(const Q& q, const X& x, packed_matrix<typename Q::encoding>& out,
            const Options&... options) {
  encode(q, detail::eigen::readable<float>(x).view(), out, options...);
}

/// pack() of an Eigen expression of codes (std::uint8_t): see tensor/pack.hpp.
template <packable E, eigen_dense X>
[[nodiscard]] packed_matrix<E> pack(const X& codes, index_t segment = 0) {
  return pack<E>(detail::eigen::readable<code_t>(codes).view(), segment);
}

/// A copy of a result as an Eigen matrix, for temporaries: to_eigen(dequantize(q)).
template <class T>
[[nodiscard]] row_major<T> to_eigen(const matrix<T>& m) {
  return map(m);
}

LOWBIT_END

#endif
