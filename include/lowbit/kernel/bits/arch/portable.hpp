// lowbit/kernel/bits/arch/portable.hpp – the body on xsimd batches, for every arch xsimd knows.
//
// A batch of the widest arch the unit's flags allow counts its bits with shifts and masks, after full
// adders have made one register of eight:
//
//     panels  2 lhs rows x 16 rhs rows   7.4 operations for 32 products a lane (kernel/bits/carry_save_lanes.hpp):
//                                        138 products a cycle with two pipes of 512 bits, 52 with three of
//                                        128, where the popcnt instruction gives at most 64
//     rows    1 x 4 pairs of rows        for few lhs or rhs rows
//
// Where xsimd has no arch, or is not installed, the row tile runs on plain words. popcnt has its own
// row body and no panels (kernel/bits/arch/popcnt.hpp).
#ifndef LOWBIT_KERNEL_BITS_ARCH_PORTABLE_HPP
#define LOWBIT_KERNEL_BITS_ARCH_PORTABLE_HPP

#include "lowbit/kernel/bits/carry_save_lanes.hpp"
#include "lowbit/kernel/bits/tile.hpp"
#include "lowbit/simd/portable_lanes.hpp"
#include "lowbit/simd/word_counts.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// The body for isa::portable.
struct product_portable {
  using tag = isa::portable;
  using simd_words = simd::words_portable;
  static constexpr std::size_t rows = 1, cols = strip_rows;
  static constexpr bool from_definition = false;

  static void run(const product_rule& rule, const operand& held, const operand& streamed,
                  run_size size, strip_sums& sums) noexcept {
    add_terms<simd_words>(rule, held, streamed, size.words, sums);
  }
};

product_portable product_body(isa::portable);

#if LOWBIT_HAS_XSIMD
/// The panel body for isa::portable: sixteen lanes of batches.
struct panels_portable : lane_panels {
  using tag = isa::portable;
  using lanes = simd::lanes_xsimd<tag::xsimd_arch>;

  template <class Schedule, class Call>
  static void with_tile(const panel_layout&, const Schedule&, Call call) {
    call(tile_size<2, 1>{});
  }

  template <std::size_t M, std::size_t V, class Schedule>
  static void run(const tile_strip& strip, const Schedule& schedule, run_list runs,
                  const offset_terms& offsets, const epilogues::any_epilogue& epilogue) noexcept {
    panel_tiles<lanes, M, V>(strip, schedule, runs, offsets, epilogue);
  }
};

std::conditional_t<simd::has_lanes<isa::portable::xsimd_arch>(), panels_portable, no_panels>
    panel_body(isa::portable);
#endif

}  // namespace detail::kernel
LOWBIT_END

#endif
