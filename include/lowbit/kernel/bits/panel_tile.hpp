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

/// What the rule adds for offsets, to finished sums; `constant` is what the start value left of it.
template <class Lanes, std::size_t M, std::size_t V>
LOWBIT_INLINE void add_offsets(const offset_terms& offsets, std::uint32_t constant,
                               const tile_place& place, Lanes (&sums)[M][V]) noexcept {
  if (constant != 0 || offsets.lhs != nullptr)
    unrolled<M>([&](auto m) LOWBIT_INLINE_LAMBDA {
      const index_t row = place.row + static_cast<index_t>(m);
      const std::uint32_t term = constant + (offsets.lhs != nullptr ? offsets.lhs[row] : 0);
      unrolled<V>([&](auto v) LOWBIT_INLINE_LAMBDA { Lanes::add_scalar(sums[m][v], term); });
    });
  if (offsets.rhs == nullptr) return;
  const bool whole = place.cols == static_cast<index_t>(V) * panel_lanes;
  unrolled<M>([&](auto m) LOWBIT_INLINE_LAMBDA {
    const std::uint32_t* const terms =
        offsets.rhs_of(place.row + static_cast<index_t>(m())) + place.col;
    unrolled<V>([&](auto v) LOWBIT_INLINE_LAMBDA {
      constexpr index_t skipped = static_cast<index_t>(v()) * panel_lanes;
      const index_t left = place.cols - skipped;
      if (whole)
        Lanes::add_part(sums[m][v], terms + skipped, panel_lanes);
      else if (left > 0)
        Lanes::add_part(sums[m][v], terms + skipped, left < panel_lanes ? left : panel_lanes);
    });
  });
}

/// Hands finished sums over: to the result itself if the epilogue only stores them and the panel is whole, else to the
/// epilogue, tile by tile.
template <class Lanes, std::size_t M, std::size_t V>
LOWBIT_INLINE void hand_over(const Lanes (&sums)[M][V], const epilogues::any_epilogue& epilogue,
                             const tile_place& place) noexcept {
  constexpr index_t cols = static_cast<index_t>(V) * panel_lanes;
  const auto store = [&](std::int32_t* to, index_t row_stride) LOWBIT_INLINE_LAMBDA {
    unrolled<M>([&](auto m) LOWBIT_INLINE_LAMBDA {
      unrolled<V>([&](auto v) LOWBIT_INLINE_LAMBDA {
        Lanes::store(sums[m][v], to + static_cast<index_t>(v()) * panel_lanes, panel_lanes);
      });
      to += row_stride;
    });
  };
  if (epilogue.stores_in_place() && place.cols == cols)
    return store(epilogue.at(place.row, place.col), epilogue.row_stride());
  std::int32_t stored[M][static_cast<std::size_t>(cols)];
  store(&stored[0][0], cols);
  epilogue(accumulator_tile{&stored[0][0], cols}, place);
}

/// The same for an epilogue that takes registers.
template <class Lanes, std::size_t M, std::size_t V, class Epilogue>
LOWBIT_INLINE void hand_over(const Lanes (&sums)[M][V], const Epilogue& epilogue,
                             const tile_place& place) noexcept {
  constexpr index_t cols = static_cast<index_t>(V) * panel_lanes;
  if (place.cols < cols) return hand_over(sums, epilogues::any_epilogue(epilogue), place);
  unrolled<M>([&](auto m) LOWBIT_INLINE_LAMBDA {
    typename Lanes::finished finished[V];
    unrolled<V>([&](auto v) LOWBIT_INLINE_LAMBDA { finished[v].v = sums[m][v].v; });
    epilogue.lanes(finished, place.row + static_cast<index_t>(m), place.col);
  });
}

/// Tiles from first word to epilogue: M lhs rows each times one panel of V * 16 rhs rows. Sums start at
/// `constant >> shift`, because the schedule (and adders) later shift them left by `shift`. The low bits that are lost
/// are added at the end; usually they are 0. (Where a schedule negates sums, they start at 0.)
template <class Lanes, std::size_t M, std::size_t V, class Schedule, class Epilogue>
LOWBIT_INLINE void panel_tiles(const tile_strip& strip, const Schedule& schedule, run_list runs,
                               const offset_terms& offsets, const Epilogue& f) noexcept {
  // What is stored may alias the epilogue's own pointers; a copy of them may not.
  const Epilogue epilogue = f;
  const bool adds = adders_serve<Lanes, Schedule, M, V> && strip.layout.adders && adders_pay(runs);
  const bool starts = start_shift(schedule) >= 0;
  const int shift = starts ? start_shift(schedule) + (adds ? 1 : 0) : 0;
  const std::uint32_t begin = starts ? offsets.constant >> shift : 0;
  const std::uint32_t rest = offsets.constant - (begin << shift);
  const auto fill = [begin](Lanes& start) LOWBIT_INLINE_LAMBDA {
    Lanes::zero(start);
    Lanes::add_scalar(start, begin);
  };
  Lanes start;
  fill(start);
  for (index_t t = 0; t < strip.tiles; ++t) {
    strip.ahead.prefetch(t);
    const tile_place place = strip.place<M>(t);
    Lanes sums[M][V];
    if constexpr (pairs_fit<M, V>) fill(start);  // not kept: the sums need its register
    if constexpr (adders_serve<Lanes, Schedule, M, V>)
      if (adds) add_all(strip.operands<M>(t), schedule, runs, start, sums);
    if (!adds) {
      for_each_sum(sums, [&](Lanes& sum) LOWBIT_INLINE_LAMBDA { sum = start; });
      count_all(strip.operands<M>(t), schedule, runs, sums);
    }
    add_offsets(offsets, rest, place, sums);
    hand_over(sums, epilogue, place);
  }
}

/// What the panel bodies of all ISAs with lanes share; panels are one vector wide where a body does not
/// say otherwise.
template <class Tag, class Lanes>
struct lane_panels {
  using tag = Tag;
  static constexpr bool even_tiles =
      true;  ///< tiles of M - 1 rows as well, so that few rows are left

  [[nodiscard]] static panel_layout layout(index_t, index_t words, index_t planes,
                                           const dispatch::core&) noexcept {
    return lanes_layout(1, words, planes);
  }
  static void pack(const operand& rhs, index_t first, const panel_layout& layout,
                   std::uint8_t* panel) noexcept {
    pack_lanes(rhs, first, layout, panel);
  }

  [[nodiscard]] static constexpr bool serves(const factors& of) noexcept {
    return of.schedule.exists;
  }

  static constexpr product_loops loops = all_operations | one_step;
  template <product_loops Loops, class Call>
  static void with_plan(const factors& of, Call call) {
    with_schedule<Loops>(of.schedule, call);
  }

  /// In short runs the registers of the row body are half empty; lanes are always full. With 512-bit popcounts a word
  /// in a run of eight words takes 2.2 times its share of a panel, in a run of 64 words 1.3 times. (Counted in
  /// instructions; measurements of the portable body agree.)
  [[nodiscard]] static constexpr panel_costs costs(const factors& of) noexcept {
    return {1.2, 8, 0, 4, of.rule.term_count};
  }

  template <std::size_t M, std::size_t V, class Schedule, class Epilogue>
  static void run(const tile_strip& strip, const Schedule& schedule, run_list runs,
                  const offset_terms& offsets, const Epilogue& epilogue) noexcept {
    arch::run_on(Tag{}, [&]() LOWBIT_INLINE_LAMBDA {
      panel_tiles<Lanes, M, V>(strip, schedule, runs, offsets, epilogue);
    });
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
