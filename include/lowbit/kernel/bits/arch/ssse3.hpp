// lowbit/kernel/bits/arch/ssse3.hpp – table look-up with 16-byte registers.
//
// Products of a few lhs rows stay with the scalar popcnt body.
#ifndef LOWBIT_KERNEL_BITS_ARCH_SSSE3_HPP
#define LOWBIT_KERNEL_BITS_ARCH_SSSE3_HPP

#include "lowbit/arch/isa.hpp"
#include "lowbit/kernel/bits/lookup_tile.hpp"
#include "lowbit/simd/nibble_lookup.hpp"

#if LOWBIT_X86

LOWBIT_BEGIN
namespace detail::kernel {

/// The panel body for isa::ssse3: table look-up on 16 bytes.
struct panels_ssse3 : lookup_panels<panels_ssse3, simd::lookup_ssse3> {
  using tag = isa::ssse3;

  template <std::size_t M>
  LOWBIT_TARGET_SSSE3 static void count(
      const tile_operands<M>& from, const product_rule& rule, run_list runs,
      const std::uint32_t (&of_row)[M],
      lookup_sums<M, lookup_rows<simd::lookup_ssse3>>& sums) noexcept {
    lookup_tile<simd::lookup_ssse3>(from, rule, runs, of_row, sums);
  }
};

panels_ssse3 panel_body(isa::ssse3);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
