// lowbit/kernel/arch/avx2.hpp – nibble look-up counts in 32-byte registers.
//
// 256 products take an xor, two shuffles and about five cheap operations. 2 x 4 pairs keep eight
// running sums, six loaded words and the two constants in sixteen registers. It serves avx512bw too.
#ifndef LOWBIT_KERNEL_ARCH_AVX2_HPP
#define LOWBIT_KERNEL_ARCH_AVX2_HPP

#include "lowbit/kernel/tile.hpp"
#include "lowbit/simd/word_counts.hpp"

#if LOWBIT_X86

LOWBIT_BEGIN
namespace detail::kernel {

/// The body for isa::avx2.
struct product_avx2 {
  using tag = isa::avx2;
  using simd_words = simd::words_avx2;
  static constexpr std::size_t rows = simd_words::tile_rows, cols = simd_words::tile_cols;
  static constexpr bool from_definition = false;

  template <class A, class B>
  LOWBIT_TARGET_AVX2 static void run(const operand& lhs, const operand& rhs, run_size size,
                                     tile_sums<rows, cols>& sums) noexcept {
    add_terms<simd_words, A, B>(lhs, rhs, size.words, sums);
  }
};

product_avx2 product_body(isa::avx2);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
