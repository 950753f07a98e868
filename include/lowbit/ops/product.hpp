// lowbit/ops/product.hpp – the loops around the kernel: tiles of the result, runs of the depth.
//
// The one place that walks a product: for every tile of lhs rows x rhs rows it lets the ISA's body sum
// all runs, adds what the product rule says about bit sums and depth, and hands the finished tile to
// the epilogue. Lhs rows are the outer loop, so a tile's lhs words stay in L1 while the rhs streams.
#ifndef LOWBIT_OPS_PRODUCT_HPP
#define LOWBIT_OPS_PRODUCT_HPP

#include "lowbit/core/buffer.hpp"
#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/epilogue/epilogue.hpp"
#include "lowbit/kernel/bit_sums.hpp"
#include "lowbit/kernel/product.hpp"
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

/// lhs rows first ... end - 1 against one panel, in tiles of M rows, the rest in smaller ones.
template <class Body, std::size_t M, std::size_t V, class Plan, class Epilogue>
void run_panel(const kernel::operand& lhs, const Plan& plan, index_t first, index_t end,
               const tensor::panel_buffer& panels, index_t panel, index_t rhs_rows, run_list runs,
               const offsets& add, const Epilogue& finish) {
  const index_t col = panel * panels.layout.rows;
  const index_t cols = rhs_rows - col < panels.layout.rows ? rhs_rows - col : panels.layout.rows;
  const kernel::offset_terms terms{add.constant, add.lhs.data(), add.rhs.data()};
  kernel::tile_operands<M> from{
      {}, lhs.plane_stride, panels.panel(panel), panels.layout.plane_bytes};
  index_t m = first;
  for (; m + static_cast<index_t>(M) <= end; m += static_cast<index_t>(M)) {
    for (std::size_t r = 0; r < M; ++r) from.lhs[r] = lhs.row(m + static_cast<index_t>(r), 0);
    Body::template run<M, V>(from, plan, runs, terms, finish,
                             tile_place{m, col, static_cast<index_t>(M), cols});
  }
  constexpr std::size_t fewer = M == 8 ? 2 : 1;  // 8, 2, 1 or 4, 1: few loops to compile
  if constexpr (M > 1)
    if (m < end)
      run_panel<Body, fewer, V>(lhs, plan, m, end, panels, panel, rhs_rows, runs, add, finish);
}

/// Every tile of lhs times panels, once. Lhs rows are blocked so that a block stays in the L2 cache
/// while all panels pass by. Knows no encoding: one instantiation serves all pairs.
template <class Body, class Plan, epilogue Epilogue>
void multiply_panels(const kernel::operand& lhs, const Plan& plan,
                     const tensor::panel_buffer& panels, index_t rhs_rows, run_list runs,
                     const offsets& add, const Epilogue& finish) {
  constexpr index_t block_words = 384 * 1024 / 8;
  const index_t fitting = block_words / (lhs.row_stride > 0 ? lhs.row_stride : 1) / 8 * 8;
  const index_t block = fitting > 8 ? fitting : 8;
  Body::with_tile(panels.layout, [&]<std::size_t M, std::size_t V>(kernel::tile_size<M, V>) {
    for (index_t m = 0; m < lhs.rows; m += block) {
      const index_t end = lhs.rows - m < block ? lhs.rows : m + block;
      for (index_t p = 0; p * panels.layout.rows < rhs_rows; ++p)
        run_panel<Body, M, V>(lhs, plan, m, end, panels, p, rhs_rows, runs, add, finish);
    }
  });
}

/// The row body's way: tiles of packed rows, nothing reordered. Knows no encoding either; `count` adds
/// one run of a tile to its sums.
template <class Body, class Count, epilogue Epilogue>
void multiply_rows(const kernel::operand& lhs, const kernel::operand& rhs, run_list runs,
                   const offsets& add, const Count& count, const Epilogue& finish) {
  constexpr auto rows = static_cast<index_t>(Body::rows), cols = static_cast<index_t>(Body::cols);
  const auto from = [](const kernel::operand& m, index_t first, depth_run run) {
    return kernel::operand{m.data + first * m.row_stride + run.first_word, m.rows - first,
                           m.row_stride, m.plane_stride};
  };
  for (index_t m = 0; m < lhs.rows; m += rows)
    for (index_t n = 0; n < rhs.rows; n += cols) {
      const tile_place place{m, n, lhs.rows - m < rows ? lhs.rows - m : rows,
                             rhs.rows - n < cols ? rhs.rows - n : cols};
      kernel::tile_sums<Body::rows, Body::cols> tile{};
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

/// A product rule's terms, counted by an ISA's row body.
template <class Body>
struct count_terms {
  const product_rule& rule;
  void operator()(const kernel::operand& lhs, const kernel::operand& rhs, kernel::run_size size,
                  kernel::tile_sums<Body::rows, Body::cols>& sums) const noexcept {
    Body::run(rule, lhs, rhs, size, sums);
  }
};

/// The reference's values, multiplied.
template <class Body, class A, class B>
struct count_codes {
  void operator()(const kernel::operand& lhs, const kernel::operand& rhs, kernel::run_size size,
                  kernel::tile_sums<Body::rows, Body::cols>& sums) const noexcept {
    Body::template run_codes<A, B>(lhs, rhs, size, sums);
  }
};

/// From this many lhs rows on, reordering a plain rhs for one product pays.
inline constexpr index_t panel_rows_worth_packing = 8;

/// Every tile of lhs x rhs over `runs` to the epilogue, once. Depths and layouts were checked.
template <isa_tag Tag, plane_code A, plane_code B, epilogue Epilogue>
void for_each_tile(Tag tag, packed_view<A> left, const rhs_operand<B>& right, run_list runs,
                   const Epilogue& finish) {
  using body = kernel::product_for<Tag>;
  const kernel::operand lhs = operand_of(left, 0, {}), rhs = operand_of(right.rows, 0, {});
  if constexpr (body::from_definition) {
    multiply_rows<body>(lhs, rhs, runs, {}, count_codes<body, A, B>{}, finish);
  } else {
    const offsets add = offsets_of(tag, left, right, runs);
    if constexpr (kernel::panels_serve<Tag, A, B>) {
      using panel_body = kernel::panels_for<Tag>;
      const bool prepared = right.panels != nullptr && right.panels->template suit<Tag>();
      if (prepared || lhs.rows >= panel_rows_worth_packing) {
        tensor::panel_buffer packed;
        if (!prepared) packed = tensor::make_panels(tag, right.rows);
        multiply_panels<panel_body>(lhs, panel_body::template plan<A, B>,
                                    prepared ? *right.panels : packed, rhs.rows, runs, add, finish);
        return;
      }
    }
    static constexpr product_rule rule = multiply<A, B>();
    multiply_rows<body>(lhs, rhs, runs, add, count_terms<body>{rule}, finish);
  }
}

/// The same over the whole depth of a layout.
template <isa_tag Tag, plane_code A, plane_code B, epilogue Epilogue>
void for_each_tile(Tag tag, packed_view<A> lhs, const rhs_operand<B>& rhs, const Epilogue& finish) {
  const depth_layout layout = lhs.layout();
  buffer<depth_run> runs(layout.runs());
  for (index_t i = 0; i < runs.size(); ++i) runs[i] = layout.run(i);
  for_each_tile(tag, lhs, rhs, run_list{runs.data(), runs.size()}, finish);
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
