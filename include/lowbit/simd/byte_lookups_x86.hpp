// lowbit/simd/byte_lookups_x86.hpp – sums of values from byte shuffles (simd/byte_lookups.hpp) in the registers of x86.
//
// The empty asm keeps sums and tables in their registers, as in simd/byte_dots_x86.hpp. Without it g++ 12 loads a table
// of VBMI once more per vector. Registers, their loads and the end of a sum are those of byte dots.
#ifndef LOWBIT_SIMD_BYTE_LOOKUPS_X86_HPP
#define LOWBIT_SIMD_BYTE_LOOKUPS_X86_HPP

#include "lowbit/simd/byte_dots_x86.hpp"
#include "lowbit/simd/byte_lookups.hpp"

#if LOWBIT_X86

LOWBIT_BEGIN
namespace detail::simd {
LOWBIT_INTRINSICS_BEGIN

struct lookups_ssse3 : tables_of_four, byte_dots_ssse3 {
  static constexpr index_t width = 16;
  static constexpr std::size_t rows = 2, vectors = 2;
  using dots = byte_dots_ssse3;
  using reg = dots;
  using table = reg;

  LOWBIT_TARGET_SSSE3 static inline void load_table(table& t, const std::uint8_t* from) noexcept {
    load(t, from);
  }
  LOWBIT_TARGET_SSSE3 static inline void look_up(reg& r, const table& t,
                                                 const reg& index) noexcept {
    r.v = _mm_shuffle_epi8(t.v, index.v);
  }
  LOWBIT_TARGET_SSSE3 static inline void add_looked_up(reg& r, const table& t,
                                                       const reg& index) noexcept {
    r.v = _mm_add_epi8(r.v, _mm_shuffle_epi8(t.v, index.v));
  }
  LOWBIT_TARGET_SSSE3 static inline void add_pairs(reg& pairs, reg& odd, const reg& r) noexcept {
    pairs.v = _mm_add_epi16(pairs.v, r.v);
    odd.v = _mm_add_epi16(odd.v, _mm_srli_epi16(r.v, 8));
    asm("" : "+x"(pairs.v), "+x"(odd.v));
  }
  LOWBIT_TARGET_SSSE3 static inline void add_to(std::uint32_t* to, const std::uint32_t* from,
                                                const reg& pairs, const reg& odd) noexcept {
    const __m128i even = _mm_sub_epi16(pairs.v, _mm_slli_epi16(odd.v, 8));
    const __m128i low = _mm_set1_epi32(0xffff);
    add32(to, from, _mm_and_si128(even, low));
    add32(to + 4, from + 4, _mm_and_si128(odd.v, low));
    add32(to + 8, from + 8, _mm_srli_epi32(even, 16));
    add32(to + 12, from + 12, _mm_srli_epi32(odd.v, 16));
  }

 private:
  LOWBIT_TARGET_SSSE3 static inline void add32(std::uint32_t* to, const std::uint32_t* from,
                                               const __m128i& x) noexcept {
    const __m128i before = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_add_epi32(before, x));
  }
};

struct lookups_avx2 : tables_of_four, byte_dots_avx2 {
  static constexpr index_t width = 32;
  static constexpr std::size_t rows = 2, vectors = 2;
  using dots = byte_dots_avx2;
  using reg = dots;
  using table = reg;

  LOWBIT_TARGET_AVX2 static inline void load_table(table& t, const std::uint8_t* from) noexcept {
    t.v = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  LOWBIT_TARGET_AVX2 static inline void look_up(reg& r, const table& t, const reg& index) noexcept {
    r.v = _mm256_shuffle_epi8(t.v, index.v);
  }
  LOWBIT_TARGET_AVX2 static inline void add_looked_up(reg& r, const table& t,
                                                      const reg& index) noexcept {
    r.v = _mm256_add_epi8(r.v, _mm256_shuffle_epi8(t.v, index.v));
  }
  LOWBIT_TARGET_AVX2 static inline void add_pairs(reg& pairs, reg& odd, const reg& r) noexcept {
    pairs.v = _mm256_add_epi16(pairs.v, r.v);
    odd.v = _mm256_add_epi16(odd.v, _mm256_srli_epi16(r.v, 8));
    asm("" : "+x"(pairs.v), "+x"(odd.v));
  }
  LOWBIT_TARGET_AVX2 static inline void add_to(std::uint32_t* to, const std::uint32_t* from,
                                               const reg& pairs, const reg& odd) noexcept {
    const __m256i even = _mm256_sub_epi16(pairs.v, _mm256_slli_epi16(odd.v, 8));
    const __m256i low = _mm256_set1_epi32(0xffff);
    add32(to, from, _mm256_and_si256(even, low));
    add32(to + 8, from + 8, _mm256_and_si256(odd.v, low));
    add32(to + 16, from + 16, _mm256_srli_epi32(even, 16));
    add32(to + 24, from + 24, _mm256_srli_epi32(odd.v, 16));
  }

 private:
  LOWBIT_TARGET_AVX2 static inline void add32(std::uint32_t* to, const std::uint32_t* from,
                                              const __m256i& x) noexcept {
    const __m256i before = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_add_epi32(before, x));
  }
};

