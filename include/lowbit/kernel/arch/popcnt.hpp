// lowbit/kernel/arch/popcnt.hpp – the scalar popcnt instruction, one word at a time.
//
// 64 products take an xor, a popcnt and an add; a 2 x 2 tile gives four independent chains and loads
// each word once for two pairs. It serves ssse3 too.
#ifndef LOWBIT_KERNEL_ARCH_POPCNT_HPP
#define LOWBIT_KERNEL_ARCH_POPCNT_HPP

#include "lowbit/kernel/panels.hpp"
#include "lowbit/kernel/tile.hpp"
#include "lowbit/simd/word_counts.hpp"

#if LOWBIT_X86

LOWBIT_BEGIN
namespace detail::kernel {

/// The body for isa::popcnt.
struct product_popcnt {
  using tag = isa::popcnt;
  using simd_words = simd::words_popcnt;
  static constexpr std::size_t rows = simd_words::tile_rows, cols = simd_words::tile_cols;
  static constexpr bool from_definition = false;

  template <std::size_t M>
  LOWBIT_TARGET_POPCNT static void run(const product_rule& rule, const operand& lhs,
                                       const operand& rhs, run_size size,
                                       tile_sums<M, cols>& sums) noexcept {
    add_terms<simd_words>(rule, lhs, rhs, size.words, sums);
  }
};

product_popcnt product_body(isa::popcnt);
no_panels panel_body(isa::popcnt);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
