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
// Every form also takes an ISA tag first (gemm(isa::avx2{}, a, w)) to force a body; the CPU must have
// it. Cost: M * N * K / 64 word operations for each term of the product rule (1 for binary x binary,
// P * Q for P- and Q-plane operands).
//
// Errors: depths or layouts differ; depth above the rule's max_depth (where int32 sums could overflow);
// out has another shape. Nothing is written then. Multi-plane encodings (planes<M>) have one integer
// product for each pair of planes: gemm(a.plane(i), w.plane(j)).
#ifndef LOWBIT_PRODUCT_GEMM_HPP
#define LOWBIT_PRODUCT_GEMM_HPP

#include <string>

#include "lowbit/core/matrix.hpp"
#include "lowbit/epilogue/integers.hpp"
#include "lowbit/product/product.hpp"
#include "lowbit/tensor/packed_matrix.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// A packed_view or a packed_matrix, as a view.
template <class E>
[[nodiscard]] packed_view<E> as_view(packed_view<E> m) noexcept {
  return m;
}
template <class E>
[[nodiscard]] packed_view<E> as_view(const packed_matrix<E>& m) noexcept {
  return m.view();
}
template <class T>
concept packed_operand = requires(const T& m) {
  as_view(m);
};

/// Fails to compile, with a sentence; it gives a result so that no second error follows.
template <class Result, class... Args>
[[nodiscard]] Result refuse_quantized() {
  static_assert(
      !(quantized_operand<Args> || ...),
      "lowbit: a quantized_matrix has scales, and this multiplies codes: pass x.codes(), as in "
      "gemm(x.codes(), w.codes()); matmul(x, w) is the real product");
  return Result();
}

template <class T>
using encoding_of = typename T::encoding;

template <class A, class B>
consteval bool require_plane_codes() {
  static_assert(
      plane_code<A> && plane_code<B>,
      "lowbit: a multi-plane encoding (planes<M>) has one integer product for each pair of planes: "
      "multiply a.plane(i) with b.plane(j); a codebook<K> has none: use matmul()");
  return true;
}

}  // namespace detail::product

/// Hands every tile of lhs x rhs to `epilogue` (epilogue/epilogue.hpp), on the given ISA. With an executor
/// of several threads `epilogue` is called from all of them, for tiles that share no element and, in
/// results packed along columns, no word.
template <isa_tag Tag, detail::product::packed_operand A, detail::product::rhs_matrix B,
          epilogue Epilogue, executor Executor = serial_executor>
requires(detail::product::require_plane_codes<
         detail::product::encoding_of<A>,
         detail::product::encoding_of<B>>()) void gemm_with(Tag tag, const A& lhs, const B& rhs,
                                                            const Epilogue& epilogue,
                                                            const Executor& where = {}) {
  const auto a = detail::product::as_view(lhs);
  const auto b = detail::product::as_rhs(rhs);
  detail::product::require_product(a, b.rows, "gemm");
  detail::require_fit(epilogue, a.rows(), b.rows.rows());
  detail::product::for_each_tile(tag, a, b, epilogue, where);
}
template <detail::product::packed_operand A, detail::product::rhs_matrix B, epilogue Epilogue,
          executor Executor = serial_executor>
void gemm_with(const A& lhs, const B& rhs, const Epilogue& epilogue, const Executor& where = {}) {
  gemm_with(chosen_isa(), lhs, rhs, epilogue, where);
}
template <class... Args>
requires((detail::product::quantized_operand<Args> || ...)) auto gemm_with(const Args&...) {
  static_cast<void>(detail::product::refuse_quantized<int, Args...>());
}

/// out = lhs * rhs^T.
template <isa_tag Tag, detail::product::packed_operand A, detail::product::rhs_matrix B,
          executor Executor = serial_executor>
void gemm(Tag tag, const A& lhs, const B& rhs, matrix_view<std::int32_t> out,
          const Executor& where = {}) {
  detail::core::require_same_sizes("gemm", {"the product", lhs.rows(), rhs.rows()},
                                   {"the output", out.rows(), out.cols()});
  gemm_with(tag, lhs, rhs, store_integers{out}, where);
}
template <detail::product::packed_operand A, detail::product::rhs_matrix B,
          executor Executor = serial_executor>
void gemm(const A& lhs, const B& rhs, matrix_view<std::int32_t> out, const Executor& where = {}) {
  gemm(chosen_isa(), lhs, rhs, out, where);
}

/// out += lhs * rhs^T; the totals must fit an int32.
template <isa_tag Tag, detail::product::packed_operand A, detail::product::rhs_matrix B,
          executor Executor = serial_executor>
