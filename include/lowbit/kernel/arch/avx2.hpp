// lowbit/kernel/arch/avx2.hpp – nibble look-up counts in 32-byte registers.
//
// 256 products take an xor, two shuffles and about five cheap operations. 2 x 4 pairs keep eight
// running sums, six loaded words and the two constants in sixteen registers. It serves avx512bw too.
#ifndef LOWBIT_KERNEL_ARCH_AVX2_HPP
#define LOWBIT_KERNEL_ARCH_AVX2_HPP

#include "lowbit/kernel/lookup_tile.hpp"
#include "lowbit/kernel/tile.hpp"
#include "lowbit/simd/nibble_lookup.hpp"
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

  LOWBIT_TARGET_AVX2 static void run(const product_rule& rule, const operand& lhs,
                                     const operand& rhs, run_size size,
                                     tile_sums<rows, cols>& sums) noexcept {
    add_terms<simd_words>(rule, lhs, rhs, size.words, sums);
  }
};

product_avx2 product_body(isa::avx2);

/// The panel body for isa::avx2: table look-up on 32 bytes.
struct panels_avx2 {
  using tag = isa::avx2;
  using simd_bytes = simd::lookup_avx2;

  [[nodiscard]] static panel_layout layout(index_t, index_t words, index_t planes) noexcept {
    return nibbles_layout(2 * simd_bytes::width, words, planes);
  }
  static void pack(const operand& rhs, index_t first, const panel_layout& layout,
                   std::uint8_t* panel) noexcept {
    pack_nibbles(rhs, first, layout, panel);
  }
  template <class Call>
  static void with_tile(const panel_layout&, Call call) {
    call(tile_size<4, 2>{});
  }

  template <class A, class B>
  static constexpr bool serves = true;

  template <class A, class B>
  static constexpr product_rule plan = lookup_rule<A, B>();

  template <std::size_t M, std::size_t V, class Epilogue>
  static void run(const tile_operands<M>& from, const product_rule& rule, run_list runs,
                  const offset_terms& offsets, const Epilogue& finish, tile_place place) noexcept {
    lookup_sums<M, lookup_rows<simd_bytes>> sums{};
    count(from, rule, runs, sums);
    finish_sums(sums, offsets, finish, place);
  }

 private:
  template <std::size_t M>
  LOWBIT_TARGET_AVX2 static void count(const tile_operands<M>& from, const product_rule& rule,
                                       run_list runs,
                                       lookup_sums<M, lookup_rows<simd_bytes>>& sums) noexcept {
    lookup_tile<simd_bytes>(from, rule, runs, sums);
  }
};

panels_avx2 panel_body(isa::avx2);

}  // namespace detail::kernel
LOWBIT_END

#endif

#endif
