// lowbit/kernel/bits/arch/avx2.hpp – nibble look-up counts in 32-byte registers.
//
// 256 products take an xor, two shuffles and about five cheap operations. A held row and eight streamed rows
// keep eight running sums, the held word and three constants in sixteen registers. Long rows go through full
// adders (kernel/bits/carry_save.hpp); products with more than a few lhs rows through look-up panels
// (kernel/bits/lookup_tile.hpp).
#ifndef LOWBIT_KERNEL_BITS_ARCH_AVX2_HPP
#define LOWBIT_KERNEL_BITS_ARCH_AVX2_HPP

#include "lowbit/kernel/bits/lookup_tile.hpp"
#include "lowbit/kernel/bits/tile.hpp"
#include "lowbit/simd/nibble_lookup.hpp"
#include "lowbit/simd/word_counts.hpp"

#if LOWBIT_X86

LOWBIT_BEGIN
namespace detail::kernel {

/// The body for isa::avx2.
struct product_avx2 {
  using tag = isa::avx2;
  using simd_words = simd::words_avx2;
  static constexpr std::size_t rows = 1, cols = strip_rows;
  static constexpr bool from_definition = false;

  LOWBIT_TARGET_AVX2 static void run(const product_rule& rule, const operand& held,
                                     const operand& streamed, run_size size,
                                     strip_sums& sums) noexcept {
    add_terms<simd_words>(rule, held, streamed, size.words, sums);
  }
};

product_avx2 product_body(isa::avx2);

/// The panel body for isa::avx2: table look-up on 32 bytes.
struct panels_avx2 : lookup_panels<panels_avx2, simd::lookup_avx2> {
  using tag = isa::avx2;

  template <std::size_t M>
  LOWBIT_TARGET_AVX2 static void count(
      const tile_operands<M>& from, const product_rule& rule, run_list runs,
      const std::uint32_t (&of_row)[M],
      lookup_sums<M, lookup_rows<simd::lookup_avx2>>& sums) noexcept {
    lookup_tile<simd::lookup_avx2>(from, rule, runs, of_row, sums);
  }
};

panels_avx2 panel_body(isa::avx2);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
