// lowbit/kernel/bits/arch/avx512vpopcntdq.hpp – vector popcount, the fastest body.
//
// Counted one by one, 512 products take three operations: xor, vpopcnt, add. Adders that multiply
// (kernel/bits/fused_adder.hpp) take five operations for twice as many products, one of them a popcount. Which of the
// two is faster depends on the core (dispatch/core.hpp); products per cycle:
//
//     core                                                        counting   adders
//     Intel, two 512-bit ports, one of them with popcounts           341       410    the limit of its ports
//     Zen 5, four ports, two of them with popcounts and with
//     ternary logic of three registers                               682       640    measured in registers
//
// The panel tile (kernel/bits/panel_tile.hpp) spends nothing else in its loop but 2 V loads and 2 M broadcasts per
// word, which run beside them.
//
// Two bodies: rows-in-lanes panels for products with more than a few lhs rows, and the row tile
// (kernel/bits/tile.hpp, depth in lanes) where reordering the rhs would cost more than it saves.
#ifndef LOWBIT_KERNEL_BITS_ARCH_AVX512VPOPCNTDQ_HPP
#define LOWBIT_KERNEL_BITS_ARCH_AVX512VPOPCNTDQ_HPP

#include "lowbit/dispatch/core.hpp"
#include "lowbit/kernel/bits/panel_tile.hpp"
#include "lowbit/kernel/bits/tile.hpp"
#include "lowbit/simd/lanes.hpp"
#include "lowbit/simd/word_counts.hpp"

#if LOWBIT_X86

LOWBIT_BEGIN
namespace detail::kernel {

/// The body for isa::avx512vpopcntdq.
struct product_avx512vpopcntdq {
  using tag = isa::avx512vpopcntdq;
  using simd_words = simd::words_avx512vpopcntdq;
  static constexpr std::size_t rows = 1, cols = strip_rows;
  static constexpr bool from_definition = false;

  LOWBIT_TARGET_AVX512VPOPCNTDQ static void run(const product_rule& rule, const operand& held,
                                                const operand& streamed, run_size size,
                                                strip_sums& sums) noexcept {
    add_terms<simd_words>(rule, held, streamed, size.words, sums);
  }
};

product_avx512vpopcntdq product_body(isa::avx512vpopcntdq);

/// The panel body for isa::avx512vpopcntdq.
struct panels_avx512vpopcntdq : lane_panels {
  using tag = isa::avx512vpopcntdq;

  /// Four vectors per step, two for few rows. Adders get two as well where a panel of four would fill
  /// the L1 cache. A counting tile has twice the rows for each vector, and reads panels from L2 as fast.
  [[nodiscard]] static panel_layout layout(index_t rows, index_t words, index_t planes,
                                           const dispatch::core& core) noexcept {
    const bool adders = core.popcounts < 2;
    const bool narrow = rows <= 2 * panel_lanes || (adders && words > 24);
    panel_layout out = lanes_layout(narrow ? 2 : 4, words, planes);
    out.adders = adders;
    return out;
  }
  /// The tile of a layout: for adders 8 sums of two registers each (a masked_dot keeps two as well). Tiles that
  /// count, as those do whose depth is too short for adders, have 16 sums of one register.
  template <class Schedule, class Call>
  static void with_tile(const panel_layout& layout, const Schedule&, Call call) {
    constexpr std::size_t counting_rows = std::is_same_v<Schedule, masked_dot> ? 2 : 4;
    if (layout.rows == 2 * panel_lanes)
      call(tile_size<4, 2>{});
    else if (layout.adders && layout.words > 3)
      call(tile_size<2, 4>{});
    else
      call(tile_size<counting_rows, 4>{});
  }

  template <std::size_t M, std::size_t V, class Schedule, class Epilogue>
  LOWBIT_TARGET_AVX512VPOPCNTDQ static void run(const tile_strip& strip, const Schedule& schedule,
                                                run_list runs, const offset_terms& offsets,
                                                const Epilogue& epilogue) noexcept {
    panel_tiles<simd::lanes_avx512vpopcntdq, M, V>(strip, schedule, runs, offsets, epilogue);
  }
};

panels_avx512vpopcntdq panel_body(isa::avx512vpopcntdq);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
