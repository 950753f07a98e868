// lowbit/kernel/trits/panel_family.hpp – the family "trits": rows of signed bytes against ternary weights in base 3.
//
// Ternary weights in fields of two bits (kernel/bytes/) multiply faster, and read a quarter more memory. Where one token
// reads all weights from memory, bytes are the bound, and base 3 is the faster one. So the family is for large weights
// and few rows. It is in no list by itself, because only who knows the machine knows what its caches hold:
//
//     using digits = lowbit::families<lowbit::family::trit_panels, lowbit::family::bit_rows, lowbit::family::reference>;
//     const auto w = lowbit::prepare(ternary_weights, lowbit::format_of<lowbit::signed_bits<8>>(), lowbit::with(digits{}));
//     const auto y = lowbit::gemm(x, w, lowbit::with(digits{}));
//
// Results are those of every family. ISAs without 32-bit dot products of bytes take the other families of the list.
//
// Cost: two dot products of bytes where fields take one. Panels: 0.2 bytes per weight, and 4 per column.
#ifndef LOWBIT_KERNEL_TRITS_PANEL_FAMILY_HPP
#define LOWBIT_KERNEL_TRITS_PANEL_FAMILY_HPP

#include "lowbit/kernel/bytes/chunks.hpp"
#include "lowbit/kernel/trits/panels.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

template <class Tag, class Dots, std::size_t M, std::size_t V>
using trit_panel_body = chunk_panel_body<base_3_digits, Tag, Dots, M, V>;

no_body trit_body(isa::scalar);
#if LOWBIT_X86
trit_panel_body<isa::avxvnni, simd::byte_dots_avxvnni, 1, 4> trit_body(isa::avxvnni);
trit_panel_body<isa::avx512vnni, simd::byte_dots_avx512vnni, 2, 4> trit_body(isa::avx512vnni);
#endif
#if LOWBIT_HAS_NEON_DOTPROD
trit_panel_body<isa::neon_dotprod, simd::byte_dots_neon_dotprod, 2, 4> trit_body(isa::neon_dotprod);
#endif

/// The family.
struct trit_panels {
  static constexpr const char* name = "trits";

  template <class Tag>
  using body = decltype(trit_body(Tag{}));

  template <class Tag>
  [[nodiscard]] static constexpr bool serves(const factors& of) noexcept {
    return ternary_times_bytes(of);
  }
  /// That of fields times what base 3 takes longer.
  template <class Tag>
  [[nodiscard]] static constexpr double cost(const factors& of, const product_shape& shape,
                                             const panel_layout& layout, bool packed) noexcept {
    return 2.5 *
           byte_panels::cost<Tag>(of, shape, byte_panel_layout(layout.rows, rhs_of(shape)), packed);
  }
};

}  // namespace detail::kernel

namespace family {
using detail::kernel::trit_panels;
}  // namespace family

LOWBIT_END

#endif
