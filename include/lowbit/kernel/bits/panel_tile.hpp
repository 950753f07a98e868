// lowbit/kernel/bits/panel_tile.hpp – the rows-in-lanes micro-kernel: tiles from first word to epilogue.
//
//   start -> count or add (kernel/bits/lane_counts.hpp, kernel/bits/fused_adder.hpp) -> offsets -> epilogue
//
// M lhs rows times the V * 16 rhs rows of a panel are M * V registers of sums (adders hold two registers per sum). They
// stay in registers for the whole depth. After the last step the sums get what the product rule adds for offsets (two
// additions). Then the epilogue takes them.
#ifndef LOWBIT_KERNEL_BITS_PANEL_TILE_HPP
#define LOWBIT_KERNEL_BITS_PANEL_TILE_HPP

#include "lowbit/epilogue/any_epilogue.hpp"
#include "lowbit/kernel/bits/fused_adder.hpp"
#include "lowbit/kernel/bits/lane_counts.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// What the rule adds for offsets, to finished sums; `constant` is what the start value left of it. Terms of rhs rows
/// are added to whole panels, others get them in hand_over().
template <class Lanes, std::size_t M, std::size_t V>
LOWBIT_INLINE void add_offsets(const offset_terms& offsets, std::uint32_t constant,
                               const tile_place& place, Lanes (&sums)[M][V]) noexcept {
  const bool whole = place.cols == static_cast<index_t>(V) * panel_lanes;
  LOWBIT_UNROLL
  for (std::size_t m = 0; m < M; ++m) {
    const index_t row = place.row + static_cast<index_t>(m);
    if (constant != 0 || offsets.lhs != nullptr) {
      const std::uint32_t term = constant + (offsets.lhs != nullptr ? offsets.lhs[row] : 0);
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v) Lanes::add_scalar(sums[m][v], term);
    }
    if (whole && offsets.rhs != nullptr) {
      const std::uint32_t* const terms = offsets.rhs_of(row) + place.col;
      LOWBIT_UNROLL
      for (std::size_t v = 0; v < V; ++v)
        Lanes::add_part(sums[m][v], terms + v * panel_lanes, panel_lanes);
    }
  }
}

/// Stores sums, rows at a distance of row_stride.
template <class Lanes, std::size_t M, std::size_t V>
LOWBIT_INLINE void store_sums(const Lanes (&sums)[M][V], std::int32_t* to,
                              index_t row_stride) noexcept {
  LOWBIT_UNROLL
  for (std::size_t m = 0; m < M; ++m, to += row_stride) {
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v)
      Lanes::store(sums[m][v], to + static_cast<index_t>(v) * panel_lanes, panel_lanes);
  }
}

/// Hands sums over: to the result itself if the epilogue only stores them and the panel is whole, else to the epilogue,
/// tile by tile. If the panel is not whole, the sums still lack what `offsets` adds for rhs rows.
template <class Lanes, std::size_t M, std::size_t V>
LOWBIT_INLINE void hand_over(const Lanes (&sums)[M][V], const epilogues::any_epilogue& epilogue,
                             const tile_place& place, const offset_terms& offsets) noexcept {
  constexpr index_t cols = static_cast<index_t>(V) * panel_lanes;
  const bool whole = place.cols == cols;
  if (whole && epilogue.stores_in_place())
    return store_sums(sums, epilogue.at(place.row, place.col), epilogue.row_stride());
  std::int32_t stored[M][static_cast<std::size_t>(cols)];
  store_sums(sums, &stored[0][0], cols);
  if (!whole) offsets.add_rhs(reinterpret_cast<std::uint32_t*>(stored), cols, place);
  epilogue(accumulator_tile{&stored[0][0], cols}, place);
}

/// The same for an epilogue that takes registers.
template <class Lanes, std::size_t M, std::size_t V, class Epilogue>
LOWBIT_INLINE void hand_over(const Lanes (&sums)[M][V], const Epilogue& epilogue,
                             const tile_place& place, const offset_terms& offsets) noexcept {
  constexpr index_t cols = static_cast<index_t>(V) * panel_lanes;
  if (place.cols < cols) return hand_over(sums, epilogues::any_epilogue(epilogue), place, offsets);
  LOWBIT_UNROLL
  for (std::size_t m = 0; m < M; ++m) {
    typename Lanes::finished finished[V];
    LOWBIT_UNROLL
    for (std::size_t v = 0; v < V; ++v) finished[v].v = sums[m][v].v;
    epilogue.lanes(finished, place.row + static_cast<index_t>(m), place.col);
  }
}

