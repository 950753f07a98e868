// lowbit/kernel/bits/arch/avx512bw.hpp – 64-byte registers on CPUs without vector popcount.
//
// Two bodies: table look-up in panels (kernel/bits/lookup_tile.hpp) for products with more than a few lhs
// rows, and the row tile (kernel/bits/tile.hpp), whose full adders need two instructions here, for the others.
#ifndef LOWBIT_KERNEL_BITS_ARCH_AVX512BW_HPP
#define LOWBIT_KERNEL_BITS_ARCH_AVX512BW_HPP

#include "lowbit/arch/isa.hpp"
#include "lowbit/kernel/bits/lookup_tile.hpp"
#include "lowbit/kernel/bits/tile.hpp"
#include "lowbit/simd/nibble_lookup.hpp"
#include "lowbit/simd/word_counts.hpp"

#if LOWBIT_X86

LOWBIT_BEGIN
namespace detail::kernel {

/// The row body for isa::avx512bw.
struct product_avx512bw {
  using tag = isa::avx512bw;
  using simd_words = simd::words_avx512bw;
  static constexpr std::size_t rows = 1, cols = strip_rows;
  static constexpr bool from_definition = false;

  LOWBIT_TARGET_AVX512BW static void run(const product_rule& rule, const operand& held,
                                         const operand& streamed, run_size size,
                                         strip_sums& sums) noexcept {
    add_terms<simd_words>(rule, held, streamed, size.words, sums);
  }
};

product_avx512bw product_body(isa::avx512bw);

/// The panel body for isa::avx512bw: table look-up on 64 bytes.
struct panels_avx512bw : lookup_panels<panels_avx512bw, simd::lookup_avx512bw> {
  using tag = isa::avx512bw;

  template <std::size_t M>
  LOWBIT_TARGET_AVX512BW static void count(
      const tile_operands<M>& from, const product_rule& rule, run_list runs,
      const std::uint32_t (&of_row)[M],
      lookup_sums<M, lookup_rows<simd::lookup_avx512bw>>& sums) noexcept {
    lookup_tile<simd::lookup_avx512bw>(from, rule, runs, of_row, sums);
  }
};

panels_avx512bw panel_body(isa::avx512bw);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
