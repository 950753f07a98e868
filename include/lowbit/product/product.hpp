// lowbit/product/product.hpp – a product of two packed operands, from its rule to the last tile.
//
// The one place that walks a product: what the rule adds for bit sums and depth, whether panels serve and
// are worth making, how the plan (product/partition.hpp) cuts the result, and who runs the parts. The loops over
// the tiles of a part are in product/tiles.hpp.
#ifndef LOWBIT_PRODUCT_PRODUCT_HPP
#define LOWBIT_PRODUCT_PRODUCT_HPP

#include "lowbit/epilogue/any_epilogue.hpp"
#include "lowbit/executor/parts.hpp"
#include "lowbit/kernel/bodies.hpp"
#include "lowbit/product/operands.hpp"
#include "lowbit/product/tiles.hpp"

LOWBIT_BEGIN
namespace detail::product {

/// Where a product's columns lie in the result: they begin at `first`, a multiple of 16, and at least
/// `together` of them stay in one part, so that no two parts write the same word of packed results.
struct column_range {
  index_t first = 0;
  index_t together = word_bits;
};

/// Which body a product runs on: panels that were prepared, panels that are made for this product, or (neither)
/// row against row.
struct body_choice {
  const char* panels =
      nullptr;            ///< the ISA whose panel body runs; null: none, the ISA's row body does
  bool prepared = false;  ///< those panels are there already
  bool turned = false;    ///< rows: lhs rows are streamed (product/partition.hpp)
};

/// What the plan must know of an A of so many rows times `right`.
template <plane_code A, plane_code B>
[[nodiscard]] product_shape shape_of(index_t lhs_rows, const rhs_operand<B>& right) noexcept {
  static constexpr product_rule rule = multiply<A, B>();
  return {lhs_rows,       right.rows.rows(), right.rows.layout().words(),
          A::plane_count, rule.term_count,   B::plane_count};
}

/// Words of a run, on average.
[[nodiscard]] inline index_t words_per_run(run_list runs) noexcept {
  index_t words = 0;
  for (const kernel::product_run& run : runs) words += ceil_div(run.depth, word_bits);
  return words == 0 ? 1 : words / runs.size;
}

/// The body for a product where `tag` is asked for, over runs of `run_words` words on average.
/// multiply_operands() runs what this says, and kernel_name() names it.
template <plane_code A, isa_tag Tag, plane_code B>
[[nodiscard]] body_choice choose_body(Tag tag, index_t lhs_rows, const rhs_operand<B>& right,
                                      index_t run_words) {
  const product_shape shape = shape_of<A>(lhs_rows, right);
  return with_isa(tag, [&](auto isa) -> body_choice {
    using isa_type = decltype(isa);
    if constexpr (kernel::panels_serve<isa_type, A, B>) {
      using body = kernel::panels_for<isa_type>;
      const char* const name = body::tag::name;
      const bool prepared = right.panels != nullptr && right.panels->suit(name);
      const kernel::panel_layout layout =
          prepared ? right.panels->layout
                   : body::layout(shape.cols, shape.words, B::plane_count, dispatch::this_core());
      const product_way way =
          choose_way(shape, run_words, layout.rows, body::template costs<A, B>, prepared);
      if (way == product_way::panels || way == product_way::made_panels)
        return {name, prepared, false};
      return {nullptr, false, way == product_way::turned_rows};
    } else if constexpr (kernel::product_for<isa_type>::from_definition) {
      return {};
    } else {
      return {nullptr, false,
              choose_way(shape, run_words, 0, {}, false) == product_way::turned_rows};
    }
  });
}

/// Every tile of an A times a B, each of them once, to the epilogue on the executor's threads: `lhs` are
/// rows of A wherever they lie, `add` what the rule adds for offsets (isa::scalar adds by definition,
/// without a rule). Depths and layouts were checked.
template <plane_code A, isa_tag Tag, plane_code B, epilogue Epilogue, executor Executor>
void multiply_operands(Tag tag, const kernel::operand& lhs, const rhs_operand<B>& right,
                       run_list runs, const kernel::offset_terms& add, const Epilogue& epilogue,
                       const Executor& where, column_range cols = {}) {
  static constexpr product_rule rule = multiply<A, B>(), turned_rule = rule.transposed();
  const kernel::operand rhs = operand_of(right.rows, 0, {});
  const product_shape shape = shape_of<A>(lhs.rows, right);
  const body_choice chosen = choose_body<A>(tag, lhs.rows, right, words_per_run(runs));
  tensor::panel_buffer packed;
  if (chosen.panels != nullptr && !chosen.prepared)
    packed = tensor::make_panels(tag, rhs, shape.words, B::plane_count);
  const tensor::panel_buffer& panels = chosen.prepared ? *right.panels : packed;
  const index_t width = panels.layout.rows;  // 0: row against row
  const product_partition plan(shape, width > cols.together ? width : cols.together,
                               threads_of(where));
  const product_blocks blocks = blocks_of(shape, width, panels.layout.bytes());
  executors::for_each_part(where, plan.parts(), [&](index_t i) {
    const product_part part = plan.part(i);
    with_isa(tag, [&](auto isa) {
      using isa_type = decltype(isa);
      const auto& each = detail::epilogues::for_kernels(isa, epilogue);
      using epilogue_type = std::remove_cvref_t<decltype(each)>;
      if constexpr (kernel::panels_serve<isa_type, A, B>) {
        using body = kernel::panels_for<isa_type>;
        static constexpr auto schedule = body::template plan<A, B>;
        using product = panel_product<std::remove_const_t<decltype(schedule)>, epilogue_type>;
        if (width > 0)
          return multiply_panels<body>(product{lhs, schedule, panels, runs, add, each, cols.first},
                                       part, blocks);
      }
      using body = kernel::product_for<isa_type>;
      const auto multiply_with = [&]<class Count>(const Count& count) {
        multiply_rows<body>(row_product<Count, epilogue_type>{lhs, rhs, runs, add, count, each,
                                                              cols.first, chosen.turned},
                            part);
      };
      if constexpr (body::from_definition)
        multiply_with(count_codes<body, A, B>{});
      else
        multiply_with(count_terms<body>{chosen.turned ? turned_rule : rule});
    });
  });
}

/// Every tile of lhs x rhs over `runs` to the epilogue.
template <isa_tag Tag, plane_code A, plane_code B, epilogue Epilogue, executor Executor>
void for_each_tile(Tag tag, packed_view<A> lhs, const rhs_operand<B>& rhs, run_list runs,
                   const Epilogue& epilogue, const Executor& where) {
  offsets add;
  if (!is_reference(tag)) add = offsets_of(tag, lhs, rhs, runs);
  multiply_operands<A>(tag, operand_of(lhs, 0, {}), rhs, runs, add.terms(), epilogue, where);
}

/// A run that begins at the same word of both operands.
[[nodiscard]] inline kernel::product_run common_run(depth_run run) noexcept {
  return {run.first_word, run.first_word, run.depth};
}

/// The same over the whole depth of a layout.
template <isa_tag Tag, plane_code A, plane_code B, epilogue Epilogue, executor Executor>
void for_each_tile(Tag tag, packed_view<A> lhs, const rhs_operand<B>& rhs, const Epilogue& epilogue,
                   const Executor& where) {
  const depth_layout layout = lhs.layout();
  const kernel::product_run whole = common_run(layout.run(0));
  if (layout.runs() == 1) return for_each_tile(tag, lhs, rhs, run_list{&whole, 1}, epilogue, where);
  buffer<kernel::product_run> runs(layout.runs());
  for (index_t i = 0; i < runs.size(); ++i) runs[i] = common_run(layout.run(i));
  for_each_tile(tag, lhs, rhs, run_list{runs.data(), runs.size()}, epilogue, where);
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
