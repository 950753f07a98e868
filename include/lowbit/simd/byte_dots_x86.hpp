// lowbit/simd/byte_dots_x86.hpp – dot products of bytes (simd/byte_dots.hpp) in the registers of x86.
//
// Each body is the same few lines on other registers: a target attribute cannot be a template parameter. The empty asm
// after a product keeps a sum in its register. Without it g++ 12 moves sums between registers at the end of each step.
#ifndef LOWBIT_SIMD_BYTE_DOTS_X86_HPP
#define LOWBIT_SIMD_BYTE_DOTS_X86_HPP

#include <cstring>

#include "lowbit/simd/byte_dots.hpp"

#if LOWBIT_X86
#include <immintrin.h>

LOWBIT_BEGIN
namespace detail::simd {
LOWBIT_INTRINSICS_BEGIN

struct byte_dots_ssse3 {
  static constexpr index_t lanes = 4;
  static constexpr bool whole_sums = false, in_place = false, signed_only = false;
  using self = byte_dots_ssse3;
  using bytes = self;
  using sum = self;
  __m128i v;

  LOWBIT_TARGET_SSSE3 static inline void zero(self& r) noexcept { r.v = _mm_setzero_si128(); }
  LOWBIT_TARGET_SSSE3 static inline void load(self& r, const std::uint8_t* from) noexcept {
    r.v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  }
  LOWBIT_TARGET_SSSE3 static inline void quad(self& r, const std::int8_t* from) noexcept {
    std::int32_t four;
    std::memcpy(&four, from, 4);
    r.v = _mm_set1_epi32(four);
  }
  template <int Shift>
  LOWBIT_TARGET_SSSE3 static inline void field(self& r, const self& x, std::uint8_t mask) noexcept {
    const __m128i keep = _mm_set1_epi8(static_cast<char>(mask));
    r.v = _mm_and_si128(Shift == 0 ? x.v : _mm_srli_epi16(x.v, Shift), keep);
  }
  LOWBIT_TARGET_SSSE3 static inline void dot(self& s, const self& u, const self& a) noexcept {
    s.v = _mm_add_epi16(s.v, _mm_maddubs_epi16(u.v, a.v));
    asm("" : "+x"(s.v));
  }
  LOWBIT_TARGET_SSSE3 static inline void flush(self& s, const self& pairs) noexcept {
    s.v = _mm_add_epi32(s.v, _mm_madd_epi16(pairs.v, _mm_set1_epi16(1)));
  }
  LOWBIT_TARGET_SSSE3 static inline void even_bytes(self& r, const self& u) noexcept {
    r.v = _mm_and_si128(u.v, _mm_set1_epi16(255));
  }
  LOWBIT_TARGET_SSSE3 static inline void odd_bytes(self& r, const self& u) noexcept {
    r.v = _mm_srli_epi16(u.v, 8);
  }
  LOWBIT_TARGET_SSSE3 static inline void widen(const std::int8_t* from, std::int8_t* even,
                                               std::int8_t* odd) noexcept {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(even), _mm_srai_epi16(_mm_slli_epi16(bytes, 8), 8));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(odd), _mm_srai_epi16(bytes, 8));
  }
  LOWBIT_TARGET_SSSE3 static inline void dot_wide(self& s, const self& u, const self& a) noexcept {
    s.v = _mm_add_epi32(s.v, _mm_madd_epi16(u.v, a.v));
  }
  LOWBIT_TARGET_SSSE3 static inline void complete(self& s, int shift, std::uint32_t one,
                                                  const std::uint32_t* own) noexcept {
    const __m128i terms = _mm_loadu_si128(reinterpret_cast<const __m128i*>(own));
    const __m128i scaled = _mm_sll_epi32(s.v, _mm_cvtsi32_si128(shift));
    const __m128i all = _mm_set1_epi32(static_cast<std::int32_t>(one));
    s.v = _mm_add_epi32(_mm_add_epi32(scaled, terms), all);
  }
  LOWBIT_TARGET_SSSE3 static inline void store(const self& r, std::int32_t* to) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), r.v);
  }
};

