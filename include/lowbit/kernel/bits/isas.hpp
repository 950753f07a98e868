// lowbit/kernel/bits/isas.hpp – the table of what multiplies bits on each ISA.
//
// A row names what simd/ has for the ISA, and the size of the tiles that its registers hold. Overload resolution on the
// tag finds the most derived row. So an ISA without a row of its own is served by its nearest parent's. The loops are
// the same for all: kernel/bits/tile.hpp, kernel/bits/panel_tile.hpp, kernel/bits/lookup_tile.hpp.
//
//     ISA               rows (depth in lanes)       panels (rhs rows in lanes), M lhs rows x V vectors
//     xsimd             words, full adders          lanes, full adders, 1 x 1
//     popcnt            the popcnt instruction      -
//     ssse3             popcnt's                    look-up, 16 bytes, 4 x 2
//     avx2              look-up, full adders        look-up, 32 bytes, 4 x 2
//     avx512bw          look-up, full adders        look-up, 64 bytes, 4 x 2
//     avx512vpopcntdq   vector popcount             lanes, 4 x 2, 2 x 4 (adders), 4 x 4 (counts)
//     neon              byte popcounts              lanes, 4 x 1, or 2 x 1 for ternary pairs
//     neon_dotprod      with a dot product          lanes, the same
#ifndef LOWBIT_KERNEL_BITS_ISAS_HPP
#define LOWBIT_KERNEL_BITS_ISAS_HPP

#include "lowbit/kernel/bits/byte_counts.hpp"
#include "lowbit/kernel/bits/carry_save_lanes.hpp"
#include "lowbit/kernel/bits/lookup_tile.hpp"
#include "lowbit/kernel/bits/panel_tile.hpp"
#include "lowbit/kernel/bits/tile.hpp"
#include "lowbit/simd/lanes.hpp"
#include "lowbit/simd/neon_dotprod.hpp"
#include "lowbit/simd/nibble_lookup.hpp"
#include "lowbit/simd/portable_lanes.hpp"
#include "lowbit/simd/word_counts.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// xsimd batches of the widest arch that the unit's flags allow, or plain words. A panel tile takes 7.4 operations for
/// 32 products per lane (kernel/bits/carry_save_lanes.hpp). That gives 138 products per cycle with two pipes of 512
/// bits, and 52 with three of 128. The popcnt instruction gives at most 64.
row_kernel<isa::portable, simd::words_portable> product_body(isa::portable);
#if LOWBIT_HAS_XSIMD
using panels_portable =
    lane_panels<isa::portable, simd::lanes_xsimd<isa::portable::xsimd_arch>, 1, 1>;
std::conditional_t<simd::has_lanes<isa::portable::xsimd_arch>(), panels_portable, no_panels>
    panel_body(isa::portable);
#endif

#if LOWBIT_X86
/// 64 products take an xor, a popcnt and an add; a held row and four streamed rows give four independent chains.
row_kernel<isa::popcnt, simd::words_popcnt> product_body(isa::popcnt);
no_panels panel_body(isa::popcnt);

lookup_panels<isa::ssse3, simd::lookup_ssse3> panel_body(isa::ssse3);

/// 256 products of rows take an xor, two shuffles and about five cheap operations. A held row and eight streamed rows
/// keep eight running sums, the held word and three constants in sixteen registers.
row_kernel<isa::avx2, simd::words_avx2> product_body(isa::avx2);
lookup_panels<isa::avx2, simd::lookup_avx2> panel_body(isa::avx2);

/// No vector popcount, but full adders of two instructions.
row_kernel<isa::avx512bw, simd::words_avx512bw> product_body(isa::avx512bw);
lookup_panels<isa::avx512bw, simd::lookup_avx512bw> panel_body(isa::avx512bw);