void gemm_add(Tag tag, const A& lhs, const B& rhs, matrix_view<std::int32_t> out,
              const Executor& where = {}) {
  detail::core::require_same_sizes("gemm_add", {"the product", lhs.rows(), rhs.rows()},
                                   {"the output", out.rows(), out.cols()});
  gemm_with(tag, lhs, rhs, add_integers{out}, where);
}
template <detail::product::packed_operand A, detail::product::rhs_matrix B,
          executor Executor = serial_executor>
void gemm_add(const A& lhs, const B& rhs, matrix_view<std::int32_t> out,
              const Executor& where = {}) {
  gemm_add(chosen_isa(), lhs, rhs, out, where);
}
template <class... Args>
requires((detail::product::quantized_operand<Args> || ...)) auto gemm_add(const Args&...) {
  static_cast<void>(detail::product::refuse_quantized<int, Args...>());
}

/// lhs * rhs^T as a new matrix.
template <isa_tag Tag, detail::product::packed_operand A, detail::product::rhs_matrix B,
          executor Executor = serial_executor>
[[nodiscard]] matrix<std::int32_t> gemm(Tag tag, const A& lhs, const B& rhs,
                                        const Executor& where = {}) {
  matrix<std::int32_t> out(lhs.rows(), rhs.rows());
  gemm(tag, lhs, rhs, out.view(), where);
  return out;
}
template <detail::product::packed_operand A, detail::product::rhs_matrix B,
          executor Executor = serial_executor>
[[nodiscard]] matrix<std::int32_t> gemm(const A& lhs, const B& rhs, const Executor& where = {}) {
  return gemm(chosen_isa(), lhs, rhs, where);
}
template <class... Args>
requires((detail::product::quantized_operand<Args> || ...)) auto gemm(const Args&...) {
  return detail::product::refuse_quantized<matrix<std::int32_t>, Args...>();
}

namespace detail::product {

/// "avx2 panels, binary<1> x binary<1>": panels of that ISA, or (null) the row body that serves `isa`.
template <plane_code A, plane_code B, isa_tag Isa>
[[nodiscard]] std::string body_name(Isa isa, const char* panels) {
  const char* const body = panels != nullptr ? panels : with_isa(isa, [](auto tag) -> const char* {
    return kernel::product_for<decltype(tag)>::tag::name;
  });
  const bool own = std::strcmp(body, isa.name) == 0;
  char text[256];
  std::snprintf(text, sizeof text, "%s%s%s%s %s, %s<%d> x %s<%d>", body, own ? "" : " (for ",
                own ? "" : isa.name, own ? "" : ")", panels != nullptr ? "panels" : "rows", A::name,
                A::plane_count, B::name, B::plane_count);
  return text;
}

}  // namespace detail::product

/// The body that multiplies prepared A x B: its ISA and its kind, for example "avx512vpopcntdq panels,
/// binary<1> x binary<1>" (encodings with their number of planes). A body of a parent ISA says so:
/// "avx2 (for avx512bw) ...". What two given operands run on, kernel_name(lhs, rhs) says.
template <plane_code A, plane_code B, isa_tag Isa>
[[nodiscard]] std::string kernel_name(Isa isa) {
  return detail::product::body_name<A, B>(isa, detail::kernel::panels_serving<A, B>(isa));
}
template <plane_code A, plane_code B>
[[nodiscard]] std::string kernel_name() {
  return kernel_name<A, B>(chosen_isa());
}
/// The body that gemm(isa, lhs, rhs) runs on. Panels run if rhs has enough rows to fill them, and is prepared for
/// that body or lhs has enough rows to be worth packing rhs; else the row body runs.
template <isa_tag Isa, detail::product::packed_operand A, detail::product::rhs_matrix B>
[[nodiscard]] std::string kernel_name(Isa isa, const A& lhs, const B& rhs) {
  using a = detail::product::encoding_of<A>;
  const auto right = detail::product::as_rhs(rhs);
  const depth_layout layout = right.rows.layout();
  const index_t run_words = layout.runs() > 0 ? layout.words() / layout.runs() : 1;
  return detail::product::body_name<a, detail::product::encoding_of<B>>(
      isa, detail::product::choose_body<a>(isa, lhs.rows(), right, run_words).panels);
}
/// The body that gemm(lhs, rhs) runs on.
template <detail::product::packed_operand A, detail::product::rhs_matrix B>
[[nodiscard]] std::string kernel_name(const A& lhs, const B& rhs) {
  return kernel_name(chosen_isa(), lhs, rhs);
}
template <class... Args>
requires((detail::product::quantized_operand<Args> || ...)) auto kernel_name(const Args&...) {
  return detail::product::refuse_quantized<std::string, Args...>();
}

LOWBIT_END

#endif
