// lowbit/kernel/bits/arch/neon.hpp – byte popcounts in 16-byte registers (AArch64).
//
// 128 products take an xor, a cnt and an add into byte sums (simd/neon_counts.hpp): at most 170 products
// a cycle on cores with four vector pipes, 85 with two. A look-up tile (kernel/bits/lookup_tile.hpp) would
// take four instructions for as many, so there is none here.
//
//     panels  4 lhs rows x 16 rhs rows   a step of 32 bits: 4 loads, 4 broadcasts, 48 instructions of
//                                        arithmetic for 2048 products. 16 registers of byte sums, 4 of
//                                        the panel, a broadcast and a temporary: 22 of 32. Every 30 steps
//                                        the bytes are added to sums that waited in memory; no sum ever
//                                        crosses lanes. (Ternary pairs: 2 x 16, with two sums of bytes)
//     rows    1 x 8 pairs of rows        a step of 128 bits: 9 loads, 24 instructions for 1024 products
//                                        in 19 registers, and three more per pair at the end; where
//                                        reordering the rhs would not pay
//
// They serve neon_dotprod too in units that cannot have its own (LOWBIT_HAS_NEON_DOTPROD in config.hpp).
#ifndef LOWBIT_KERNEL_BITS_ARCH_NEON_HPP
#define LOWBIT_KERNEL_BITS_ARCH_NEON_HPP

#include "lowbit/arch/isa.hpp"
#include "lowbit/kernel/bits/byte_counts.hpp"
#include "lowbit/kernel/bits/panel_tile.hpp"
#include "lowbit/kernel/bits/tile.hpp"
#include "lowbit/simd/neon_counts.hpp"
#include "lowbit/simd/neon_lanes.hpp"

#if LOWBIT_AARCH64

LOWBIT_BEGIN
namespace detail::kernel {

/// The row body for isa::neon.
struct product_neon {
  using tag = isa::neon;
  using simd_words = simd::words_neon;
  static constexpr std::size_t rows = 1, cols = strip_rows;
  static constexpr bool from_definition = false;

  static void run(const product_rule& rule, const operand& held, const operand& streamed,
                  run_size size, strip_sums& sums) noexcept {
    add_terms<simd_words>(rule, held, streamed, size.words, sums);
  }
};

product_neon product_body(isa::neon);

/// What the panel bodies of the NEON ISAs share. Sixteen lanes are four registers.
struct neon_panels : lane_panels {
  /// 16 registers of running sums either way (masked_dot keeps two sums a pair).
  template <class Schedule, class Call>
  static void with_tile(const panel_layout&, const Schedule&, Call call) {
    call(tile_size < std::is_same_v<Schedule, masked_dot> ? 2 : 4, 1 > {});
  }
};

/// The panel body for isa::neon.
struct panels_neon : neon_panels {
  using tag = isa::neon;

  template <std::size_t M, std::size_t V, class Schedule>
  static void run(const tile_strip& strip, const Schedule& schedule, run_list runs,
                  const offset_terms& offsets, const epilogues::any_epilogue& epilogue) noexcept {
    panel_tiles<simd::lanes_neon, M, V>(strip, schedule, runs, offsets, epilogue);
  }
};

panels_neon panel_body(isa::neon);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