/// Tiles from first word to epilogue: M lhs rows each times one panel of V * 16 rhs rows; `Adds`: by adders. Sums start
/// at `constant >> shift`, because the schedule (and adders) later shift them left by `shift`. The low bits that are
/// lost are added at the end; usually they are 0. (Where a schedule negates sums, they start at 0.)
template <class Lanes, product_loops Loops, std::size_t M, std::size_t V, bool Adds, class Epilogue>
struct panel_tiles {
  const tile_strip& strip;
  const Epilogue& f;

  LOWBIT_INLINE void operator()() const noexcept {
    const auto schedule = schedule_for<Loops>(strip.all.of.schedule);
    const run_list runs = strip.all.runs;
    const offset_terms& offsets = strip.all.add;
    // What is stored may alias the epilogue's own pointers; a copy of them may not.
    const Epilogue epilogue = f;
    const bool starts = start_shift(schedule) >= 0;
    const int shift = starts ? start_shift(schedule) + (Adds ? 1 : 0) : 0;
    const std::uint32_t begin = starts ? offsets.constant >> shift : 0;
    const std::uint32_t rest = offsets.constant - (begin << shift);
    const bool more = rest != 0 || offsets.lhs != nullptr || offsets.rhs != nullptr;
    for (index_t t = 0; t < strip.tiles; ++t) {
      if (strip.ahead.lines_per_tile > 0) strip.ahead.prefetch(t);
      const tile_operands<M> from = strip.operands<M>(t);
      Lanes sums[M][V], start;
      Lanes::zero(start);
      Lanes::add_scalar(start, begin);
      if constexpr (Adds) {
        add_all(from, schedule, runs, start, sums);
      } else {
        for_each_sum(sums, [&](Lanes& sum) LOWBIT_INLINE_LAMBDA { sum = start; });
        count_all(from, schedule, runs, sums);
      }
      const tile_place place = strip.place<M>(t);
      if (more) add_offsets(offsets, rest, place, sums);
      hand_over(sums, epilogue, place, offsets);
    }
  }
};

/// Whether the loops are those of a masked_dot.
[[nodiscard]] constexpr bool needs_masks(product_loops loops) noexcept {
  return (loops & all_operations) == masked_loops;
}

/// What the panel bodies of all ISAs with lanes share: panels of V vectors, tiles of M lhs rows. A masked_dot keeps two
/// sums per pair, so its tiles may be lower.
template <class Tag, class Lanes, std::size_t M, std::size_t V, std::size_t MaskedM = M>
struct lane_panels {
  using tag = Tag;

  [[nodiscard]] static panel_layout layout(const rhs_shape& rhs, const dispatch::core&) noexcept {
    return lanes_layout(V, rhs.words, rhs.planes);
  }
  static void pack(const operand& rhs, index_t first, const panel_layout& layout,
                   std::uint8_t* panel) noexcept {
    pack_lanes(rhs, first, layout, panel);
  }

  [[nodiscard]] static constexpr bool serves(const factors& of) noexcept {
    return of.schedule.exists;
  }

  static constexpr product_loops loops = all_operations | one_step;

  /// In short runs the registers of the row body are half empty; lanes are always full. With 512-bit popcounts a word
  /// in a run of eight words takes 2.2 times its share of a panel. In a run of 64 words it takes 1.3 times. (Counted in
  /// instructions; measurements of the portable body agree.)
  [[nodiscard]] static constexpr panel_costs costs(const factors& of) noexcept {
    return {1.2, 8, 0, 4, of.rule.term_count};
  }

  template <product_loops Loops, class Epilogue>
  static void run(const strip& s, const Epilogue& epilogue) {
    run_tiles<Loops, needs_masks(Loops) ? MaskedM : M, V, false>(s, epilogue);
  }

 protected:
  /// Tiles of Rows rows, and the last rows one by one. (A single row waits for its panel, not for its counts, so that
  /// it needs no adders.)
  template <product_loops Loops, std::size_t Rows, std::size_t Vectors, bool Adds, class Epilogue>
  static void run_tiles(const strip& s, const Epilogue& epilogue) {
    const tile_strip whole = whole_tiles<Rows>(s);
    if (whole.tiles > 0) tiles<Loops, Rows, Vectors, Adds>(whole, epilogue);
    if constexpr (Rows > 1) {
      const tile_strip rest = single_rows<Rows>(whole, s.end_row);
      if (rest.tiles > 0) tiles<Loops, 1, Vectors, false>(rest, epilogue);
    }
  }

 private:
  template <product_loops Loops, std::size_t Rows, std::size_t Vectors, bool Adds, class Epilogue>
  static void tiles(const tile_strip& strip, const Epilogue& epilogue) noexcept {
    arch::run_on(Tag{}, panel_tiles<Lanes, Loops, Rows, Vectors, Adds, Epilogue>{strip, epilogue});
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
