// lowbit/kernel/arch/avx512bw.hpp – table look-up with 64-byte registers, for CPUs without vector popcount.
//
// Products of a few lhs rows stay with the AVX2 row body.
#ifndef LOWBIT_KERNEL_ARCH_AVX512BW_HPP
#define LOWBIT_KERNEL_ARCH_AVX512BW_HPP

#include "lowbit/arch/isa.hpp"
#include "lowbit/kernel/lookup_tile.hpp"
#include "lowbit/simd/nibble_lookup.hpp"

#if LOWBIT_X86

LOWBIT_BEGIN
namespace detail::kernel {

/// The panel body for isa::avx512bw: table look-up on 64 bytes.
struct panels_avx512bw : lookup_panels<panels_avx512bw, simd::lookup_avx512bw> {
  using tag = isa::avx512bw;

  template <std::size_t M>
  LOWBIT_TARGET_AVX512BW static void count(
      const tile_operands<M>& from, const product_rule& rule, run_list runs,
      lookup_sums<M, lookup_rows<simd::lookup_avx512bw>>& sums) noexcept {
    lookup_tile<simd::lookup_avx512bw>(from, rule, runs, sums);
  }
};

panels_avx512bw panel_body(isa::avx512bw);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
