// lowbit/kernel/arch/avx512vpopcntdq.hpp – vector popcount, the fastest body.
//
// 512 products take three operations: xor, vpopcntq, add. 4 x 4 pairs keep sixteen running sums, and
// every loaded register is used four times.
#ifndef LOWBIT_KERNEL_ARCH_AVX512VPOPCNTDQ_HPP
#define LOWBIT_KERNEL_ARCH_AVX512VPOPCNTDQ_HPP

#include "lowbit/kernel/tile.hpp"
#include "lowbit/simd/word_counts.hpp"

#if LOWBIT_X86

LOWBIT_BEGIN
namespace detail::kernel {

/// The body for isa::avx512vpopcntdq.
struct product_avx512vpopcntdq {
  using tag = isa::avx512vpopcntdq;
  using simd_words = simd::words_avx512vpopcntdq;
  static constexpr std::size_t rows = simd_words::tile_rows, cols = simd_words::tile_cols;
  static constexpr bool from_definition = false;

  template <class A, class B>
  LOWBIT_TARGET_AVX512VPOPCNTDQ static void run(const operand& lhs, const operand& rhs,
                                                run_size size,
                                                tile_sums<rows, cols>& sums) noexcept {
    add_terms<simd_words, A, B>(lhs, rhs, size.words, sums);
  }
};

product_avx512vpopcntdq product_body(isa::avx512vpopcntdq);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
