// lowbit/product/product.hpp – a product of two packed operands, from its rule to the last tile.
//
// The one place that walks a product: its route (product/route.hpp), what the rule adds for bit sums and depth
// (product/operands.hpp), panels, how the result is cut (product/partition.hpp), and how the parts are run. The loop
// over the strips of a part is in product/tiles.hpp.
#ifndef LOWBIT_PRODUCT_PRODUCT_HPP
#define LOWBIT_PRODUCT_PRODUCT_HPP

#include "lowbit/executor/parts.hpp"
#include "lowbit/product/operands.hpp"
#include "lowbit/product/route.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// Where a product's columns lie in the result. They begin at `first`, a multiple of 16. At least `together` columns
/// stay in one part, so that no two parts write the same word of packed results.
struct column_range {
  index_t first = 0;
  index_t together = word_bits;
};

/// Words of a run, on average.
[[nodiscard]] inline index_t words_per_run(run_list runs) noexcept {
  index_t words = 0;
  for (const kernel::product_run& run : runs) words += ceil_div(run.depth, word_bits);
  return words == 0 ? 1 : words / runs.size;
}

/// The route of an A of so many rows times `right`, over runs of `run_words` words on average.
template <plane_code A, executor Where, plane_code B>
[[nodiscard]] auto route_of(const Where& where, index_t lhs_rows, const rhs_operand<B>& right,
                            index_t run_words) {
  static constexpr product_rule rule = multiply<A, B>();
  const product_shape shape{lhs_rows,       right.rows.rows(), right.rows.layout().words(),
                            A::plane_count, rule.term_count,   B::plane_count,
                            run_words};
  const auto isa = isa_of(where);
  return route<stored<A, plane_storage>, stored<B, plane_storage>, families_of<Where>,
               std::remove_const_t<decltype(isa)>>(isa, shape, right.panels);
}

/// Hands every tile of lhs times `right` to the epilogue, once, on the executor's threads. The rows of `lhs` may lie
/// anywhere. `add` is what the product rule adds for offsets (nothing, if the route's sums are whole). The caller has
/// checked depths and layouts.
///
/// Start reading here. The result is that of the reference (kernel/reference.hpp): sum(m, n) to the epilogue for
/// every row m of lhs and n of rhs. Everything else, here and in what is called from here, is an optimized,
/// equivalent version of that: the right operand in panels, the result cut into parts, blocks and strips.
template <class Route, plane_code B, epilogue Epilogue, executor Executor>
void multiply_operands(const Route& way, const kernel::operand& lhs, const rhs_operand<B>& right,
                       run_list runs, const kernel::offset_terms& add, const Epilogue& epilogue,
                       const Executor& where, column_range cols = {}) {
  const candidate& chosen = way.chosen();
  const kernel::multiplication all{
      lhs, operand_of(right.rows, 0, {}), runs, add, chosen.layout, way.shape(), cols.first};
  panel_buffer made;
  if (chosen.must_pack()) made = make_panels({chosen.packer, chosen.layout}, all.rhs);
  const panel_buffer& panels = chosen.packed ? *right.panels : made;
  const index_t width = chosen.layout.rows;
  const product_partition plan(all.shape, width > cols.together ? width : cols.together,
                               threads_of(where));
  const product_blocks blocks = blocks_of(all.shape, width, chosen.layout.bytes());
  executors::for_each_part(where, plan.parts(), [&](index_t i) {
    way.run(all, panels, plan.part(i), blocks, epilogue);
  });
}

/// Every tile of lhs x rhs over `runs` to the epilogue.
template <plane_code A, plane_code B, epilogue Epilogue, executor Executor>
void for_each_tile(packed_view<A> lhs, const rhs_operand<B>& rhs, run_list runs,
                   const Epilogue& epilogue, const Executor& where) {
  const auto way = route_of<A>(where, lhs.rows(), rhs, words_per_run(runs));
  offsets add;
  if (!way.chosen().whole_sums) add = offsets_of(isa_of(where), lhs, rhs, runs);
  multiply_operands(way, operand_of(lhs, 0, {}), rhs, runs, add.terms(), epilogue, where);
}

/// A run that begins at the same word of both operands.
[[nodiscard]] inline kernel::product_run common_run(depth_run run) noexcept {
  return {run.first_word, run.first_word, run.depth};
}

/// The same over the whole depth of a layout.
template <plane_code A, plane_code B, epilogue Epilogue, executor Executor>
void for_each_tile(packed_view<A> lhs, const rhs_operand<B>& rhs, const Epilogue& epilogue,
                   const Executor& where) {
  const depth_layout layout = lhs.layout();
  const kernel::product_run whole = common_run(layout.run(0));
  if (layout.runs() == 1) return for_each_tile(lhs, rhs, run_list{&whole, 1}, epilogue, where);
  buffer<kernel::product_run> runs(layout.runs());
  for (index_t i = 0; i < runs.size(); ++i) runs[i] = common_run(layout.run(i));
  for_each_tile(lhs, rhs, run_list{runs.data(), runs.size()}, epilogue, where);
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

}  // namespace detail::product
LOWBIT_END

#endif
