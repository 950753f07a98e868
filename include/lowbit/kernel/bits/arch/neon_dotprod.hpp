// lowbit/kernel/bits/arch/neon_dotprod.hpp – NEON's tiles on 32-bit sums (AArch64 with the byte dot product).
//
// The loops are those of kernel/bits/arch/neon.hpp with a dot product in place of each add; what follows the
// loops is gone. There each pair of registers is cleared, widened and added every 30 steps, while its
// 32-bit sums wait in memory. Instructions of a 4 x 16 tile of binary x binary, from first word to stored
// sums (g++ 12, counted by an emulator):
//
//     depth            64    256    576   1152   2304
//     neon            299    695   1355   2651   5135
//     neon_dotprod    239    623   1263   2415   4719
#ifndef LOWBIT_KERNEL_BITS_ARCH_NEON_DOTPROD_HPP
#define LOWBIT_KERNEL_BITS_ARCH_NEON_DOTPROD_HPP

#include "lowbit/kernel/bits/arch/neon.hpp"

#if LOWBIT_HAS_NEON_DOTPROD

LOWBIT_BEGIN
namespace detail::kernel {

/// The row body for isa::neon_dotprod.
struct product_neon_dotprod {
  using tag = isa::neon_dotprod;
  using simd_words = simd::words_neon_dotprod;
  static constexpr std::size_t rows = 1, cols = strip_rows;
  static constexpr bool from_definition = false;

  LOWBIT_TARGET_NEON_DOTPROD static void run(const product_rule& rule, const operand& held,
                                             const operand& streamed, run_size size,
                                             strip_sums& sums) noexcept {
    add_terms<simd_words>(rule, held, streamed, size.words, sums);
  }
};

product_neon_dotprod product_body(isa::neon_dotprod);

/// The panel body for isa::neon_dotprod.
struct panels_neon_dotprod : neon_panels {
  using tag = isa::neon_dotprod;

  template <std::size_t M, std::size_t V, class Schedule>
  LOWBIT_TARGET_NEON_DOTPROD static void run(const tile_strip& strip, const Schedule& schedule,
                                             run_list runs, const offset_terms& offsets,
                                             const epilogues::any_epilogue& epilogue) noexcept {
    panel_tiles<simd::lanes_neon_dotprod, M, V>(strip, schedule, runs, offsets, epilogue);
  }
};

panels_neon_dotprod panel_body(isa::neon_dotprod);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
