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

LOWBIT_BEGIN
namespace detail::ops {

/// The runs a product goes over.
struct run_list {
  const depth_run* data;
  index_t size;
  [[nodiscard]] const depth_run* begin() const noexcept { return data; }
  [[nodiscard]] const depth_run* end() const noexcept { return data + size; }
};

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

/// Every tile of lhs x rhs over `runs` to the epilogue, once. Depths and layouts were checked.
template <isa_tag Tag, plane_code A, plane_code B, epilogue Epilogue>
void for_each_tile(Tag tag, packed_view<A> lhs, packed_view<B> rhs, run_list runs,
                   const Epilogue& finish) {
  using body = kernel::product_for<Tag>;
  static constexpr product_rule rule = multiply<A, B>();
  std::uint32_t depth_term = 0;
  buffer<std::uint32_t> lhs_term, rhs_term;
  if constexpr (!body::from_definition) {
    for (const depth_run run : runs)
      depth_term += static_cast<std::uint32_t>(rule.depth) * static_cast<std::uint32_t>(run.depth);
    lhs_term = weighted_bit_sums(tag, lhs, runs, rule.lhs_bit_sum);
    rhs_term = weighted_bit_sums(tag, rhs, runs, rule.rhs_bit_sum);
  }
  constexpr auto rows = static_cast<index_t>(body::rows), cols = static_cast<index_t>(body::cols);
  for (index_t m = 0; m < lhs.rows(); m += rows)
    for (index_t n = 0; n < rhs.rows(); n += cols) {
      const tile_place place{m, n, lhs.rows() - m < rows ? lhs.rows() - m : rows,
                             rhs.rows() - n < cols ? rhs.rows() - n : cols};
      kernel::tile_sums<body::rows, body::cols> tile{};
      for (const depth_run run : runs)
        body::template run<A, B>(operand_of(lhs, m, run), operand_of(rhs, n, run),
                                 {run.depth, ceil_div(run.depth, word_bits)}, tile);
      for (index_t r = 0; r < place.rows; ++r)
        for (index_t c = 0; c < place.cols; ++c)
          tile.at[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)] +=
              depth_term + (lhs_term.size() > 0 ? lhs_term[m + r] : 0) +
              (rhs_term.size() > 0 ? rhs_term[n + c] : 0);
      finish(accumulator_tile{reinterpret_cast<const std::int32_t*>(&tile.at[0][0]), cols}, place);
    }
}

/// The same over the whole depth of a layout.
template <isa_tag Tag, plane_code A, plane_code B, epilogue Epilogue>
void for_each_tile(Tag tag, packed_view<A> lhs, packed_view<B> rhs, const Epilogue& finish) {
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
