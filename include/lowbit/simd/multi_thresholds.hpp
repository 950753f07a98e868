// lowbit/simd/multi_thresholds.hpp – the codes of 64 floats between sorted boundaries, by search in registers.
//
// The 2^K - 1 boundaries are a binary tree in an array. The root is at 1, the children of node i at 2i and 2i + 1
// (quantize/fit/staircase.hpp). Each lane walks down by itself:
//
//     i = 1;   K times:   i = 2 i + (key of x > node[i])        then   code = codes[i - 2^K]
//
// The key of a float is an integer that rises with the float (detail::core::rising_key); NaN are below all.
//
// A permutation of a register fetches the node of each lane. The nodes of levels 0 ... 2 have indices below 8 and
// fill one register of 8. The nodes of the next level are 8 ... 15, a register that is indexed by the low three bits
// of i, and so on. Where a level has more nodes than lanes, the next bit of i chooses between two permutations. Codes
// are fetched in the same way. With 16 lanes 4 bits take 4 comparisons and 4 permutations for 16 floats, where
// counting the boundaries takes 15 comparisons.
//
// search<K>(x, nodes, codes, planes): x are 64 floats, nodes 2^K keys, codes 2^K codes, planes the K
// words of their bits; 3 <= K <= 5. By reference and with the ISA's attribute, as in simd/word_counts.hpp.
#ifndef LOWBIT_SIMD_MULTI_THRESHOLDS_HPP
#define LOWBIT_SIMD_MULTI_THRESHOLDS_HPP

#include "lowbit/simd/comparisons.hpp"

#if LOWBIT_X86
#include <immintrin.h>
#endif

LOWBIT_BEGIN
namespace detail::simd {

/// Where there is no permutation by lane: boundaries are counted instead.
struct no_multi_thresholds {};

#if LOWBIT_X86
LOWBIT_INTRINSICS_BEGIN

/// 8 lanes. Bits 3 and 4 of an index are moved to the sign bit, which controls a blend.
struct multi_thresholds_avx2 {
  template <int K>
  LOWBIT_TARGET_AVX2 static inline void search(const float* x, const std::int32_t* nodes,
                                               const code_t* codes, word* planes) noexcept {
    static_assert(K >= 3 && K <= 5);
    constexpr std::size_t parts = (std::size_t{1} << K) / 8;
    __m256i node[parts];
    __m256i code[parts];
    for (std::size_t r = 0; r < parts; ++r) {
      node[r] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(nodes + 8 * r));
      code[r] =
          _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes + 8 * r)));
    }
    const __m256i one = _mm256_set1_epi32(1);
    for (int p = 0; p < K; ++p) planes[p] = 0;
    for (int first = 0; first < 64; first += 8) {
      const __m256i v = comparisons_avx2::rising_keys(x + first);
      __m256i i = one;
      LOWBIT_UNROLL
      for (int level = 0; level < K; ++level) {
        __m256 bound = looked_up(node[level < 3 ? 0 : level == 3 ? 1 : 2], i);
        if (level == 4)
          bound = _mm256_blendv_ps(bound, looked_up(node[parts - 1], i), bit_as_sign(i, 3));
        const __m256i up = _mm256_cmpgt_epi32(v, _mm256_castps_si256(bound));
        i = _mm256_sub_epi32(_mm256_add_epi32(i, i), up);
      }
      __m256 found = looked_up(code[0], i);
      if constexpr (K >= 4)
        found = _mm256_blendv_ps(found, looked_up(code[1], i), bit_as_sign(i, 3));
      if constexpr (K == 5)
        found = _mm256_blendv_ps(
            found,
            _mm256_blendv_ps(looked_up(code[2], i), looked_up(code[3], i), bit_as_sign(i, 3)),
            bit_as_sign(i, 4));
      LOWBIT_UNROLL
      for (int p = 0; p < K; ++p)
        planes[p] |= word{static_cast<std::uint32_t>(
                         _mm256_movemask_ps(bit_as_sign(_mm256_castps_si256(found), p)))}
                     << first;
    }
  }

 private:
  LOWBIT_TARGET_AVX2 static inline __m256 bit_as_sign(const __m256i& i, int which) noexcept {
    return _mm256_castsi256_ps(_mm256_slli_epi32(i, 31 - which));
  }
  LOWBIT_TARGET_AVX2 static inline __m256 looked_up(const __m256i& table,
                                                    const __m256i& i) noexcept {
    return _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(table, i));
  }
};

/// 16 lanes; comparisons give masks.
struct multi_thresholds_avx512bw {
  template <int K>
  LOWBIT_TARGET_AVX512BW static inline void search(const float* x, const std::int32_t* nodes,
                                                   const code_t* codes, word* planes) noexcept {
    static_assert(K >= 3 && K <= 5);
    constexpr auto lanes = static_cast<__mmask16>(K == 3 ? 0xff : 0xffff);
    const __m512i top = _mm512_maskz_loadu_epi32(lanes, nodes);
    const __m512i bottom = K == 5 ? _mm512_loadu_si512(nodes + 16 * (K / 5)) : top;
    const __m512i code = code_lanes(lanes, codes), more = code_lanes(lanes, codes + 16 * (K / 5));
    const __m512i one = _mm512_set1_epi32(1);
    for (int p = 0; p < K; ++p) planes[p] = 0;
    LOWBIT_UNROLL
    for (int first = 0; first < 64; first += 16) {
      const __m512i v = comparisons_avx512bw::rising_keys(x + first);
      __m512i i = one;
      LOWBIT_UNROLL
      for (int level = 0; level < K; ++level) {
        const __m512i bound = _mm512_permutexvar_epi32(i, level < 4 ? top : bottom);
        const __mmask16 up = _mm512_cmpgt_epi32_mask(v, bound);
        i = _mm512_add_epi32(i, i);
        i = _mm512_mask_or_epi32(i, up, i, one);
      }
      // The index has the bit 2^K above the rank; 3 bits leave it within a register.
      if constexpr (K == 3) i = _mm512_and_si512(i, _mm512_set1_epi32(7));
      const __m512i found =
          K == 5 ? _mm512_permutex2var_epi32(code, i, more) : _mm512_permutexvar_epi32(i, code);
      LOWBIT_UNROLL
      for (int p = 0; p < K; ++p)
        planes[p] |= word{_mm512_test_epi32_mask(found, _mm512_set1_epi32(1 << p))} << first;
    }
  }

 private:
  LOWBIT_TARGET_AVX512BW static inline __m512i code_lanes(__mmask16 lanes,
                                                          const code_t* codes) noexcept {
    return _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(lanes, codes));
  }
};

LOWBIT_INTRINSICS_END
#endif

}  // namespace detail::simd
LOWBIT_END

#endif
