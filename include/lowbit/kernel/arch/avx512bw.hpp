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
struct panels_avx512bw {
  using tag = isa::avx512bw;
  using simd_bytes = simd::lookup_avx512bw;

  [[nodiscard]] static panel_layout layout(index_t, index_t words, index_t planes) noexcept {
    return nibbles_layout(2 * simd_bytes::width, words, planes);
  }
  static void pack(const operand& rhs, index_t first, const panel_layout& layout,
                   std::uint8_t* panel) noexcept {
    pack_nibbles(rhs, first, layout, panel);
  }
  template <class Call>
  static void with_tile(const panel_layout&, Call call) {
    call(tile_size<4, 2>{});
  }

  template <class A, class B>
  static constexpr bool serves = true;

  template <class A, class B>
  static constexpr product_rule plan = lookup_rule<A, B>();

  template <std::size_t M, std::size_t V, class Epilogue>
  static void run(const tile_operands<M>& from, const product_rule& rule, run_list runs,
                  const offset_terms& offsets, const Epilogue& finish, tile_place place) noexcept {
    lookup_sums<M, lookup_rows<simd_bytes>> sums{};
    count(from, rule, runs, sums);
    finish_sums(sums, offsets, finish, place);
  }

 private:
  template <std::size_t M>
  LOWBIT_TARGET_AVX512BW static void count(const tile_operands<M>& from, const product_rule& rule,
                                           run_list runs,
                                           lookup_sums<M, lookup_rows<simd_bytes>>& sums) noexcept {
    lookup_tile<simd_bytes>(from, rule, runs, sums);
  }
};

panels_avx512bw panel_body(isa::avx512bw);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
