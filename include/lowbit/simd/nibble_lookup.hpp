// lowbit/simd/nibble_lookup.hpp – registers of bytes that look counts up: pshufb on three widths.
//
// What the look-up micro-kernel (kernel/lookup_tile.hpp) computes with, one struct an ISA:
//
//     width                      bytes a register holds = rhs rows
//     zero(reg&)
//     load(reg&, const uint8*)
//     table(reg&, const uint8*)  16 bytes in every 128-bit part
//     add_looked_up(sum&, table, nibbles)   sum(l) += table[nibbles(l)], 8 bits
//     flush(sum, uint16*)        p[l] += sum(l) for all lanes
//
// By reference and with the ISA's attribute, as in simd/word_counts.hpp.
#ifndef LOWBIT_SIMD_NIBBLE_LOOKUP_HPP
#define LOWBIT_SIMD_NIBBLE_LOOKUP_HPP

#include "lowbit/core/types.hpp"

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
  }
  LOWBIT_TARGET_SSSE3 static inline void flush(const reg& sum, std::uint16_t* p) noexcept {
    add(p, _mm_unpacklo_epi8(sum.v, _mm_setzero_si128()));
    add(p + 8, _mm_unpackhi_epi8(sum.v, _mm_setzero_si128()));
  }

 private:
  LOWBIT_TARGET_SSSE3 static inline void add(std::uint16_t* p, const __m128i& x) noexcept {
    auto* const at = reinterpret_cast<__m128i*>(p);
    _mm_storeu_si128(at, _mm_add_epi16(_mm_loadu_si128(at), x));
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
  }
  LOWBIT_TARGET_AVX2 static inline void flush(const reg& sum, std::uint16_t* p) noexcept {
    add(p, _mm256_cvtepu8_epi16(_mm256_castsi256_si128(sum.v)));
    add(p + 16, _mm256_cvtepu8_epi16(_mm256_extracti128_si256(sum.v, 1)));
  }

 private:
  LOWBIT_TARGET_AVX2 static inline void add(std::uint16_t* p, const __m256i& x) noexcept {
    auto* const at = reinterpret_cast<__m256i*>(p);
    _mm256_storeu_si256(at, _mm256_add_epi16(_mm256_loadu_si256(at), x));
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
  }
  LOWBIT_TARGET_AVX512BW static inline void flush(const reg& sum, std::uint16_t* p) noexcept {
    add(p, _mm512_cvtepu8_epi16(_mm512_castsi512_si256(sum.v)));
    add(p + 32, _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(sum.v, 1)));
  }

 private:
  LOWBIT_TARGET_AVX512BW static inline void add(std::uint16_t* p, const __m512i& x) noexcept {
    _mm512_storeu_si512(p, _mm512_add_epi16(_mm512_loadu_si512(p), x));
  }
};

LOWBIT_INTRINSICS_END
}  // namespace detail::simd
LOWBIT_END

#endif
#endif