/// VBMI's shuffle takes seven bits of an index, from tables of two registers.
struct lookups_vbmi : byte_dots_avx512bw {
  static constexpr int group = 7;
  static constexpr index_t width = 64, table_bytes = 128, steps = 2;
  static constexpr std::size_t rows = 4, vectors = 2;
  using dots = byte_dots_avx512bw;
  using reg = dots;
  struct table {
    __m512i low, high;
  };

  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void make_table(std::uint8_t* to,
                                                              const std::int8_t* values,
                                                              int least) noexcept {
    // Bit i of these is bit 0, 1, ... of i.
    __m512i sums = _mm512_set1_epi8(static_cast<char>(least));
    sums = _mm512_mask_add_epi8(sums, 0xaaaaaaaaaaaaaaaau, sums, _mm512_set1_epi8(values[0]));
    sums = _mm512_mask_add_epi8(sums, 0xccccccccccccccccu, sums, _mm512_set1_epi8(values[1]));
    sums = _mm512_mask_add_epi8(sums, 0xf0f0f0f0f0f0f0f0u, sums, _mm512_set1_epi8(values[2]));
    sums = _mm512_mask_add_epi8(sums, 0xff00ff00ff00ff00u, sums, _mm512_set1_epi8(values[3]));
    sums = _mm512_mask_add_epi8(sums, 0xffff0000ffff0000u, sums, _mm512_set1_epi8(values[4]));
    sums = _mm512_mask_add_epi8(sums, 0xffffffff00000000u, sums, _mm512_set1_epi8(values[5]));
    _mm512_storeu_si512(to, sums);
    _mm512_storeu_si512(to + 64, _mm512_add_epi8(sums, _mm512_set1_epi8(values[6])));
  }
  LOWBIT_TARGET_AVX512BW static inline void load_table(table& t,
                                                       const std::uint8_t* from) noexcept {
    t.low = _mm512_loadu_si512(from);
    t.high = _mm512_loadu_si512(from + 64);
    asm("" : "+v"(t.low), "+v"(t.high));
  }
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void look_up(reg& r, const table& t,
                                                           const reg& index) noexcept {
    r.v = _mm512_permutex2var_epi8(t.low, index.v, t.high);
  }
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void add_looked_up(reg& r, const table& t,
                                                                 const reg& index) noexcept {
    r.v = _mm512_add_epi8(r.v, _mm512_permutex2var_epi8(t.low, index.v, t.high));
  }
  LOWBIT_TARGET_AVX512BW static inline void add_pairs(reg& pairs, reg& odd, const reg& r) noexcept {
    pairs.v = _mm512_add_epi16(pairs.v, r.v);
    // Times 0 and 1, not a shift: cores of AMD shift in the pipes that shuffle.
    odd.v = _mm512_add_epi16(odd.v, _mm512_maddubs_epi16(r.v, _mm512_set1_epi16(0x0100)));
    asm("" : "+v"(pairs.v), "+v"(odd.v));
  }
  LOWBIT_TARGET_AVX512BW static inline void add_to(std::uint32_t* to, const std::uint32_t* from,
                                                   const reg& pairs, const reg& odd) noexcept {
    const __m512i even = _mm512_sub_epi16(pairs.v, _mm512_slli_epi16(odd.v, 8));
    const __m512i low = _mm512_set1_epi32(0xffff);
    add32(to, from, _mm512_and_si512(even, low));
    add32(to + 16, from + 16, _mm512_and_si512(odd.v, low));
    add32(to + 32, from + 32, _mm512_srli_epi32(even, 16));
    add32(to + 48, from + 48, _mm512_srli_epi32(odd.v, 16));
  }

 private:
  LOWBIT_TARGET_AVX512BW static inline void add32(std::uint32_t* to, const std::uint32_t* from,
                                                  const __m512i& x) noexcept {
    _mm512_storeu_si512(to, _mm512_add_epi32(_mm512_loadu_si512(from), x));
  }
};

LOWBIT_INTRINSICS_END

}  // namespace detail::simd
LOWBIT_END

#endif
#endif