struct byte_dots_avx2 {
  static constexpr index_t lanes = 8;
  static constexpr bool whole_sums = false, in_place = false, signed_only = false;
  using self = byte_dots_avx2;
  using bytes = self;
  using sum = self;
  __m256i v;

  LOWBIT_TARGET_AVX2 static inline void zero(self& r) noexcept { r.v = _mm256_setzero_si256(); }
  LOWBIT_TARGET_AVX2 static inline void load(self& r, const std::uint8_t* from) noexcept {
    r.v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  }
  LOWBIT_TARGET_AVX2 static inline void quad(self& r, const std::int8_t* from) noexcept {
    std::int32_t four;
    std::memcpy(&four, from, 4);
    r.v = _mm256_set1_epi32(four);
  }
  template <int Shift>
  LOWBIT_TARGET_AVX2 static inline void field(self& r, const self& x, std::uint8_t mask) noexcept {
    const __m256i keep = _mm256_set1_epi8(static_cast<char>(mask));
    r.v = _mm256_and_si256(Shift == 0 ? x.v : _mm256_srli_epi16(x.v, Shift), keep);
  }
  LOWBIT_TARGET_AVX2 static inline void dot(self& s, const self& u, const self& a) noexcept {
    s.v = _mm256_add_epi16(s.v, _mm256_maddubs_epi16(u.v, a.v));
    asm("" : "+x"(s.v));
  }
  LOWBIT_TARGET_AVX2 static inline void flush(self& s, const self& pairs) noexcept {
    s.v = _mm256_add_epi32(s.v, _mm256_madd_epi16(pairs.v, _mm256_set1_epi16(1)));
  }
  LOWBIT_TARGET_AVX2 static inline void even_bytes(self& r, const self& u) noexcept {
    r.v = _mm256_and_si256(u.v, _mm256_set1_epi16(255));
  }
  LOWBIT_TARGET_AVX2 static inline void odd_bytes(self& r, const self& u) noexcept {
    r.v = _mm256_srli_epi16(u.v, 8);
  }
  LOWBIT_TARGET_AVX2 static inline void widen(const std::int8_t* from, std::int8_t* even,
                                              std::int8_t* odd) noexcept {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(even),
                        _mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(odd), _mm256_srai_epi16(bytes, 8));
  }
  LOWBIT_TARGET_AVX2 static inline void dot_wide(self& s, const self& u, const self& a) noexcept {
    s.v = _mm256_add_epi32(s.v, _mm256_madd_epi16(u.v, a.v));
  }
  LOWBIT_TARGET_AVX2 static inline void complete(self& s, int shift, std::uint32_t one,
                                                 const std::uint32_t* own) noexcept {
    const __m256i terms = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(own));
    const __m256i scaled = _mm256_sll_epi32(s.v, _mm_cvtsi32_si128(shift));
    const __m256i all = _mm256_set1_epi32(static_cast<std::int32_t>(one));
    s.v = _mm256_add_epi32(_mm256_add_epi32(scaled, terms), all);
  }
  LOWBIT_TARGET_AVX2 static inline void store(const self& r, std::int32_t* to) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), r.v);
  }
};

/// keep() tells the compiler to leave a sum in its register.
struct byte_dots_avxvnni : byte_dots_avx2 {
  static constexpr bool whole_sums = true, in_place = true;

