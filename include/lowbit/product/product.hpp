// lowbit/product/product.hpp – a product of two packed operands, from its rule to the last tile.
//
// The one place that walks a product. It takes the route (product/route.hpp), what the rule adds for bit sums and depth
// (product/operands.hpp), and panels. It converts the left operand if the family reads bytes. Then it cuts the result
// (product/partition.hpp) and runs the parts. The loop over the strips of a part is in product/tiles.hpp.
#ifndef LOWBIT_PRODUCT_PRODUCT_HPP
#define LOWBIT_PRODUCT_PRODUCT_HPP

#include <span>
#include <vector>

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

/// The shape of so many rows times `right`, over runs of `run_words` words on average.
[[nodiscard]] inline product_shape shape_of(const kernel::factors& of, index_t lhs_rows,
                                            const rhs_operand& right, index_t run_words) noexcept {
  return {lhs_rows,           right.rows.rows,          right.layout.words(),
          of.lhs.plane_count, of.rule.term_count,       of.rhs.plane_count,
          run_words,          right.layout.word_depth()};
}

/// A product that is about to be multiplied: what the caller knows of it.
struct product_task {
  const kernel::factors& of;
  kernel::operand lhs;  ///< its rows may lie anywhere
  const rhs_operand& right;
  run_list runs;
  column_range cols = {};
  const std::int32_t* lhs_sums = nullptr;  ///< of the bytes of each row, if `lhs` lies in bytes
};

/// The left operand of a product as signed bytes: a row of 64 bytes per word of its runs.
struct converted_rows {
  buffer<word> bytes;
  buffer<kernel::product_run> runs;
  buffer<std::int32_t> sums;  ///< of the bytes of each row
  kernel::operand rows;
};

/// Converts all rows of a left operand, shared among the threads of `where`.
template <executor Executor>
[[nodiscard]] converted_rows convert_rows(kernel::row_converter convert, const code_format& format,
                                          const kernel::operand& lhs, run_list runs,
                                          const Executor& where) {
  converted_rows out{
      {}, buffer<kernel::product_run>(runs.size), buffer<std::int32_t>(lhs.rows), {}};
  index_t words = 0;
  for (index_t i = 0; i < runs.size; ++i) {
    const kernel::product_run& run = runs.data[i];
    out.runs[i] = {words * word_bits, run.rhs_word, run.depth};
    words += ceil_div(run.depth, word_bits);
  }
  const index_t row_words = words * (word_bits / index_t{sizeof(word)});
  out.bytes = buffer<word>(checked_mul(lhs.rows, row_words, "gemm: bytes of the left operand"));
  auto* const bytes = reinterpret_cast<std::int8_t*>(out.bytes.data());
  const index_t row_bytes = words * word_bits;
  executors::for_each_share(where, lhs.rows, row_words, [&](index_t first, index_t end) {
    for (index_t i = 0; i < runs.size; ++i) {
      const kernel::product_run& run = runs.data[i];
      kernel::operand rows = lhs.from(first, run.lhs_word);
      rows.rows = end - first;
      const kernel::run_size size{run.depth, ceil_div(run.depth, word_bits)};
      convert(format, rows, size,
              {bytes + first * row_bytes + out.runs[i].lhs_word, row_bytes, size.words * word_bits,
               out.sums.data() + first});
    }
  });
  out.rows = {out.bytes.data(), lhs.rows, row_bytes, 0};
  return out;
}

/// What a chosen candidate multiplies over some runs: the task's left rows as its body reads them.
struct operand_rows {
  converted_rows bytes;  ///< unless the rows are read where they lie
  kernel::operand rows;
  run_list runs;
  const std::int32_t* sums;  ///< of the bytes of each row; null: rows are no bytes

  template <executor Executor>
  operand_rows(const product_task& task, run_list of, const candidate& chosen,
               const Executor& where)
      : rows(task.lhs), runs(of), sums(task.lhs_sums) {
    if (!chosen.must_convert(task.of)) return;
    bytes = convert_rows(chosen.how->converter, task.of.lhs, rows, runs, where);
    rows = bytes.rows;
    runs = {bytes.runs.data(), bytes.runs.size()};
    sums = bytes.sums.data();
  }
};

/// Products of the same rows over different runs: parts, blocks and strips, on the executor's threads. A strip passes
/// through all of them, so results that they add to stay in the cache.
template <executor Executor>
void multiply_parts(std::span<const product_step> steps, const product_task& task,
                    const candidate& chosen, strip_function multiply, const Executor& where) {
  const product_shape& shape = steps.front().all.shape;
  panel_buffer made;
  if (chosen.must_pack())
    made = make_panels({chosen.how->packer, chosen.layout}, task.of.rhs, task.right.rows);
  const panel_buffer& panels = chosen.packed ? *task.right.panels : made;
  const index_t width = chosen.layout.rows;
  const product_partition plan(shape, width > task.cols.together ? width : task.cols.together,
                               threads_of(where));
  const product_blocks blocks = blocks_of(shape, width, chosen.layout.bytes());
  executors::for_each_part(where, plan.parts(), [&](index_t i) {
    multiply_part(steps, multiply, panels, plan.part(i), blocks);
  });
}

