// lowbit/product/explain.hpp – which kernel multiplies, and why, as text.
//
//     kernel_name(a, w)     avx512vpopcntdq rows, binary<1> x binary<1>
//     explain(a, w)         the same, and all that could have multiplied:
//
//         binary<1> x binary<1>, 2 x 64 sums of 2 words each, on avx512vpopcntdq. Estimated costs:
//           avx512vpopcntdq panels, to be packed: never for fewer than 8 lhs rows
//         * avx512vpopcntdq rows: 1331
//
// Both are words for the route (product/route.hpp) that gemm() takes with the same arguments.
#ifndef LOWBIT_PRODUCT_EXPLAIN_HPP
#define LOWBIT_PRODUCT_EXPLAIN_HPP

#include <string>

#include "lowbit/product/gemm.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// "avx2 panels", or "avx2 (for avx512bw) panels" if the body is that of a parent.
[[nodiscard]] inline std::string name_of(const candidate& c, any_isa isa) {
  const std::string asked = c.how->isa == isa ? "" : std::string(" (for ") + isa.name + ")";
  return c.how->isa.name + asked + " " + c.how->name;
}

/// "binary<1> x ternary<2>".
[[nodiscard]] inline std::string names_of(const kernel::factors& of) {
  char text[128];
  std::snprintf(text, sizeof text, "%s<%d> x %s<%d>", of.lhs.name, of.lhs.plane_count, of.rhs.name,
                of.rhs.plane_count);
  return text;
}

/// The shape of lhs times `right`, as gemm() sees it.
[[nodiscard]] inline product_shape shape_of_rows(const kernel::factors& of, index_t lhs_rows,
                                                 const rhs_operand& right) noexcept {
  const depth_layout layout = right.layout;
  const index_t words = layout.runs() > 0 ? layout.words() / layout.runs() : 0;
  return shape_of(of, lhs_rows, right, words > 0 ? words : 1);
}

/// "avx2 rows, binary<1> x ternary<2>" of the route that a product takes, of those with some loops.
template <product_loops Loops, executor Where>
[[nodiscard]] std::string route_name(const kernel::factors& of, index_t lhs_rows,
                                     const rhs_operand& right, const Where& where) {
  const auto isa = isa_of(where);
  const candidate chosen = route_of(methods_of<families_of<Where>, Loops>(isa), of,
                                    shape_of_rows(of, lhs_rows, right), right.panels);
  return name_of(chosen, isa) + ", " + names_of(of);
}

}  // namespace detail::product

/// The body that gemm(lhs, rhs, where) runs on: its ISA, its family, and the encodings with their number of planes.
/// A body of a parent ISA says so: "avx2 (for avx512bw) ...". Allocates the text. Errors: as chosen_isa().
template <packed_operand A, rhs_matrix B, executor Where = serial_executor>
[[nodiscard]] std::string kernel_name(const A& lhs, const B& rhs, const Where& where = {}) {
  using namespace detail::product;
  return route_name<loops_between<encoding_of<A>, encoding_of<B>>()>(
      factors_in(lhs, rhs, "kernel_name"), lhs.rows(), as_rhs(rhs), where);
}
template <class... Args>
requires((detail::product::quantized_operand<Args> || ...)) auto kernel_name(const Args&...) {
  return detail::product::refuse_quantized<std::string, Args...>();
}

/// The body that large products of A and B run on, as kernel_name(lhs, rhs) names it.
template <plane_code A, plane_code B, executor Where = serial_executor>
[[nodiscard]] std::string kernel_name(const Where& where = {}) {
  using namespace detail::product;
  constexpr index_t rows = 4096, depth = 4096;
  const packed_view<B> large(nullptr, rows, depth_layout(depth), 0, 0);
  return route_name<loops_between<A, B>()>(detail::kernel::factors_of<A, B>, rows, as_rhs(large),
                                           where);
}

/// Every family that could compute gemm(lhs, rhs, where), with the cost that it estimates, one per line. A star marks
/// the family that runs. The unit of the costs: kernel/family.hpp. Allocates the text. Errors: as chosen_isa().
template <packed_operand A, rhs_matrix B, executor Where = serial_executor>
[[nodiscard]] std::string explain(const A& lhs, const B& rhs, const Where& where = {}) {
  using namespace detail::product;
  const auto isa = detail::isa_of(where);
  const auto methods =
      methods_of<families_of<Where>, loops_between<encoding_of<A>, encoding_of<B>>()>(isa);
  decltype(auto) of = factors_in(lhs, rhs, "explain");
  const rhs_operand right = as_rhs(rhs);
  const product_shape shape = shape_of_rows(of, lhs.rows(), right);
  const candidate chosen = route_of(methods, of, shape, right.panels);
  char line[256];
  std::snprintf(line, sizeof line, ", %td x %td sums of %td words each, on %s. Estimated costs:\n",
                shape.rows, shape.cols, shape.words, isa.name);
  std::string text = names_of(of) + line;
  for_each_candidate(methods, of, shape, right.panels, [&](const candidate& c) {
    text += c.family == chosen.family ? "* " : "  ";
    text += name_of(c, isa);
    if (c.how->packer != nullptr) text += c.packed ? ", packed" : ", to be packed";
    if (c.must_be_prepared())
      std::snprintf(line, sizeof line, ": never, only prepared\n");
    else if (c.must_pack() && shape.rows < rows_worth_packing)
      std::snprintf(line, sizeof line, ": never for fewer than %td lhs rows\n", rows_worth_packing);
    else
      std::snprintf(line, sizeof line, ": %.0f\n", c.cost);
    text += line;
  });
  return text;
}

LOWBIT_END

#endif
