// lowbit/kernel/arch/ssse3.hpp – table look-up with 16-byte registers.
//
// Products of a few lhs rows stay with the scalar popcnt body.
#ifndef LOWBIT_KERNEL_ARCH_SSSE3_HPP
#define LOWBIT_KERNEL_ARCH_SSSE3_HPP

#include "lowbit/arch/isa.hpp"
#include "lowbit/kernel/lookup_tile.hpp"
#include "lowbit/simd/nibble_lookup.hpp"

#if LOWBIT_X86

LOWBIT_BEGIN
namespace detail::kernel {

/// The panel body for isa::ssse3: table look-up on 16 bytes.
struct panels_ssse3 {
  using tag = isa::ssse3;
  using simd_bytes = simd::lookup_ssse3;

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
  LOWBIT_TARGET_SSSE3 static void count(const tile_operands<M>& from, const product_rule& rule,
                                        run_list runs,
                                        lookup_sums<M, lookup_rows<simd_bytes>>& sums) noexcept {
    lookup_tile<simd_bytes>(from, rule, runs, sums);
  }
};

panels_ssse3 panel_body(isa::ssse3);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
