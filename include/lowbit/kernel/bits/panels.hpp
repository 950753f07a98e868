// lowbit/kernel/bits/panels.hpp – the constant operand, reordered so that a kernel reads one stream.
//
// The fast kernels hold one rhs row in each lane of a register, so no sum runs across lanes. A *panel* is as many rhs
// rows as a tile has lanes. It holds their bits in the order in which the kernel loads them: plane by plane, step by
// step, lane by lane. A step depends on the kernel:
//
//     vector popcount (kernel/bits/lane_counts.hpp)   32 bits of 16 * V rows, one 32-bit lane each
//     table look-up (kernel/bits/lookup_tile.hpp)      4 bits of 2 * width rows, one byte each
//
// Rows beyond the last are zero. The other operand is not reordered.
#ifndef LOWBIT_KERNEL_BITS_PANELS_HPP
#define LOWBIT_KERNEL_BITS_PANELS_HPP

#include "lowbit/core/checked.hpp"
#include "lowbit/kernel/family.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// What a product costs with panels and without. The unit is the time of one word of an lhs row against one word of a
/// panel's row. Measured, and right within a factor of two. Costs change choices, never results.
struct panel_costs {
  double rows;          ///< the same words row against row (kernel/bits/tile.hpp), in long runs
  double short_rows;    ///< what that takes more for a run, whatever its length
  double reading;       ///< getting a word of a panel from the cache, for all lhs rows together
  double packing;       ///< putting a word of an rhs row into its panel
  int terms = 1;        ///< counts for each word of the product of two encodings
  double fetching = 0;  ///< what reading costs more from beyond the second cache
};

/// What a tile reads: M lhs rows where they lie, and one panel.
template <std::size_t M>
struct tile_operands {
  const word* lhs[M];
  index_t lhs_plane_stride;
  const std::uint8_t* panel;
  index_t panel_plane_bytes;
};

/// Memory that will be read soon, and the number of cache lines that each tile prefetches.
struct prefetch_range {
  static constexpr index_t line = 64;
  const std::uint8_t* from = nullptr;
  index_t lines_per_tile = 0;

  /// Prefetches the share of tile t. Shares are rounded up, so lines behind the range may be prefetched, which never
  /// faults.
  LOWBIT_INLINE void prefetch(index_t t) const noexcept {
    for (index_t l = t * lines_per_tile; l < (t + 1) * lines_per_tile; ++l)
      LOWBIT_PREFETCH_L2(from + l * line);
  }
};

/// Tiles of M lhs rows, one below the other, against one panel. A body is called with all of them, so that loop
/// invariants are set up once.
struct tile_strip {
  const multiplication& all;
  index_t first_row;
  index_t tiles;
  const std::uint8_t* panel;
  index_t col;   ///< of the panel's first row in the result
  index_t cols;  ///< rows of the panel that exist
  prefetch_range ahead = {};

  /// What tile t reads, and where its sums belong.
  template <std::size_t M>
  [[nodiscard]] LOWBIT_INLINE tile_operands<M> operands(index_t t) const noexcept {
    const operand& lhs = all.lhs;
    tile_operands<M> out{{}, lhs.plane_stride, panel, all.layout.plane_bytes};
    const index_t first = first_row + t * static_cast<index_t>(M);
    LOWBIT_UNROLL
    for (std::size_t m = 0; m < M; ++m) {
      const word* row = lhs.data + lhs.start(first + static_cast<index_t>(m));
      LOWBIT_HIDE(row);  // or g++ makes vectors of the addresses, by way of memory
      out.lhs[m] = row;
    }
    return out;
  }
  template <std::size_t M>
  [[nodiscard]] LOWBIT_INLINE tile_place place(index_t t) const noexcept {
    constexpr auto rows = static_cast<index_t>(M);
    return {first_row + t * rows, col, rows, cols};
  }
};

/// The rows of a strip that make whole tiles of M rows. If a network has more weights than the L2 cache holds, a panel
/// that no strip has read yet is not in that cache. So the tiles prefetch it while they run. (With a few rows they
/// would prefetch more than they read.)
template <std::size_t M>
[[nodiscard]] tile_strip whole_tiles(const strip& s) noexcept {
  const index_t bytes = s.all.layout.bytes();
  tile_strip out{s.all,
                 s.first_row,
                 (s.end_row - s.first_row) / static_cast<index_t>(M),
                 s.panel,
                 s.all.first_col + s.first_col,
                 s.end_col - s.first_col};
  if (s.prefetch_next && out.tiles >= 4)
    out.ahead = {s.panel + bytes, ceil_div(bytes, out.tiles * prefetch_range::line)};
  return out;
}

/// The rows behind tiles of M rows, one by one.
template <std::size_t M>
[[nodiscard]] tile_strip single_rows(const tile_strip& whole, index_t end_row) noexcept {
  const index_t first = whole.first_row + whole.tiles * static_cast<index_t>(M);
  return {whole.all, first, end_row - first, whole.panel, whole.col, whole.cols};
}

/// ISAs without a panel body.
struct no_panels {};
no_panels panel_body(isa::scalar);

}  // namespace detail::kernel
LOWBIT_END

#endif