/// Hands every tile of lhs times `right` to the epilogue, once, on the executor's threads. `add(candidate)` is what the
/// product rule adds for offsets (nothing, if the candidate's sums are whole). The caller has checked depths and
/// layouts.
///
/// Start reading here. The result is that of the reference (kernel/reference.hpp): sum(m, n) to the epilogue for
/// every row m of lhs and n of rhs. Everything else, here and in what is called from here, is an optimized, equivalent
/// version of that. The right operand is in panels, and the result is cut into parts, blocks and strips.
template <class Add, executor Executor>
void multiply_operands(const product_task& task, const Add& add, const product_tools& tools,
                       const Executor& where) {
  const product_shape shape =
      shape_of(task.of, task.lhs.rows, task.right, words_per_run(task.runs));
  const candidate chosen = route_of(tools.methods, task.of, shape, task.right.panels);
  const operand_rows lhs(task, task.runs, chosen, where);
  const product_step step{{task.of, lhs.rows, task.right.rows, lhs.runs, add(chosen), chosen.layout,
                           shape, task.cols.first, lhs.sums},
                          tools.epilogue};
  multiply_parts({&step, 1}, task, chosen, tools.strips[chosen.family], where);
}

/// Every run of the task as a product of its own. Tiles of run r go to epilogue_of(r), after those of the runs before.
/// There is one route for all runs, and one walk over the result.
template <isa_tag Isa, class EpilogueOf, executor Executor>
void multiply_runs(Isa isa, const product_task& task, const EpilogueOf& epilogue_of,
                   const product_tools& tools, const Executor& where) {
  const product_shape shape =
      shape_of(task.of, task.lhs.rows, task.right, words_per_run(task.runs));
  const candidate chosen = route_of(tools.methods, task.of, shape, task.right.panels);
  struct memory_of_run {
    operand_rows lhs;
    offsets added;
  };
  std::vector<memory_of_run> memory;
  std::vector<product_step> steps;
  memory.reserve(static_cast<std::size_t>(task.runs.size));
  for (index_t r = 0; r < task.runs.size; ++r) {
    const run_list run{task.runs.data + r, 1};
    memory.push_back({operand_rows(task, run, chosen, where), {}});
    memory_of_run& made = memory.back();
    if (!chosen.how->whole_sums) made.added = offsets_of(isa, task.of, task.lhs, task.right, run);
    steps.push_back({{task.of, made.lhs.rows, task.right.rows, made.lhs.runs, made.added.terms(),
                      chosen.layout, shape, task.cols.first, made.lhs.sums},
                     epilogue_of(r)});
  }
  multiply_parts(steps, task, chosen, tools.strips[chosen.family], where);
}

/// Every tile of lhs x rhs over `runs` to the epilogue.
template <isa_tag Isa, executor Executor>
void multiply_rows(Isa isa, const product_task& task, const product_tools& tools,
                   const Executor& where) {
  offsets added;
  const auto add = [&](const candidate& chosen) {
    if (!chosen.how->whole_sums) added = offsets_of(isa, task.of, task.lhs, task.right, task.runs);
    return added.terms();
  };
  multiply_operands(task, add, tools, where);
}

/// Every tile of lhs x rhs, over the whole depth of their layout.
template <isa_tag Isa, executor Executor>
void multiply_rows(Isa isa, const kernel::factors& of, const kernel::operand& lhs,
                   const rhs_operand& rhs, const product_tools& tools, const Executor& where) {
  const depth_layout layout = rhs.layout;
  const kernel::product_run whole = common_run(layout.run(0));
  if (layout.runs() == 1)
    return multiply_rows(isa, product_task{of, lhs, rhs, {&whole, 1}}, tools, where);
  const buffer<kernel::product_run> runs = common_runs(layout);
  multiply_rows(isa, product_task{of, lhs, rhs, {runs.data(), runs.size()}}, tools, where);
}

/// Every tile of lhs x rhs to the epilogue. This is where types end: operands become rows of words, the epilogue a
/// reference, both encodings numbers.
template <class A, class B, epilogue Epilogue, executor Executor>
void for_each_tile(const kernel::factors& of, const packed_view<A>& lhs, const rhs_operand& rhs,
                   const Epilogue& epilogue, const Executor& where) {
  const auto isa = isa_of(where);
  multiply_rows(isa, of, operand_of(lhs), rhs,
                tools_for<families_of<Executor>, loops_between<A, B>()>(isa, of.loops, epilogue),
                where);
}

/// Depths equal, layouts equal, depth within the rule's bound.
inline void require_product(const kernel::factors& of, index_t lhs_rows, depth_layout lhs,
                            const rhs_operand& rhs, const char* who) {
  if (lhs.depth() != rhs.layout.depth())
    fail("%s: lhs is %tdx%td, rhs is %tdx%td: depth differs", who, lhs_rows, lhs.depth(),
         rhs.rows.rows, rhs.layout.depth());
  if (!(lhs == rhs.layout))
    fail("%s: lhs is packed in segments of %td, rhs in segments of %td (0: no gaps): repack one",
         who, lhs.segment(), rhs.layout.segment());
  if (lhs.depth() > of.rule.max_depth)
    fail("%s: depth %td: sums of %s x %s with %d x %d planes fit 32 bits only up to depth %td", who,
         lhs.depth(), of.lhs.name, of.rhs.name, of.lhs.plane_count, of.rhs.plane_count,
         of.rule.max_depth);
}

}  // namespace detail::product
LOWBIT_END

#endif
