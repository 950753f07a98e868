// lowbit/kernel/bits/bodies.hpp – which bodies multiply bits on which ISA.
//
// kernel/bits/isas.hpp is the table; here its rows are asked for.
#ifndef LOWBIT_KERNEL_BITS_BODIES_HPP
#define LOWBIT_KERNEL_BITS_BODIES_HPP

#include "lowbit/kernel/bits/isas.hpp"
#include "lowbit/kernel/family.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

no_body product_body(isa::scalar);

/// The row body of an ISA; no_body: the ISA has the reference only.
template <class Tag>
using rows_for = decltype(product_body(Tag{}));

/// The panel body of an ISA, or no_panels.
template <class Tag>
using panels_for = decltype(panel_body(Tag{}));

template <class Tag>
inline constexpr bool has_panels = !std::is_same_v<panels_for<Tag>, no_panels>;

/// True if the ISA has a panel body, and it can multiply these factors.
template <class Tag>
[[nodiscard]] constexpr bool panels_serve(const factors& of) noexcept {
  if constexpr (has_panels<Tag>)
    return of.in_planes() && panels_for<Tag>::serves(of);
  else
    return false;
}

/// The costs of a product on an ISA; without panels rows are compared with nothing.
template <class Tag>
[[nodiscard]] constexpr panel_costs costs_on(const factors& of) noexcept {
  if constexpr (has_panels<Tag>)
    if (panels_serve<Tag>(of)) return panels_for<Tag>::costs(of);
  return {1, 0, 0, 0, 1};
}

}  // namespace detail::kernel
LOWBIT_END

#endif