/// Vector popcount. Counted one by one, 512 products take three operations: xor, vpopcnt, add. Adders that multiply
/// (kernel/bits/fused_adder.hpp) take five operations for twice as many products, one of them a popcount. Which of
/// the two is faster depends on the core (dispatch/core.hpp); products per cycle:
///
///     core                                                        counting   adders
///     Intel, two 512-bit ports, one of them with popcounts           341       410    the limit of its ports
///     Zen 5, four ports, two of them with popcounts and with
///     ternary logic of three registers                               682       640    measured in registers
///
/// The loop of a panel tile spends nothing else but 2 V loads and 2 M broadcasts per word, which run beside them.
row_kernel<isa::avx512vpopcntdq, simd::words_avx512vpopcntdq> product_body(isa::avx512vpopcntdq);
struct panels_avx512vpopcntdq
    : lane_panels<isa::avx512vpopcntdq, simd::lanes_avx512vpopcntdq, 4, 4, 2> {
  /// Four vectors per step, two for few rows. Adders get two as well where a panel of four would fill the L1 cache.
  /// A counting tile has twice the rows for each vector, and reads panels from L2 as fast.
  [[nodiscard]] static panel_layout layout(const rhs_shape& rhs,
                                           const dispatch::core& core) noexcept {
    const bool adders = core.popcounts < 2;
    const bool narrow = rhs.rows <= 2 * panel_lanes || (adders && rhs.words > 24);
    panel_layout out = lanes_layout(narrow ? 2 : 4, rhs.words, rhs.planes);
    out.adders = adders;
    return out;
  }
  /// Tiles of adders have 8 sums of two registers each, and so have those of a masked_dot. Tiles that count, as those
  /// do whose depth is too short for adders, have 16 sums of one register in wide panels.
  template <product_loops Loops, class Epilogue>
  static void run(const strip& s, const Epilogue& epilogue) {
    const bool narrow = s.all.layout.rows == 2 * panel_lanes;
    if constexpr (!needs_masks(Loops))  // a masked_dot needs its products one by one
      if (s.all.layout.adders && adders_pay(s.all.runs))
        return narrow ? run_tiles<Loops, 4, 2, true>(s, epilogue)
                      : run_tiles<Loops, 2, 4, true>(s, epilogue);
    if (narrow)
      run_tiles<Loops, 4, 2, false>(s, epilogue);
    else
      lane_panels::run<Loops>(s, epilogue);
  }
};
panels_avx512vpopcntdq panel_body(isa::avx512vpopcntdq);
#endif

#if LOWBIT_AARCH64
/// 128 products take an xor, a cnt and an add into byte sums (simd/neon_counts.hpp). That gives at most 170 products
/// per cycle on cores with four vector pipes, 85 with two. A look-up tile would take four instructions for as many.
///
///     panels  4 lhs rows x 16 rhs rows   a step of 32 bits: 4 loads, 4 broadcasts, 48 instructions of arithmetic for
///                                        2048 products. 16 registers of byte sums, 4 of the panel, a broadcast and
///                                        a temporary: 22 of 32. Every 30 steps the bytes are added to sums that
///                                        waited in memory. (Ternary pairs: 2 x 16, with two sums of bytes)
///     rows    1 x 8 pairs of rows        a step of 128 bits: 9 loads, 24 instructions for 1024 products in 19
///                                        registers, and three more per pair at the end
///
/// They serve neon_dotprod too in units that cannot have its own (LOWBIT_HAS_NEON_DOTPROD in config.hpp).
row_kernel<isa::neon, simd::words_neon> product_body(isa::neon);
lane_panels<isa::neon, simd::lanes_neon, 4, 1, 2> panel_body(isa::neon);
#endif

#if LOWBIT_HAS_NEON_DOTPROD
/// A dot product in place of each add. What follows the loops of neon is gone. There each pair of registers is cleared,
/// widened and added every 30 steps, while its 32-bit sums wait in memory. Instructions of a 4 x 16 tile of binary x
/// binary, from first word to stored sums (g++ 12, counted by an emulator):
///
///     depth            64    256    576   1152   2304
///     neon            299    695   1355   2651   5135
///     neon_dotprod    239    623   1263   2415   4719
row_kernel<isa::neon_dotprod, simd::words_neon_dotprod> product_body(isa::neon_dotprod);
lane_panels<isa::neon_dotprod, simd::lanes_neon_dotprod, 4, 1, 2> panel_body(isa::neon_dotprod);
#endif

}  // namespace detail::kernel
LOWBIT_END

#endif
