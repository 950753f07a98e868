// lowbit/ops/product.hpp – the loops around the kernel: tiles of the result, runs of the depth.
//
// The one place that walks a product: for every tile of lhs rows x rhs rows it lets the ISA's body sum
// all runs, adds what the product rule says about bit sums and depth, and hands the finished tile to
// the epilogue. How the product is cut is planned elsewhere (ops/plan.hpp).
#ifndef LOWBIT_OPS_PRODUCT_HPP
#define LOWBIT_OPS_PRODUCT_HPP

#include "lowbit/core/buffer.hpp"
#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/executor/executor.hpp"
#include "lowbit/kernel/bit_sums.hpp"
#include "lowbit/kernel/product.hpp"
#include "lowbit/ops/plan.hpp"
#include "lowbit/tensor/packed_view.hpp"
#include "lowbit/tensor/prepared_matrix.hpp"

LOWBIT_BEGIN
namespace detail::ops {

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

/// What the product rule adds for offsets, for all rows.
struct offsets {
  std::uint32_t constant = 0;
  buffer<std::uint32_t> lhs, rhs;
};

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

/// lhs rows against panels: what every tile of a product needs.
template <class Plan, class Epilogue>
struct panel_product {
  const kernel::operand& lhs;
  const Plan& rule;
  const tensor::panel_buffer& panels;
  run_list runs;
  const offsets& add;
  const Epilogue& finish;

  /// `tiles` tiles of M lhs rows from `first` on against columns col ... of one panel.
  template <class Body, std::size_t M, std::size_t V>
  void run_tiles(index_t first, index_t tiles, index_t col, index_t cols) const {
    if (tiles == 0) return;
    Body::template run<M, V>(
        kernel::tile_strip{lhs, first, tiles, panels.panel(col / panels.layout.rows),
                           panels.layout.plane_bytes, col, cols},
        rule, runs, kernel::offset_terms{add.constant, add.lhs.data(), add.rhs.data()}, finish);
  }

  /// lhs rows first ... end - 1 against one panel. Tiles of M rows and of M - 1 leave no rest as soon as
  /// there are M - 1 tiles; what few rows leave is done by twos (if M is large) and ones.
  template <class Body, std::size_t M, std::size_t V>
  void run_panel(index_t first, index_t end, index_t col, index_t cols) const {
    constexpr auto most = static_cast<index_t>(M);
    const index_t rows = end - first, even = ceil_div(rows, most);
    const index_t missing = even * most - rows;
    const bool no_rest = missing <= even;
    const index_t large = no_rest ? even - missing : rows / most, small = no_rest ? missing : 0;
    run_tiles<Body, M, V>(first, large, col, cols);
    first += large * most;
    run_tiles<Body, M - 1, V>(first, small, col, cols);
    first += small * (most - 1);
    if constexpr (M > 4) {
      run_tiles<Body, 2, V>(first, (end - first) / 2, col, cols);
      first += (end - first) / 2 * 2;
    }
    run_tiles<Body, 1, V>(first, end - first, col, cols);
  }
};

/// Every tile of one part of lhs times panels, once. Knows no encoding: one instantiation serves all
/// pairs.
template <class Body, class Plan, epilogue Epilogue>
void multiply_panels(const panel_product<Plan, Epilogue>& product, const product_part& part,
                     const product_blocks& blocks) {
  const auto least = [](index_t a, index_t b) { return a < b ? a : b; };
  const index_t width = product.panels.layout.rows;
  Body::with_tile(product.panels.layout, product.rule,
                  [&]<std::size_t M, std::size_t V>(kernel::tile_size<M, V>) {
                    for (index_t c = part.first_col; c < part.end_col; c += blocks.cols) {
                      const index_t end_col = least(c + blocks.cols, part.end_col);
                      for (index_t m = part.first_row; m < part.end_row; m += blocks.rows) {
                        const index_t end_row = least(m + blocks.rows, part.end_row);
                        for (index_t n = c; n < end_col; n += width)
                          product.template run_panel<Body, M, V>(m, end_row, n,
                                                                 least(end_col - n, width));
                      }
                    }
                  });
}

/// The row body's way: tiles of packed rows, nothing reordered. Knows no encoding either; `count` adds
/// one run of a tile to its sums.
template <class Count, epilogue Epilogue>
struct row_product {
  const kernel::operand& lhs;
  const kernel::operand& rhs;
  run_list runs;
  const offsets& add;
  const Count& count;
  const Epilogue& finish;

  /// Tiles of M lhs rows from row m on, fewer if the part ends before.
  template <std::size_t M, std::size_t N>
  void run_tiles(index_t m, const product_part& part) const {
    constexpr auto rows = static_cast<index_t>(M), cols = static_cast<index_t>(N);
    const auto from = [](const kernel::operand& side, index_t first, depth_run run) {
      return kernel::operand{side.data + first * side.row_stride + run.first_word,
                             side.rows - first, side.row_stride, side.plane_stride};
    };
    for (index_t n = part.first_col; n < part.end_col; n += cols) {
      const tile_place place{m, n, part.end_row - m < rows ? part.end_row - m : rows,
                             part.end_col - n < cols ? part.end_col - n : cols};
      kernel::tile_sums<M, N> tile{};
      for (const depth_run run : runs)
        count(from(lhs, m, run), from(rhs, n, run),
              kernel::run_size{run.depth, ceil_div(run.depth, word_bits)}, tile);
      for (index_t r = 0; r < place.rows; ++r)
        for (index_t c = 0; c < place.cols; ++c)
          tile.at[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)] +=
              add.constant + (add.lhs.size() > 0 ? add.lhs[m + r] : 0) +
              (add.rhs.size() > 0 ? add.rhs[n + c] : 0);
      finish(accumulator_tile{reinterpret_cast<const std::int32_t*>(&tile.at[0][0]), cols}, place);
    }
  }
};

/// Every tile of one part, once. A single last row (one query, one token) has tiles of its own: a whole
/// tile would count it again for each of its missing rows.
template <class Body, class Count, epilogue Epilogue>
void multiply_rows(const row_product<Count, Epilogue>& product, const product_part& part) {
  constexpr auto rows = static_cast<index_t>(Body::rows);
  for (index_t m = part.first_row; m < part.end_row; m += rows)
    if (part.end_row - m == 1)
      product.template run_tiles<1, Body::cols>(m, part);
    else
      product.template run_tiles<Body::rows, Body::cols>(m, part);
}

/// A product rule's terms, counted by an ISA's row body.
template <class Body>
struct count_terms {
  const product_rule& rule;
  template <std::size_t M>
  void operator()(const kernel::operand& lhs, const kernel::operand& rhs, kernel::run_size size,
                  kernel::tile_sums<M, Body::cols>& sums) const noexcept {
    Body::run(rule, lhs, rhs, size, sums);
  }
};

/// The reference's values, multiplied.
template <class Body, class A, class B>
struct count_codes {
  template <std::size_t M>
  void operator()(const kernel::operand& lhs, const kernel::operand& rhs, kernel::run_size size,
                  kernel::tile_sums<M, Body::cols>& sums) const noexcept {
    Body::template run_codes<A, B>(lhs, rhs, size, sums);
  }
};

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
    on.parallel_for(plan.parts(), [&](index_t i) { multiply_rows<body>(product, plan.part(i)); });
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
        on.parallel_for(plan.parts(), [&](index_t i) {
          multiply_panels<panel_body>(product, plan.part(i), blocks);
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