  LOWBIT_TARGET_AVXVNNI static inline void dot(byte_dots_avx2& s, const byte_dots_avx2& u,
                                               const byte_dots_avx2& a) noexcept {
    s.v = _mm256_dpbusd_avx_epi32(s.v, u.v, a.v);
  }
  LOWBIT_TARGET_AVX2 static inline void keep(byte_dots_avx2& s) noexcept { asm("" : "+x"(s.v)); }
  template <int Shift>
  LOWBIT_TARGET_AVX2 static inline void add_quotient(byte_dots_avx2& s,
                                                     const byte_dots_avx2& x) noexcept {
    s.v = _mm256_add_epi32(s.v, _mm256_srai_epi32(x.v, Shift));
  }
  LOWBIT_TARGET_AVX2 static inline void thrice(byte_dots_avx2& r) noexcept {
    r.v = _mm256_add_epi8(r.v, _mm256_add_epi8(r.v, r.v));
  }
  LOWBIT_TARGET_AVX2 static inline void add_digits(byte_dots_avx2& s, const byte_dots_avx2& now,
                                                   const byte_dots_avx2& next) noexcept {
    const __m256i three = _mm256_add_epi32(now.v, _mm256_add_epi32(now.v, now.v));
    s.v = _mm256_add_epi32(s.v, _mm256_srai_epi32(_mm256_sub_epi32(three, next.v), 8));
  }
  LOWBIT_TARGET_AVX2 static inline void table(byte_dots_avx2& r,
                                              const std::uint8_t* from) noexcept {
    r.v = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  template <int Bit>
  LOWBIT_TARGET_AVX2 static inline void signed_entry(byte_dots_avx2& r, const byte_dots_avx2& table,
                                                     const byte_dots_avx2& index,
                                                     const byte_dots_avx2& signs) noexcept {
    const __m256i bit = _mm256_set1_epi8(static_cast<char>(1 << Bit));
    const __m256i minus = _mm256_cmpeq_epi8(_mm256_and_si256(signs.v, bit), bit);
    const __m256i u = _mm256_xor_si256(_mm256_shuffle_epi8(table.v, index.v), minus);  // -1 - u
    r.v = _mm256_add_epi8(u, _mm256_and_si256(minus, _mm256_set1_epi8(3)));
  }
  LOWBIT_TARGET_AVX2 static inline void exchange_fours(std::int8_t* sixteen) noexcept {
    auto* const at = reinterpret_cast<__m128i*>(sixteen);
    _mm_storeu_si128(
        at, _mm_shuffle_epi8(_mm_loadu_si128(at),
                             _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)));
  }
};

struct byte_dots_avx512bw {
  static constexpr index_t lanes = 16;
  static constexpr bool whole_sums = false, in_place = false, signed_only = false;
  using self = byte_dots_avx512bw;
  using bytes = self;
  using sum = self;
  __m512i v;

  LOWBIT_TARGET_AVX512BW static inline void zero(self& r) noexcept { r.v = _mm512_setzero_si512(); }
  LOWBIT_TARGET_AVX512BW static inline void load(self& r, const std::uint8_t* from) noexcept {
    r.v = _mm512_loadu_si512(from);
  }
  LOWBIT_TARGET_AVX512BW static inline void quad(self& r, const std::int8_t* from) noexcept {
    std::int32_t four;
    std::memcpy(&four, from, 4);
    r.v = _mm512_set1_epi32(four);
  }
  template <int Shift>
  LOWBIT_TARGET_AVX512BW static inline void field(self& r, const self& x,
                                                  std::uint8_t mask) noexcept {
    const __m512i keep = _mm512_set1_epi8(static_cast<char>(mask));
    r.v = _mm512_and_si512(Shift == 0 ? x.v : _mm512_srli_epi16(x.v, Shift), keep);
  }
  LOWBIT_TARGET_AVX512BW static inline void dot(self& s, const self& u, const self& a) noexcept {
    s.v = _mm512_add_epi16(s.v, _mm512_maddubs_epi16(u.v, a.v));
    asm("" : "+v"(s.v));
  }
  LOWBIT_TARGET_AVX512BW static inline void flush(self& s, const self& pairs) noexcept {
    s.v = _mm512_add_epi32(s.v, _mm512_madd_epi16(pairs.v, _mm512_set1_epi16(1)));
  }
  LOWBIT_TARGET_AVX512BW static inline void even_bytes(self& r, const self& u) noexcept {
    r.v = _mm512_and_si512(u.v, _mm512_set1_epi16(255));
  }
  LOWBIT_TARGET_AVX512BW static inline void odd_bytes(self& r, const self& u) noexcept {
    r.v = _mm512_srli_epi16(u.v, 8);
  }
  LOWBIT_TARGET_AVX512BW static inline void widen(const std::int8_t* from, std::int8_t* even,
                                                  std::int8_t* odd) noexcept {
    const __m512i bytes = _mm512_loadu_si512(from);
    _mm512_storeu_si512(even, _mm512_srai_epi16(_mm512_slli_epi16(bytes, 8), 8));
    _mm512_storeu_si512(odd, _mm512_srai_epi16(bytes, 8));
  }
  LOWBIT_TARGET_AVX512BW static inline void dot_wide(self& s, const self& u,
                                                     const self& a) noexcept {
    s.v = _mm512_add_epi32(s.v, _mm512_madd_epi16(u.v, a.v));
  }
  LOWBIT_TARGET_AVX512BW static inline void complete(self& s, int shift, std::uint32_t one,
                                                     const std::uint32_t* own) noexcept {
    const __m512i terms = _mm512_loadu_si512(own);
    const __m512i scaled = _mm512_sll_epi32(s.v, _mm_cvtsi32_si128(shift));
    const __m512i all = _mm512_set1_epi32(static_cast<std::int32_t>(one));
    s.v = _mm512_add_epi32(_mm512_add_epi32(scaled, terms), all);
  }
  LOWBIT_TARGET_AVX512BW static inline void store(const self& r, std::int32_t* to) noexcept {
    _mm512_storeu_si512(to, r.v);
  }
};

