// lowbit/ops/group_columns.hpp – an epilogue that sees the columns of one group of channels as the first.
//
// Each group of a convolution is a product of its own, whose columns begin at 0; in the result they begin
// where the group's channels do. Registers of a product begin at multiples of 16 columns, and epilogues
// rely on that (epilogue/epilogue.hpp): where a group begins elsewhere, registers go through memory.
#ifndef LOWBIT_OPS_GROUP_COLUMNS_HPP
#define LOWBIT_OPS_GROUP_COLUMNS_HPP

#include <type_traits>

#include "lowbit/epilogue/epilogue.hpp"

LOWBIT_BEGIN
namespace detail::ops {

/// F, of columns first_col and on.
template <epilogue F>
struct group_columns {
  /// A copy where it is cheap: what a kernel stores may alias what a reference leads to.
  std::conditional_t<std::is_trivially_copyable_v<F>, const F, const F&> finish;
  index_t first_col;

  LOWBIT_INLINE void operator()(const accumulator_tile& tile, tile_place place) const noexcept {
    place.col += first_col;
    finish(tile, place);
  }
  template <class Lanes>
  requires lane_epilogue<F, Lanes> LOWBIT_INLINE void lanes(const Lanes& sums, index_t row,
                                                            index_t col,
                                                            index_t count) const noexcept {
    if (first_col % 16 == 0) return finish.lanes(sums, row, col + first_col, count);
    std::int32_t stored[16];
    Lanes::store(sums, stored, count);
    through_memory(stored, row, col + first_col, count);
  }

 private:
  LOWBIT_NOINLINE_COLD void through_memory(const std::int32_t* sums, index_t row, index_t col,
                                           index_t count) const noexcept {
    finish(accumulator_tile{sums, 16}, tile_place{row, col, 1, count});
  }
};

}  // namespace detail::ops
LOWBIT_END

#endif
