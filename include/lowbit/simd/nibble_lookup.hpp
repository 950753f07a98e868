// lowbit/simd/nibble_lookup.hpp – registers of bytes that look up counts: pshufb in three widths.
//
// The look-up micro-kernel (kernel/bits/lookup_tile.hpp) is written on these, one struct per ISA:
//
//     width                      bytes a register holds = rhs rows
//     zero(reg&)
//     load(reg&, const uint8*)
//     table(reg&, const uint8*)  16 bytes in every 128-bit part
//     add_looked_up(sum&, table, nibbles)   sum(l) += table[nibbles(l)], 8 bits
//     flush(sum, uint16* p)      p[0 ... width / 2) += pairs of lanes as 16 bits, p[width / 2 ... width) +=
//                                their high halves (modulo 2^16)
//     weigh(c, uint16* p, uint32* total)    total[l] += c * what lane l has flushed into p
//     add_scalar(uint32* total, x)          total[l] += x
//
// The empty asm after an addition keeps the running sum in its register. Without it g++ 12 adds the looked-up bytes
// of two steps first, and runs out of registers.
//
// By reference and with the ISA's attribute, as in simd/word_counts.hpp.
#ifndef LOWBIT_SIMD_NIBBLE_LOOKUP_HPP
#define LOWBIT_SIMD_NIBBLE_LOOKUP_HPP

#include "lowbit/arch/isa.hpp"

#if LOWBIT_X86
#include <immintrin.h>

LOWBIT_BEGIN
namespace detail::simd {
LOWBIT_INTRINSICS_BEGIN

/// 16 bytes.
struct lookup_ssse3 {
  struct reg {
    __m128i v;
  };
  static constexpr index_t width = 16;

  LOWBIT_TARGET_SSSE3 static inline void zero(reg& r) noexcept { r.v = _mm_setzero_si128(); }
  LOWBIT_TARGET_SSSE3 static inline void load(reg& r, const std::uint8_t* p) noexcept {
    r.v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  }
  LOWBIT_TARGET_SSSE3 static inline void table(reg& r, const std::uint8_t* p) noexcept {
    load(r, p);
  }
  LOWBIT_TARGET_SSSE3 static inline void add_looked_up(reg& sum, const reg& t,
                                                       const reg& nibbles) noexcept {
    sum.v = _mm_add_epi8(sum.v, _mm_shuffle_epi8(t.v, nibbles.v));
    asm("" : "+x"(sum.v));
  }
  LOWBIT_TARGET_SSSE3 static inline void flush(const reg& sum, std::uint16_t* p) noexcept {
    add16(p, sum.v);
    add16(p + width / 2, _mm_srli_epi16(sum.v, 8));
  }
  LOWBIT_TARGET_SSSE3 static inline void weigh(std::int32_t coefficient, std::uint16_t* p,
                                               std::uint32_t* total) noexcept {
    reg pairs, odd;
    load(pairs, reinterpret_cast<const std::uint8_t*>(p));
    load(odd, reinterpret_cast<const std::uint8_t*>(p + width / 2));
    const __m128i even = _mm_sub_epi16(pairs.v, _mm_slli_epi16(odd.v, 8));
    const __m128i low = _mm_unpacklo_epi16(even, odd.v), high = _mm_unpackhi_epi16(even, odd.v);
    const __m128i zero = _mm_setzero_si128(), factor = _mm_set1_epi32(coefficient);
    add_product(total, _mm_unpacklo_epi16(low, zero), factor);
    add_product(total + 4, _mm_unpackhi_epi16(low, zero), factor);
    add_product(total + 8, _mm_unpacklo_epi16(high, zero), factor);
    add_product(total + 12, _mm_unpackhi_epi16(high, zero), factor);
  }
  LOWBIT_TARGET_SSSE3 static inline void add_scalar(std::uint32_t* total,
                                                    std::uint32_t x) noexcept {
    for (index_t r = 0; r < width; r += 4)
      add32(total + r, _mm_set1_epi32(static_cast<std::int32_t>(x)));
  }

