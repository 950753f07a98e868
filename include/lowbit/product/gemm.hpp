// lowbit/product/gemm.hpp – the integer matrix product of two packed matrices, exact.
//
//     out(m, n) = sum over k of value(lhs(m, k)) * value(rhs(n, k))        lhs M x K, rhs N x K
//
// Both operands have depth along their rows (the right one is "transposed", as weights are stored).
// Any two plane encodings, any M, N, K including 0. The result is the same on every ISA, bit for bit.
//
//     auto c = lowbit::gemm(a, w);              a new M x N matrix<int32_t>
//     lowbit::gemm(a, w, out);                  into the caller's strided buffer
//     lowbit::gemm_add(a, w, out);              added to what is there
//     lowbit::gemm_with(a, w, epilogue);        tile by tile into an epilogue
//
// Where it runs comes last: an executor, on(isa::avx2{}) to force an ISA that the CPU must have (executor/on.hpp), or
// with(families<...>{}) for own kernels (product/route.hpp). Cost: M * N * K / 64 word operations per term of the
// product rule. binary x binary has 1 term, operands of P and Q planes have P * Q.
//
// Errors: depths or layouts differ; depth above the rule's max_depth (where int32 sums could overflow);
// out has another shape. Nothing is written then. Multi-plane encodings (planes<M>) have one integer
// product per pair of planes: gemm(a.plane(i), w.plane(j)).
#ifndef LOWBIT_PRODUCT_GEMM_HPP
#define LOWBIT_PRODUCT_GEMM_HPP

#include "lowbit/core/matrix.hpp"
#include "lowbit/epilogue/integers.hpp"
#include "lowbit/product/product.hpp"
#include "lowbit/tensor/packed_matrix.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// A packed_view or a packed_matrix, as a view.
template <class E>
[[nodiscard]] packed_view<E> as_view(const packed_view<E>& m) noexcept {
  return m;
}
template <class E>
[[nodiscard]] packed_view<E> as_view(const packed_matrix<E>& m) noexcept {
  return m.view();
}

/// The format of an operand's codes.
template <class T>
[[nodiscard]] const code_format& format_in(const T& m) noexcept {
  if constexpr (requires { m.format(); })
    return m.format();
  else
    return m.codes().format();
}

/// Fails to compile, with a sentence; it gives a result so that no second error follows.
template <class Result, class... Args>
[[nodiscard]] Result refuse_quantized() {
  static_assert(
      !(quantized_operand<Args> || ...),
      "lowbit: a quantized_matrix has scales, and this multiplies codes: pass x.codes(), as in "
      "gemm(x.codes(), w.codes()); matmul(x, w) is the real product");
  return Result();
}

template <class E>
concept integers_or_any = plane_code<E> || std::same_as<E, any_encoding>;

template <class A, class B>
consteval bool require_plane_codes() {
  static_assert(
      integers_or_any<A> && integers_or_any<B>,
      "lowbit: a multi-plane encoding (planes<M>) has one integer product for each pair of planes: "
      "multiply a.plane(i) with b.plane(j); a codebook<K> has none: use matmul()");
  return true;
}

/// The factors of two operands, whose formats stand for integers.
template <class A, class B>
[[nodiscard]] decltype(auto) factors_in(const A& lhs, const B& rhs, const char* who) {
  const code_format &a = format_in(lhs), &b = format_in(rhs);
  if (a.kind != code_kind::integers || b.kind != code_kind::integers)
    fail("%s: codes of %s x codes of %s: multiply the planes, or use matmul()", who, a.name,
         b.name);
  return factors_between<encoding_of<A>, encoding_of<B>>(a, b);
}

}  // namespace detail::product

/// A left operand of integer products: a packed_matrix or a packed_view. Codes of a quantized_matrix are
/// x.codes(); code bytes are packed by pack().
template <class T>
concept packed_operand = requires(const T& m) {
  detail::product::as_view(m);
};

/// A right operand of integer products: a packed_matrix, a packed_view, or a prepared_matrix made by prepare(), with
/// the same result in less time.
template <class T>
concept rhs_matrix = requires(const T& m) {
  detail::product::as_rhs(m);
};

/// Hands every tile of lhs x rhs^T to `epilogue` (epilogue/epilogue.hpp): lhs M x K, rhs N x K, tiles of an M x N
/// result. An executor of several threads calls `epilogue` from all of them, for tiles that share no element and, in
/// results packed along columns, no word. Allocates panels of rhs if rhs is not prepared and lhs has enough rows, and
/// sums of rows where the product rule has them. Errors: as the head of this file; what `epilogue` reports.
template <packed_operand A, rhs_matrix B, epilogue Epilogue, executor Where = serial_executor>
void gemm_with(const A& lhs, const B& rhs, const Epilogue& epilogue, const Where& where = {}) {
  using namespace detail;
  static_assert(product::require_plane_codes<product::encoding_of<A>, product::encoding_of<B>>());
  decltype(auto) of = product::factors_in(lhs, rhs, "gemm");
  const product::rhs_operand b = product::as_rhs(rhs);
  product::require_product(of, lhs.rows(), lhs.layout(), b, "gemm");
  require_fit(epilogue, lhs.rows(), b.rows.rows);
  product::for_each_tile<product::encoding_of<A>, product::encoding_of<B>>(
      of, product::as_view(lhs), b, epilogue, where);
}
template <class... Args>
requires((detail::product::quantized_operand<Args> || ...)) auto gemm_with(const Args&...) {
  static_cast<void>(detail::product::refuse_quantized<int, Args...>());
}

/// out = lhs * rhs^T, into the caller's M x N buffer of any row stride. Allocates as gemm_with. Errors: as the head
/// of this file.
template <packed_operand A, rhs_matrix B, executor Where = serial_executor>
void gemm(const A& lhs, const B& rhs, matrix_view<std::int32_t> out, const Where& where = {}) {
  detail::core::require_same_sizes("gemm", {"the product", lhs.rows(), rhs.rows()},
                                   {"the output", out.rows(), out.cols()});
  gemm_with(lhs, rhs, store_integers{out}, where);
}

/// out += lhs * rhs^T; the totals must fit an int32. Otherwise as gemm into a buffer.
template <packed_operand A, rhs_matrix B, executor Where = serial_executor>
void gemm_add(const A& lhs, const B& rhs, matrix_view<std::int32_t> out, const Where& where = {}) {
  detail::core::require_same_sizes("gemm_add", {"the product", lhs.rows(), rhs.rows()},
                                   {"the output", out.rows(), out.cols()});
  gemm_with(lhs, rhs, add_integers{out}, where);
}
template <class... Args>
requires((detail::product::quantized_operand<Args> || ...)) auto gemm_add(const Args&...) {
  static_cast<void>(detail::product::refuse_quantized<int, Args...>());
}

/// lhs * rhs^T as a new M x N matrix: allocates that, and what gemm_with allocates. Errors: as the head of this file.
template <packed_operand A, rhs_matrix B, executor Where = serial_executor>
[[nodiscard]] matrix<std::int32_t> gemm(const A& lhs, const B& rhs, const Where& where = {}) {
  matrix<std::int32_t> out(lhs.rows(), rhs.rows());
  gemm(lhs, rhs, out.view(), where);
  return out;
}
template <class... Args>
requires((detail::product::quantized_operand<Args> || ...)) auto gemm(const Args&...) {
  return detail::product::refuse_quantized<matrix<std::int32_t>, Args...>();
}

LOWBIT_END

#endif
