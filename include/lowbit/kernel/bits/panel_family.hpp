// lowbit/kernel/bits/panel_family.hpp – the family "panels": bits of rows against panels (kernel/bits/panels.hpp).
//
// The fastest family for bits on every ISA that has a panel body. A strip is some lhs rows against one panel; here
// it is cut into the tiles that the ISA keeps in registers.
#ifndef LOWBIT_KERNEL_BITS_PANEL_FAMILY_HPP
#define LOWBIT_KERNEL_BITS_PANEL_FAMILY_HPP

#include "lowbit/kernel/bits/bodies.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// The cost of a product against panels of `width` rows, whose packing counts if they are not packed yet:
///
///     against panels   (rows * terms + reading * planes) * cols filled up to whole panels
///     packing          packing * planes * the same columns
[[nodiscard]] constexpr double cost_of_panels(const product_shape& shape, index_t width,
                                              const panel_costs& costs, bool packed) noexcept {
  const auto filled = static_cast<double>(ceil_div(shape.cols, width) * width);
  const double each_plane = costs.reading + (packed ? 0 : costs.packing);
  return filled * (static_cast<double>(shape.rows) * costs.terms + each_plane * shape.rhs_planes);
}

/// The tiles of a panel body that are as high as its registers allow, one row lower, and one row high.
template <class Plan, class Epilogue>
struct tile_functions {
  using function = void (*)(const tile_strip& strip, const Plan& plan, run_list runs,
                            const offset_terms& offsets, const Epilogue& epilogue) noexcept;
  index_t rows;
  function high, lower, single;
  bool even;  ///< whether there is a lower one
};

/// The rows of a strip, by tiles. Tiles of M and of M - 1 rows cover all rows as soon as there are M - 1 tiles. With
/// fewer tiles, or without tiles of M - 1 rows, the last rows are done one by one. If a network has more weights than
/// the L2 cache holds, a panel that no strip has read yet is not in that cache, so the tiles prefetch it while they
/// run. (With a few rows they would prefetch more than they read.)
template <class Plan, class Epilogue>
void run_rows(const strip& s, const Plan& plan, const Epilogue& epilogue,
              const tile_functions<Plan, Epilogue>& tiles) {
  const multiplication& all = s.all;
  const index_t most = tiles.rows, rows = s.end_row - s.first_row, even = ceil_div(rows, most);
  const index_t missing = even * most - rows;
  const bool no_rest = tiles.even && missing <= even;
  const index_t high = no_rest ? even - missing : rows / most, lower = no_rest ? missing : 0;
  tile_strip tile{all.lhs,
                  s.first_row,
                  high,
                  s.panel,
                  all.layout,
                  all.first_col + s.first_col,
                  s.end_col - s.first_col};
  if (s.prefetch_next && even >= 4)
    tile.ahead = {s.panel + all.layout.bytes(),
                  ceil_div(all.layout.bytes(), even * prefetch_range::line)};
  if (high > 0) tiles.high(tile, plan, all.runs, all.add, epilogue);
  tile.first_row += high * most;
  tile.ahead.from += high * tile.ahead.lines_per_tile * prefetch_range::line;
  tile.tiles = lower;
  if (lower > 0) tiles.lower(tile, plan, all.runs, all.add, epilogue);
  tile.first_row += lower * (most - 1);
  tile.tiles = s.end_row - tile.first_row;
  tile.ahead = {};
  if (tile.tiles > 0) tiles.single(tile, plan, all.runs, all.add, epilogue);
}

/// A panel body (kernel/bits/isas.hpp) as the body of a family.
template <class Panels>
struct panel_body_of {
  using tag = typename Panels::tag;
  static constexpr bool whole_sums = false;

  static constexpr product_loops loops = Panels::loops;

  [[nodiscard]] static panel_layout layout(index_t rows, index_t words, index_t planes,
                                           const dispatch::core& core) noexcept {
    return Panels::layout(rows, words, planes, core);
  }
  static void pack(const code_format&, const operand& rows, index_t first,
                   const panel_layout& layout, std::uint8_t* panel) noexcept {
    Panels::pack(rows, first, layout, panel);
  }
  template <product_loops Loops, class Epilogue>
  static void run(const strip& s, const Epilogue& epilogue) {
    Panels::template with_plan<Loops>(s.all.of, [&]<class Plan>(const Plan& plan) {
      Panels::with_tile(s.all.layout, plan, [&]<std::size_t M, std::size_t V>(tile_size<M, V>) {
        run_rows(s, plan, epilogue, tiles<M, V, Plan, Epilogue>);
      });
    });
  }

 private:
  template <std::size_t M, std::size_t V, class Plan, class Epilogue>
  static constexpr tile_functions<Plan, Epilogue> tiles{
      static_cast<index_t>(M), &Panels::template run<M, V>,
      &Panels::template run<Panels::even_tiles ? M - 1 : 1, V>, &Panels::template run<1, V>,
      Panels::even_tiles};
};

struct bit_panels {
  static constexpr const char* name = "panels";

  template <class Tag>
  using body = std::conditional_t<has_panels<Tag>, panel_body_of<panels_for<Tag>>, no_body>;

  template <class Tag>
  [[nodiscard]] static constexpr bool serves(const factors& of) noexcept {
    return panels_serve<Tag>(of);
  }
  template <class Tag>
  [[nodiscard]] static constexpr double cost(const factors& of, const product_shape& shape,
                                             const panel_layout& layout, bool packed) noexcept {
    return cost_of_panels(shape, layout.rows, costs_on<Tag>(of), packed);
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