 private:
  LOWBIT_TARGET_SSSE3 static inline void add16(std::uint16_t* p, const __m128i& x) noexcept {
    auto* const at = reinterpret_cast<__m128i*>(p);
    _mm_storeu_si128(at, _mm_add_epi16(_mm_loadu_si128(at), x));
  }
  LOWBIT_TARGET_SSSE3 static inline void add32(std::uint32_t* p, const __m128i& x) noexcept {
    auto* const at = reinterpret_cast<__m128i*>(p);
    _mm_storeu_si128(at, _mm_add_epi32(_mm_loadu_si128(at), x));
  }
  /// SSE2 multiplies every other lane, so it multiplies twice and combines the low halves.
  LOWBIT_TARGET_SSSE3 static inline void add_product(std::uint32_t* p, const __m128i& x,
                                                     const __m128i& factor) noexcept {
    const __m128i even = _mm_mul_epu32(x, factor);
    const __m128i odd = _mm_mul_epu32(_mm_srli_epi64(x, 32), factor);
    add32(p, _mm_unpacklo_epi32(_mm_shuffle_epi32(even, 8), _mm_shuffle_epi32(odd, 8)));
  }
};

/// 32 bytes.
struct lookup_avx2 {
  struct reg {
    __m256i v;
  };
  static constexpr index_t width = 32;

