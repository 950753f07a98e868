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
///
/// Reading costs more where the second cache does not hold all panels.
[[nodiscard]] constexpr double cost_of_panels(const product_shape& shape,
                                              const panel_layout& layout, const panel_costs& costs,
                                              bool packed) noexcept {
  constexpr index_t second_cache = 1 << 20;
  const index_t panels = ceil_div(shape.cols, layout.rows);
  const auto filled = static_cast<double>(panels * layout.rows);
  const double each_plane = costs.reading + (packed ? 0 : costs.packing) +
                            (panels * layout.bytes() > second_cache ? costs.fetching : 0);
  return filled * (static_cast<double>(shape.rows) * costs.terms + each_plane * shape.rhs_planes);
}

/// A panel body (kernel/bits/isas.hpp) as the body of a family.
template <class Panels>
struct panel_body_of {
  using tag = typename Panels::tag;
  static constexpr bool whole_sums = false;

  static constexpr product_loops loops = Panels::loops;

  [[nodiscard]] static panel_layout layout(const rhs_shape& rhs,
                                           const dispatch::core& core) noexcept {
    return Panels::layout(rhs, core);
  }
  static void pack(const code_format&, const operand& rows, index_t first,
                   const panel_layout& layout, std::uint8_t* panel) noexcept {
    Panels::pack(rows, first, layout, panel);
  }
  template <product_loops Loops, class Epilogue>
  static void run(const strip& s, const Epilogue& epilogue) {
    Panels::template run<Loops>(s, epilogue);
  }
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
    return cost_of_panels(shape, layout, costs_on<Tag>(of), packed);
  }
};

}  // namespace detail::kernel
LOWBIT_END

#endif
