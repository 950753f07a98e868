// lowbit/kernel/bits/arch/popcnt.hpp – the scalar popcnt instruction, one word at a time.
//
// 64 products take an xor, a popcnt and an add; a held row and four streamed rows give four independent chains.
// The body serves ssse3 too.
#ifndef LOWBIT_KERNEL_BITS_ARCH_POPCNT_HPP
#define LOWBIT_KERNEL_BITS_ARCH_POPCNT_HPP

#include "lowbit/kernel/bits/panels.hpp"
#include "lowbit/kernel/bits/tile.hpp"
#include "lowbit/simd/word_counts.hpp"

#if LOWBIT_X86

LOWBIT_BEGIN
namespace detail::kernel {

/// The body for isa::popcnt.
struct product_popcnt {
  using tag = isa::popcnt;
  using simd_words = simd::words_popcnt;
  static constexpr std::size_t rows = 1, cols = strip_rows;
  static constexpr bool from_definition = false;

  LOWBIT_TARGET_POPCNT static void run(const product_rule& rule, const operand& held,
                                       const operand& streamed, run_size size,
                                       strip_sums& sums) noexcept {
    add_terms<simd_words>(rule, held, streamed, size.words, sums);
  }
};

product_popcnt product_body(isa::popcnt);
no_panels panel_body(isa::popcnt);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
