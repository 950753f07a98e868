// lowbit/product/operands.hpp – the two sides of a product as the kernels read them.
//
// The left side is rows of words. The right side is rows of words, and, if they were prepared, their panels and bit
// sums. What the product rule adds for offsets (encoding/product_rule.hpp) is computed here, once per product:
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

template <class E>
[[nodiscard]] kernel::operand operand_of(packed_view<E> m, index_t first_row,
                                         depth_run run) noexcept {
  return {m.data() + first_row * m.row_stride() + run.first_word, m.rows() - first_row,
          m.row_stride(), m.plane_stride()};
}

/// coefficient * bit sum of each row over the runs; empty if the coefficient is 0.
template <isa_tag Tag, class E>
[[nodiscard]] buffer<std::uint32_t> weighted_bit_sums(Tag tag, packed_view<E> m, run_list runs,
                                                      std::int32_t coefficient) {
  if (coefficient == 0) return {};
  buffer<std::uint32_t> sums(m.rows());
  const auto bit_sum = kernel::bit_sum_on<E>(tag);
  for (const kernel::product_run& run : runs)
    for (index_t r = 0; r < m.rows(); ++r)
      sums[r] +=
          static_cast<std::uint32_t>(coefficient) *
          bit_sum(operand_of(m, 0, {run.lhs_word, run.depth}), r, ceil_div(run.depth, word_bits));
  return sums;
}

/// The right operand: its rows, and what prepare() has made of them (null: nothing yet).
template <class E>
struct rhs_operand {
  packed_view<E> rows;
  const panel_buffer* panels = nullptr;
  const std::uint32_t* bit_sums = nullptr;
};
template <class E>
[[nodiscard]] rhs_operand<E> as_rhs(packed_view<E> m) noexcept {
  return {m};
}
template <class E>
[[nodiscard]] rhs_operand<E> as_rhs(const packed_matrix<E>& m) noexcept {
  return {m.view()};
}
template <class E>
[[nodiscard]] rhs_operand<E> as_rhs(const prepared_matrix<E>& m) noexcept {
  return {m.codes().view(), &m.panels(), m.bit_sums().data()};
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

template <isa_tag Tag, plane_code A, plane_code B>
[[nodiscard]] offsets offsets_of(Tag tag, packed_view<A> lhs, const rhs_operand<B>& rhs,
                                 run_list runs) {
  static constexpr product_rule rule = multiply<A, B>();
  offsets out;
  index_t depth = 0;
  for (const kernel::product_run& run : runs) depth += run.depth;
  out.constant = static_cast<std::uint32_t>(rule.depth) * static_cast<std::uint32_t>(depth);
  out.lhs = weighted_bit_sums(tag, lhs, runs, rule.lhs_bit_sum);
  if (rule.rhs_bit_sum != 0 && rhs.bit_sums != nullptr && depth == rhs.rows.depth()) {
    out.rhs = buffer<std::uint32_t>(rhs.rows.rows());
    for (index_t r = 0; r < out.rhs.size(); ++r)
      out.rhs[r] = static_cast<std::uint32_t>(rule.rhs_bit_sum) * rhs.bit_sums[r];
  } else {
    out.rhs = weighted_bit_sums(tag, rhs.rows, runs, rule.rhs_bit_sum);
  }
  return out;
}

}  // namespace detail::product
LOWBIT_END

#endif