struct byte_dots_avx512vnni : byte_dots_avx512bw {
  static constexpr bool whole_sums = true, in_place = true;

  LOWBIT_TARGET_AVX512VNNI static inline void dot(byte_dots_avx512bw& s,
                                                  const byte_dots_avx512bw& u,
                                                  const byte_dots_avx512bw& a) noexcept {
    s.v = _mm512_dpbusd_epi32(s.v, u.v, a.v);
  }
  LOWBIT_TARGET_AVX512VNNI static inline void keep(byte_dots_avx512bw& s) noexcept {
    asm("" : "+v"(s.v));
  }
  template <int Shift>
  LOWBIT_TARGET_AVX512BW static inline void add_quotient(byte_dots_avx512bw& s,
                                                         const byte_dots_avx512bw& x) noexcept {
    s.v = _mm512_add_epi32(s.v, _mm512_srai_epi32(x.v, Shift));
  }
  LOWBIT_TARGET_AVX512BW static inline void thrice(byte_dots_avx512bw& r) noexcept {
    r.v = _mm512_add_epi8(r.v, _mm512_add_epi8(r.v, r.v));
  }
  LOWBIT_TARGET_AVX512BW static inline void add_digits(byte_dots_avx512bw& s,
                                                       const byte_dots_avx512bw& now,
                                                       const byte_dots_avx512bw& next) noexcept {
    const __m512i three = _mm512_add_epi32(now.v, _mm512_add_epi32(now.v, now.v));
    s.v = _mm512_add_epi32(s.v, _mm512_srai_epi32(_mm512_sub_epi32(three, next.v), 8));
  }
  LOWBIT_TARGET_AVX512BW static inline void table(byte_dots_avx512bw& r,
                                                  const std::uint8_t* from) noexcept {
    r.v = _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  template <int Bit>
  LOWBIT_TARGET_AVX512BW static inline void signed_entry(byte_dots_avx512bw& r,
                                                         const byte_dots_avx512bw& table,
                                                         const byte_dots_avx512bw& index,
                                                         const byte_dots_avx512bw& signs) noexcept {
    const __m512i bit = _mm512_set1_epi8(static_cast<char>(1 << Bit));
    const __m512i u = _mm512_shuffle_epi8(table.v, index.v);
    r.v = _mm512_mask_sub_epi8(u, _mm512_test_epi8_mask(signs.v, bit), _mm512_set1_epi8(2), u);
  }
  LOWBIT_TARGET_AVX512BW static inline void exchange_fours(std::int8_t* sixteen) noexcept {
    byte_dots_avxvnni::exchange_fours(sixteen);
  }
};

LOWBIT_INTRINSICS_END
}  // namespace detail::simd
LOWBIT_END

#endif
#endif
