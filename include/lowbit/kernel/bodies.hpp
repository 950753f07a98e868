// lowbit/kernel/bodies.hpp – which body multiplies on which ISA.
//
// Each kernel/arch/<isa>.hpp declares `product_<isa> product_body(isa::<isa>)`; overload resolution on
// the tag finds the most derived one, so an ISA without a body of its own is served by its nearest
// parent's. This is the only place that lists the bodies.
#ifndef LOWBIT_KERNEL_BODIES_HPP
#define LOWBIT_KERNEL_BODIES_HPP

#include "lowbit/dispatch/any_isa.hpp"
#include "lowbit/kernel/bits/arch/avx2.hpp"
#include "lowbit/kernel/bits/arch/avx512bw.hpp"
#include "lowbit/kernel/bits/arch/avx512vpopcntdq.hpp"
#include "lowbit/kernel/bits/arch/neon.hpp"
#include "lowbit/kernel/bits/arch/neon_dotprod.hpp"
#include "lowbit/kernel/bits/arch/popcnt.hpp"
#include "lowbit/kernel/bits/arch/portable.hpp"
#include "lowbit/kernel/bits/arch/ssse3.hpp"
#include "lowbit/kernel/reference.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// The body that serves an ISA.
template <class Tag>
using product_for = decltype(product_body(Tag{}));

template <class Tag>
using panels_for = decltype(panel_body(Tag{}));

template <class Tag>
inline constexpr bool has_panels = !std::is_same_v<panels_for<Tag>, no_panels>;

/// True if the ISA has a panel body, and it can multiply A x B.
template <class Tag, class A, class B>
inline constexpr bool panels_serve = [] {
  if constexpr (has_panels<Tag>)
    return panels_for<Tag>::template serves<A, B>;
  else
    return false;
}();

/// The name of the ISA whose panel body reads and multiplies A x B where `isa` is asked for; null: none
/// does.
template <class A, class B, isa_tag Isa>
[[nodiscard]] const char* panels_serving(Isa isa) noexcept {
  return with_isa(isa, [](auto tag) -> const char* {
    if constexpr (panels_serve<decltype(tag), A, B>)
      return panels_for<decltype(tag)>::tag::name;
    else
      return nullptr;
  });
}

}  // namespace detail::kernel
LOWBIT_END

#endif