  LOWBIT_TARGET_AVX2 static inline void zero(reg& r) noexcept { r.v = _mm256_setzero_si256(); }
  LOWBIT_TARGET_AVX2 static inline void load(reg& r, const std::uint8_t* p) noexcept {
    r.v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  LOWBIT_TARGET_AVX2 static inline void table(reg& r, const std::uint8_t* p) noexcept {
    r.v = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  LOWBIT_TARGET_AVX2 static inline void add_looked_up(reg& sum, const reg& t,
                                                      const reg& nibbles) noexcept {
    sum.v = _mm256_add_epi8(sum.v, _mm256_shuffle_epi8(t.v, nibbles.v));
    asm("" : "+x"(sum.v));
  }
  LOWBIT_TARGET_AVX2 static inline void flush(const reg& sum, std::uint16_t* p) noexcept {
    add16(p, sum.v);
    add16(p + width / 2, _mm256_srli_epi16(sum.v, 8));
  }
  LOWBIT_TARGET_AVX2 static inline void weigh(std::int32_t coefficient, std::uint16_t* p,
                                              std::uint32_t* total) noexcept {
    reg pairs, odd;
    load(pairs, reinterpret_cast<const std::uint8_t*>(p));
    load(odd, reinterpret_cast<const std::uint8_t*>(p + width / 2));
    const __m256i even = _mm256_sub_epi16(pairs.v, _mm256_slli_epi16(odd.v, 8));
    const __m256i low = _mm256_unpacklo_epi16(even, odd.v),
                  high = _mm256_unpackhi_epi16(even, odd.v);
    const __m256i factor = _mm256_set1_epi32(coefficient);
    add_product(total, _mm256_castsi256_si128(low), factor);
    add_product(total + 8, _mm256_castsi256_si128(high), factor);
    add_product(total + 16, _mm256_extracti128_si256(low, 1), factor);
    add_product(total + 24, _mm256_extracti128_si256(high, 1), factor);
  }
  LOWBIT_TARGET_AVX2 static inline void add_scalar(std::uint32_t* total, std::uint32_t x) noexcept {
    for (index_t r = 0; r < width; r += 8)
      add32(total + r, _mm256_set1_epi32(static_cast<std::int32_t>(x)));
  }

 private:
  LOWBIT_TARGET_AVX2 static inline void add16(std::uint16_t* p, const __m256i& x) noexcept {
    auto* const at = reinterpret_cast<__m256i*>(p);
    _mm256_storeu_si256(at, _mm256_add_epi16(_mm256_loadu_si256(at), x));
  }
  LOWBIT_TARGET_AVX2 static inline void add32(std::uint32_t* p, const __m256i& x) noexcept {
    auto* const at = reinterpret_cast<__m256i*>(p);
    _mm256_storeu_si256(at, _mm256_add_epi32(_mm256_loadu_si256(at), x));
  }
  LOWBIT_TARGET_AVX2 static inline void add_product(std::uint32_t* p, const __m128i& x,
                                                    const __m256i& factor) noexcept {
    add32(p, _mm256_mullo_epi32(_mm256_cvtepu16_epi32(x), factor));
  }
};

/// 64 bytes.
struct lookup_avx512bw {
  struct reg {
    __m512i v;
  };
  static constexpr index_t width = 64;

  LOWBIT_TARGET_AVX512BW static inline void zero(reg& r) noexcept { r.v = _mm512_setzero_si512(); }
  LOWBIT_TARGET_AVX512BW static inline void load(reg& r, const std::uint8_t* p) noexcept {
    r.v = _mm512_loadu_si512(p);
  }
  LOWBIT_TARGET_AVX512BW static inline void table(reg& r, const std::uint8_t* p) noexcept {
    r.v = _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  LOWBIT_TARGET_AVX512BW static inline void add_looked_up(reg& sum, const reg& t,
                                                          const reg& nibbles) noexcept {
    sum.v = _mm512_add_epi8(sum.v, _mm512_shuffle_epi8(t.v, nibbles.v));
    asm("" : "+v"(sum.v));
  }
  LOWBIT_TARGET_AVX512BW static inline void flush(const reg& sum, std::uint16_t* p) noexcept {
    add16(p, sum.v);
    add16(p + width / 2, _mm512_srli_epi16(sum.v, 8));
  }
  LOWBIT_TARGET_AVX512BW static inline void weigh(std::int32_t coefficient, std::uint16_t* p,
                                                  std::uint32_t* total) noexcept {
    reg pairs, odd;
    load(pairs, reinterpret_cast<const std::uint8_t*>(p));
    load(odd, reinterpret_cast<const std::uint8_t*>(p + width / 2));
    const __m512i even = _mm512_sub_epi16(pairs.v, _mm512_slli_epi16(odd.v, 8));
    const __m512i low = _mm512_unpacklo_epi16(even, odd.v),
                  high = _mm512_unpackhi_epi16(even, odd.v);
    const __m512i factor = _mm512_set1_epi32(coefficient);
    // Lanes of 128 bits hold rows 0-7, 16-23, 32-39, 48-55 in low and 8-15, ... in high.
    const __m512i first = _mm512_permutex2var_epi64(low, order(0), high);
    const __m512i second = _mm512_permutex2var_epi64(low, order(4), high);
    add_product(total, _mm512_castsi512_si256(first), factor);
    add_product(total + 16, _mm512_extracti64x4_epi64(first, 1), factor);
    add_product(total + 32, _mm512_castsi512_si256(second), factor);
    add_product(total + 48, _mm512_extracti64x4_epi64(second, 1), factor);
  }
  LOWBIT_TARGET_AVX512BW static inline void add_scalar(std::uint32_t* total,
                                                       std::uint32_t x) noexcept {
    for (index_t r = 0; r < width; r += 16)
      add32(total + r, _mm512_set1_epi32(static_cast<std::int32_t>(x)));
  }

 private:
  LOWBIT_TARGET_AVX512BW static inline void add16(std::uint16_t* p, const __m512i& x) noexcept {
    _mm512_storeu_si512(p, _mm512_add_epi16(_mm512_loadu_si512(p), x));
  }
  LOWBIT_TARGET_AVX512BW static inline void add32(std::uint32_t* p, const __m512i& x) noexcept {
    _mm512_storeu_si512(p, _mm512_add_epi32(_mm512_loadu_si512(p), x));
  }
  LOWBIT_TARGET_AVX512BW static inline void add_product(std::uint32_t* p, const __m256i& x,
                                                        const __m512i& factor) noexcept {
    add32(p, _mm512_mullo_epi32(_mm512_cvtepu16_epi32(x), factor));
  }
  /// Takes 128-bit lanes from two registers alternately: two of each, the first being number `lane` / 2.
  LOWBIT_TARGET_AVX512BW static inline __m512i order(long long lane) noexcept {
    return _mm512_set_epi64(lane + 11, lane + 10, lane + 3, lane + 2, lane + 9, lane + 8, lane + 1,
                            lane);
  }
};

LOWBIT_INTRINSICS_END
}  // namespace detail::simd
LOWBIT_END

#endif
#endif
