// lowbit/product/operands.hpp – the two sides of a product as the kernels read them.
//
// The left side is rows of words. The right side is rows of words, and, if they were prepared, their panels and bit
// sums. What the codes stand for lies beside them, in the factors (kernel/factors.hpp). These are constants for two
// encodings, and values where a format is known when the program runs. What the product rule adds for offsets
// (encoding/product_rule.hpp) is computed here, once per product:
//
//     constant   rule.depth * depth                          one for all
//     lhs        rule.lhs_bit_sum * bit sum of the row       one per lhs row    (none if the rule's is 0)
//     rhs        rule.rhs_bit_sum * bit sum of the row       one per rhs row    (none if the rule's is 0)
#ifndef LOWBIT_PRODUCT_OPERANDS_HPP
#define LOWBIT_PRODUCT_OPERANDS_HPP

#include "lowbit/core/buffer.hpp"
#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/kernel/bits/bit_sums.hpp"
#include "lowbit/product/prepared_matrix.hpp"
#include "lowbit/tensor/packed_view.hpp"

LOWBIT_BEGIN
namespace detail::product {

using kernel::run_list;

template <class T>
using encoding_of = typename T::encoding;

/// The factors of codes of A and B: a constant, or made from the formats of the operands.
template <class A, class B>
[[nodiscard]] kernel::factors factors_between(const code_format& lhs, const code_format& rhs) {
  return {lhs, rhs};
}
template <plane_code A, plane_code B>
[[nodiscard]] const kernel::factors& factors_between(const code_format&, const code_format&) {
  return kernel::factors_of<A, B>;
}

/// The loops that codes of A and B may need: those of two encodings, or all.
template <class A, class B>
[[nodiscard]] consteval kernel::product_loops loops_between() noexcept {
  if constexpr (plane_code<A> && plane_code<B>)
    return kernel::factors_of<A, B>.loops;
  else
    return any_loops;
}

/// The rows of a matrix from their word `first_word` on. A matrix without rows has no words to count from.
template <class E>
[[nodiscard]] kernel::operand operand_of(const packed_view<E>& m, index_t first_word = 0) noexcept {
  const word* const first = m.rows() == 0 ? nullptr : m.data() + first_word;
  return {first, m.rows(), m.row_stride(), m.plane_stride()};
}

/// coefficient * bit sum of each row over the runs.
template <isa_tag Tag>
[[nodiscard]] buffer<std::uint32_t> weighted_bit_sums(Tag tag, const code_format& format,
                                                      const kernel::operand& rows, run_list runs,
                                                      std::int32_t coefficient) {
  buffer<std::uint32_t> sums(rows.rows);
  const auto bit_sum = kernel::bit_sum_on(tag);
  for (const kernel::product_run& run : runs)
    for (index_t r = 0; r < rows.rows; ++r)
      sums[r] += static_cast<std::uint32_t>(coefficient) *
                 bit_sum(format, rows.from(0, run.lhs_word), r, ceil_div(run.depth, word_bits));
  return sums;
}

/// The right operand: its rows, and what prepare() has made of them (null: nothing yet).
struct rhs_operand {
  kernel::operand rows;
  depth_layout layout;
  const panel_buffer* panels = nullptr;
  const std::uint32_t* bit_sums = nullptr;
};
template <class E>
[[nodiscard]] rhs_operand as_rhs(const packed_view<E>& m) noexcept {
  return {operand_of(m), m.layout()};
}
template <class E>
[[nodiscard]] rhs_operand as_rhs(const packed_matrix<E>& m) noexcept {
  return as_rhs(m.view());
}
template <class E>
[[nodiscard]] rhs_operand as_rhs(const prepared_matrix<E>& m) noexcept {
  return {operand_of(m.codes().view()), m.codes().layout(), &m.panels(), m.bit_sums().data()};
}

/// Codes with scales (tensor/quantized_matrix.hpp), where codes alone are multiplied.
template <class T>
concept quantized_operand = requires(const T& m) {
  m.codes();
  m.grain();
};

/// What the product rule adds for offsets, for all rows.
struct offsets {
  std::uint32_t constant = 0;
  buffer<std::uint32_t> lhs, rhs;

  [[nodiscard]] kernel::offset_terms terms() const noexcept {
    return {constant, lhs.data(), rhs.data()};
  }
};

template <isa_tag Tag>
[[nodiscard]] offsets offsets_of(Tag tag, const kernel::factors& of, const kernel::operand& lhs,
                                 const rhs_operand& rhs, run_list runs) {
  const product_rule& rule = of.rule;
  offsets out;
  index_t depth = 0;
  for (const kernel::product_run& run : runs) depth += run.depth;
  out.constant = static_cast<std::uint32_t>(rule.depth) * static_cast<std::uint32_t>(depth);
  if (rule.lhs_bit_sum != 0) out.lhs = weighted_bit_sums(tag, of.lhs, lhs, runs, rule.lhs_bit_sum);
  if (rule.rhs_bit_sum == 0) return out;
  if (rhs.bit_sums != nullptr && depth == rhs.layout.depth()) {
    out.rhs = buffer<std::uint32_t>(rhs.rows.rows);
    for (index_t r = 0; r < out.rhs.size(); ++r)
      out.rhs[r] = static_cast<std::uint32_t>(rule.rhs_bit_sum) * rhs.bit_sums[r];
  } else {
    out.rhs = weighted_bit_sums(tag, of.rhs, rhs.rows, runs, rule.rhs_bit_sum);
  }
  return out;
}

}  // namespace detail::product
LOWBIT_END

#endif
