// lowbit/kernel/arch/portable.hpp – the body on xsimd batches, for every arch xsimd knows.
//
// A batch of the widest arch the unit's flags allow counts its bits with shifts and masks; where xsimd
// has no arch, or is not installed, the same tile runs on plain words.
#ifndef LOWBIT_KERNEL_ARCH_PORTABLE_HPP
#define LOWBIT_KERNEL_ARCH_PORTABLE_HPP

#include "lowbit/kernel/tile.hpp"
#include "lowbit/simd/word_counts.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// The body for isa::portable.
struct product_portable {
  using tag = isa::portable;
  using simd_words = simd::words_portable;
  static constexpr std::size_t rows = simd_words::tile_rows, cols = simd_words::tile_cols;
  static constexpr bool from_definition = false;

  template <std::size_t M>
  static void run(const product_rule& rule, const operand& lhs, const operand& rhs, run_size size,
                  tile_sums<M, cols>& sums) noexcept {
    add_terms<simd_words>(rule, lhs, rhs, size.words, sums);
  }
};

product_portable product_body(isa::portable);

}  // namespace detail::kernel
LOWBIT_END

#endif
