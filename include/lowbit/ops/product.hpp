// lowbit/ops/product.hpp – a product of two packed operands, from its rule to the last tile.
//
// The one place that walks a product: what the rule adds for bit sums and depth, whether panels serve and
// are worth making, how the plan (ops/plan.hpp) cuts the result, and who runs the parts. The loops over
// the tiles of a part are in ops/tiles.hpp.
#ifndef LOWBIT_OPS_PRODUCT_HPP
#define LOWBIT_OPS_PRODUCT_HPP

#include "lowbit/core/buffer.hpp"
#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/executor/executor.hpp"
#include "lowbit/kernel/bit_sums.hpp"
#include "lowbit/kernel/product.hpp"
#include "lowbit/ops/tiles.hpp"
#include "lowbit/tensor/packed_view.hpp"
#include "lowbit/tensor/prepared_matrix.hpp"

LOWBIT_BEGIN
namespace detail::ops {

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
  for (const depth_run run : runs)
    for (index_t r = 0; r < m.rows(); ++r)
      sums[r] += static_cast<std::uint32_t>(coefficient) *
                 kernel::bit_sum<E>(tag, operand_of(m, 0, run), r, ceil_div(run.depth, word_bits));
  return sums;
}

/// The right operand: its rows, and what prepare() has made of them (null: nothing yet).
template <class E>
struct rhs_operand {
  packed_view<E> rows;
  const tensor::panel_buffer* panels = nullptr;
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

template <isa_tag Tag, plane_code A, plane_code B>
[[nodiscard]] offsets offsets_of(Tag tag, packed_view<A> lhs, const rhs_operand<B>& rhs,
                                 run_list runs) {
  static constexpr product_rule rule = multiply<A, B>();
  offsets out;
  index_t depth = 0;
  for (const depth_run run : runs) depth += run.depth;
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

/// f(part) for every part; a single one on the caller's thread, because starting threads that have
/// nothing to do takes longer than a small product.
template <executor Executor, class F>
void run_parts(const Executor& on, const product_plan& plan, const F& f) {
  if (plan.parts() == 1) return f(plan.part(0));
  on.parallel_for(plan.parts(), [&](index_t i) { f(plan.part(i)); });
}

/// Every tile of lhs x rhs over `runs` to the epilogue, once, on the executor's threads. Depths and
/// layouts were checked.
template <isa_tag Tag, plane_code A, plane_code B, epilogue Epilogue, executor Executor>
void for_each_tile(Tag tag, packed_view<A> left, const rhs_operand<B>& right, run_list runs,
                   const Epilogue& finish, const Executor& on) {
  using body = kernel::product_for<Tag>;
  static constexpr product_rule rule = multiply<A, B>();
  const kernel::operand lhs = operand_of(left, 0, {}), rhs = operand_of(right.rows, 0, {});
  const product_shape shape{lhs.rows, rhs.rows, left.layout().words(), A::plane_count,
                            rule.term_count};
  const auto by_rows = [&]<class Count>(const Count& count, const offsets& add) {
    const product_plan plan(shape, word_bits, on.concurrency());
    const row_product<Count, Epilogue> product{lhs, rhs, runs, add, count, finish};
    run_parts(on, plan, [&](const product_part& part) { multiply_rows<body>(product, part); });
  };
  if constexpr (body::from_definition) {
    by_rows(count_codes<body, A, B>{}, {});
  } else {
    const offsets add = offsets_of(tag, left, right, runs);
    if constexpr (kernel::panels_serve<Tag, A, B>) {
      using panel_body = kernel::panels_for<Tag>;
      const bool prepared = right.panels != nullptr && right.panels->template suit<Tag>();
      if (prepared || worth_packing(lhs.rows)) {
        tensor::panel_buffer packed;
        if (!prepared) packed = tensor::make_panels(tag, right.rows);
        const tensor::panel_buffer& panels = prepared ? *right.panels : packed;
        const index_t width = panels.layout.rows;
        const product_plan plan(shape, width > word_bits ? width : word_bits, on.concurrency());
        using plan_type = std::remove_const_t<decltype(panel_body::template plan<A, B>)>;
        const panel_product<plan_type, Epilogue> product{
            lhs, panel_body::template plan<A, B>, panels, runs, add, finish};
        const product_blocks blocks = blocks_of(shape, width, panels.layout.bytes());
        run_parts(on, plan, [&](const product_part& part) {
          multiply_panels<panel_body>(product, part, blocks);
        });
        return;
      }
    }
    by_rows(count_terms<body>{rule}, add);
  }
}

/// The same over the whole depth of a layout.
template <isa_tag Tag, plane_code A, plane_code B, epilogue Epilogue, executor Executor>
void for_each_tile(Tag tag, packed_view<A> lhs, const rhs_operand<B>& rhs, const Epilogue& finish,
                   const Executor& on) {
  const depth_layout layout = lhs.layout();
  const depth_run whole = layout.run(0);
  if (layout.runs() == 1) return for_each_tile(tag, lhs, rhs, run_list{&whole, 1}, finish, on);
  buffer<depth_run> runs(layout.runs());
  for (index_t i = 0; i < runs.size(); ++i) runs[i] = layout.run(i);
  for_each_tile(tag, lhs, rhs, run_list{runs.data(), runs.size()}, finish, on);
}

/// Depths equal, layouts equal, depth within the rule's bound.
template <plane_code A, plane_code B>
void require_product(packed_view<A> lhs, packed_view<B> rhs, const char* who) {
  if (lhs.depth() != rhs.depth())
    fail("%s: lhs is %tdx%td, rhs is %tdx%td: depth differs", who, lhs.rows(), lhs.depth(),
         rhs.rows(), rhs.depth());
  if (!(lhs.layout() == rhs.layout()))
    fail("%s: lhs is packed in segments of %td, rhs in segments of %td (0: no gaps): repack one",
         who, lhs.layout().segment(), rhs.layout().segment());
  static constexpr product_rule rule = multiply<A, B>();
  if (lhs.depth() > rule.max_depth)
    fail("%s: depth %td: sums of %s x %s with %d x %d planes fit 32 bits only up to depth %td", who,
         lhs.depth(), A::name, B::name, A::plane_count, B::plane_count, rule.max_depth);
}

}  // namespace detail::ops
LOWBIT_END

#endif
