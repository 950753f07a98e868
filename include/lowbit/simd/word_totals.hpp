// lowbit/simd/word_totals.hpp – eight registers of counts to eight totals, all at once.
//
// The counts of a row lie in the 64-bit lanes of a register. Summing them row by row takes a chain of shuffles and
// additions per row. That costs more than the product of a row of 256 bits. Eight rows share the chain:
//
//     pairs      [ a b | a b | a b | a b ]                 rows a and b in the halves of each lane: 2 operations
//     quads      [ a b c d | a b c d ]                     4 rows: 3 operations more for two pairs
//     totals     [ a b c d e f g h ]                       8 rows: 3 for two quads
//
// 17 operations for eight rows (AVX-512 folds its upper half in four more). Totals are taken modulo 2^32.
#ifndef LOWBIT_SIMD_WORD_TOTALS_HPP
#define LOWBIT_SIMD_WORD_TOTALS_HPP

#include "lowbit/arch/isa.hpp"

#if LOWBIT_X86
#include <immintrin.h>

LOWBIT_BEGIN
namespace detail::simd {
LOWBIT_INTRINSICS_BEGIN

/// Two registers of quads (the same four rows in both halves) to eight totals.
LOWBIT_TARGET_AVX2 inline void totals_of_quads(__m256i low, __m256i high,
                                               std::uint32_t (&out)[8]) noexcept {
  const __m256i sums = _mm256_add_epi32(_mm256_permute2x128_si256(low, high, 0x20),
                                        _mm256_permute2x128_si256(low, high, 0x31));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), sums);
}

/// The low half of each lane from a, the high one from b's low half.
LOWBIT_TARGET_AVX2 inline __m256i pair_of(__m256i a, __m256i b) noexcept {
  return _mm256_blend_epi32(a, _mm256_slli_epi64(b, 32), 0xaa);
}
LOWBIT_TARGET_AVX2 inline __m256i quad_of(__m256i a, __m256i b) noexcept {
  return _mm256_add_epi32(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
}

/// The totals of eight registers of four lanes.
LOWBIT_TARGET_AVX2 inline void eight_totals(const __m256i (&s)[8],
                                            std::uint32_t (&out)[8]) noexcept {
  totals_of_quads(quad_of(pair_of(s[0], s[1]), pair_of(s[2], s[3])),
                  quad_of(pair_of(s[4], s[5]), pair_of(s[6], s[7])), out);
}

LOWBIT_TARGET_AVX512BW inline __m512i pair_of(__m512i a, __m512i b) noexcept {
  return _mm512_mask_blend_epi32(0xaaaa, a, _mm512_slli_epi64(b, 32));
}
/// The quads of eight lanes, folded into four.
LOWBIT_TARGET_AVX512BW inline __m256i quad_of(__m512i a, __m512i b) noexcept {
  const __m512i sums = _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
  return _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64(sums, 1));
}

/// The totals of eight registers of eight lanes.
LOWBIT_TARGET_AVX512BW inline void eight_totals(const __m512i (&s)[8],
                                                std::uint32_t (&out)[8]) noexcept {
  totals_of_quads(quad_of(pair_of(s[0], s[1]), pair_of(s[2], s[3])),
                  quad_of(pair_of(s[4], s[5]), pair_of(s[6], s[7])), out);
}

LOWBIT_INTRINSICS_END
}  // namespace detail::simd
LOWBIT_END

#endif
#endif
