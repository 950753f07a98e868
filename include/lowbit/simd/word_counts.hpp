// lowbit/simd/word_counts.hpp – registers of words, and how each ISA counts their bits.
//
// There is one struct per ISA, all with the same members. The micro-kernel (kernel/bits/tile.hpp) is written once on
// top of them:
//
//     width                    words a register holds
//     pairs                    sums that a tile keeps in registers
//     reg                      `width` words
//     sum                      a register of counts
//     zero(sum&)
//     load(reg&, const word*)               width words, any alignment
//     load_part(reg&, const word*, n)       the first n < width words, zeros above
//     bit_and / bit_xor / masked_xor(reg& out, ...)   the bit_operation of a product term
//     count(sum&, const reg&)               adds the bit counts of the register to the sum
//     total(sum&) -> uint32                 all counts of a sum, modulo 2^32
//     totals(sums, uint32s)                 the same of `pairs` sums together; only where that is faster
//     full_add(reg& carry, reg& low, a, b)  low + a + b = low + 2 * carry, bit by bit; only where
//                                           counting is slow (kernel/bits/carry_save.hpp)
//     flush_counts, flush(sum&)             a sum holds so many counts, then it must be flushed, and
//                                           also before total; only where counts begin in bytes
//                                           (simd/neon_counts.hpp)
//
// Functions return through references, and have their ISA's target attribute but not always_inline. This is the one
// arrangement that both g++ and clang inline into an attributed caller through an unattributed always_inline
// template.
#ifndef LOWBIT_SIMD_WORD_COUNTS_HPP
#define LOWBIT_SIMD_WORD_COUNTS_HPP

#include <bit>
#include <type_traits>

#include "lowbit/arch/isa.hpp"
#include "lowbit/simd/portable_lanes.hpp"
#include "lowbit/simd/word_totals.hpp"

#if LOWBIT_X86
#include <immintrin.h>
#endif

LOWBIT_BEGIN
namespace detail::simd {
LOWBIT_INTRINSICS_BEGIN

#if LOWBIT_HAS_XSIMD

/// xsimd batches: counts by the carry-free tree of shifted masks (pairs, nibbles, bytes), then a
/// multiplication-free sum of the eight bytes of each lane. About 15 operations per register.
template <class Arch>
struct words_xsimd {
  using reg = ::xsimd::batch<std::uint64_t, Arch>;
  using sum = reg;
  static constexpr index_t width = static_cast<index_t>(reg::size);
  static constexpr std::size_t pairs = 4;

  static void zero(sum& s) noexcept { s = reg(std::uint64_t{0}); }
  static void load(reg& r, const word* p) noexcept { r = reg::load_unaligned(p); }
  static void load_part(reg& r, const word* p, index_t n) noexcept {
    std::uint64_t lanes[reg::size] = {};
    for (index_t i = 0; i < n; ++i) lanes[i] = p[i];
    r = reg::load_unaligned(lanes);
  }
  static void bit_and(reg& out, const reg& a, const reg& b) noexcept { out = a & b; }
  static void bit_xor(reg& out, const reg& a, const reg& b) noexcept { out = a ^ b; }
  static void masked_xor(reg& out, const reg& a0, const reg& b0, const reg& a1,
                         const reg& b1) noexcept {
    out = a0 & b0 & (a1 ^ b1);
  }
  static void full_add(reg& carry, reg& low, const reg& a, const reg& b) noexcept {
    full_add_batches(carry, low, a, b);
  }
  static void count(sum& s, const reg& r) noexcept { add_lane_counts(s, r); }
  static void total(const sum& s, std::uint32_t& out) noexcept {
    std::uint64_t lanes[reg::size];
    s.store_unaligned(lanes);
    std::uint64_t all = 0;
    for (const std::uint64_t lane : lanes) all += lane;
    out = static_cast<std::uint32_t>(all);
  }
};

#endif

/// Plain words, where xsimd has no arch.
struct words_plain {
  using reg = word;
  using sum = std::uint64_t;
  static constexpr index_t width = 1;
  static constexpr std::size_t pairs = 4;

  static void zero(sum& s) noexcept { s = 0; }
  static void load(reg& r, const word* p) noexcept { r = *p; }
  static void load_part(reg& r, const word*, index_t) noexcept { r = 0; }
  static void bit_and(reg& out, const reg& a, const reg& b) noexcept { out = a & b; }
  static void bit_xor(reg& out, const reg& a, const reg& b) noexcept { out = a ^ b; }
  static void masked_xor(reg& out, const reg& a0, const reg& b0, const reg& a1,
                         const reg& b1) noexcept {
    out = a0 & b0 & (a1 ^ b1);
  }
  static void count(sum& s, const reg& r) noexcept {
    s += static_cast<std::uint64_t>(std::popcount(r));
  }
  static void total(const sum& s, std::uint32_t& out) noexcept {
    out = static_cast<std::uint32_t>(s);
  }
};

/// The portable body's words: the arch of isa::portable, or plain words where there is none.
#if LOWBIT_HAS_XSIMD
using words_portable = words_xsimd<isa::portable::xsimd_arch>;
#else
using words_portable = words_plain;
#endif

#if LOWBIT_X86
/// The popcnt instruction on plain words.
struct words_popcnt : words_plain {
  LOWBIT_TARGET_POPCNT static inline void count(sum& s, const reg& r) noexcept {
    s += static_cast<std::uint64_t>(__builtin_popcountll(r));
  }
};

/// AVX2 has no vector popcount. Each nibble looks up its count in a 16-byte table (pshufb). The byte counts of a
/// register are summed into 64-bit lanes at once (psadbw), so nothing can overflow.
struct words_avx2 {
  struct reg {
    __m256i v;
  };
  using sum = reg;
  static constexpr index_t width = 4;
  static constexpr std::size_t pairs = 8;

  LOWBIT_TARGET_AVX2 static inline void zero(sum& s) noexcept { s.v = _mm256_setzero_si256(); }
  LOWBIT_TARGET_AVX2 static inline void load(reg& r, const word* p) noexcept {
    r.v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  LOWBIT_TARGET_AVX2 static inline void load_part(reg& r, const word* p, index_t n) noexcept {
    const __m256i lane = _mm256_setr_epi64x(0, 1, 2, 3);
    const __m256i wanted = _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), lane);
    r.v = _mm256_maskload_epi64(reinterpret_cast<const long long*>(p), wanted);
  }
  LOWBIT_TARGET_AVX2 static inline void bit_and(reg& out, const reg& a, const reg& b) noexcept {
    out.v = _mm256_and_si256(a.v, b.v);
  }
  LOWBIT_TARGET_AVX2 static inline void bit_xor(reg& out, const reg& a, const reg& b) noexcept {
    out.v = _mm256_xor_si256(a.v, b.v);
  }
  LOWBIT_TARGET_AVX2 static inline void masked_xor(reg& out, const reg& a0, const reg& b0,
                                                   const reg& a1, const reg& b1) noexcept {
    out.v = _mm256_and_si256(_mm256_and_si256(a0.v, b0.v), _mm256_xor_si256(a1.v, b1.v));
  }
  LOWBIT_TARGET_AVX2 static inline void full_add(reg& carry, reg& low, const reg& a,
                                                 const reg& b) noexcept {
    const __m256i half = _mm256_xor_si256(low.v, a.v), both_of = _mm256_and_si256(low.v, a.v);
    const __m256i again = _mm256_and_si256(half, b.v);
    low.v = _mm256_xor_si256(half, b.v);
    carry.v = _mm256_or_si256(both_of, again);
  }
  LOWBIT_TARGET_AVX2 static inline void count(sum& s, const reg& r) noexcept {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                           2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(r.v, nibble));
    const __m256i high =
        _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi32(r.v, 4), nibble));
    s.v =
        _mm256_add_epi64(s.v, _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256()));
  }
  LOWBIT_TARGET_AVX2 static inline void total(const sum& s, std::uint32_t& out) noexcept {
    const __m128i half =
        _mm_add_epi64(_mm256_castsi256_si128(s.v), _mm256_extracti128_si256(s.v, 1));
    const __m128i one = _mm_add_epi64(half, _mm_unpackhi_epi64(half, half));
    out = static_cast<std::uint32_t>(_mm_cvtsi128_si32(one));
  }
  LOWBIT_TARGET_AVX2 static inline void totals(const sum (&s)[pairs],
                                               std::uint32_t (&out)[pairs]) noexcept {
    eight_totals({s[0].v, s[1].v, s[2].v, s[3].v, s[4].v, s[5].v, s[6].v, s[7].v}, out);
  }
};

/// What AVX-512 does with words, whichever way it counts them.
struct words_avx512 {
  struct reg {
    __m512i v;
  };
  using sum = reg;
  static constexpr index_t width = 8;
  static constexpr std::size_t pairs = 8;

  LOWBIT_TARGET_AVX512BW static inline void zero(sum& s) noexcept { s.v = _mm512_setzero_si512(); }
  LOWBIT_TARGET_AVX512BW static inline void load(reg& r, const word* p) noexcept {
    r.v = _mm512_loadu_si512(p);
  }
  LOWBIT_TARGET_AVX512BW static inline void load_part(reg& r, const word* p, index_t n) noexcept {
    r.v = _mm512_maskz_loadu_epi64(static_cast<__mmask8>((1u << n) - 1), p);
  }
  LOWBIT_TARGET_AVX512BW static inline void bit_and(reg& out, const reg& a, const reg& b) noexcept {
    out.v = _mm512_and_si512(a.v, b.v);
  }
  LOWBIT_TARGET_AVX512BW static inline void bit_xor(reg& out, const reg& a, const reg& b) noexcept {
    out.v = _mm512_xor_si512(a.v, b.v);
  }
  /// 0x60 is the truth table of x & (y ^ z).
  LOWBIT_TARGET_AVX512BW static inline void masked_xor(reg& out, const reg& a0, const reg& b0,
                                                       const reg& a1, const reg& b1) noexcept {
    out.v = _mm512_ternarylogic_epi64(_mm512_and_si512(a0.v, b0.v), a1.v, b1.v, 0x60);
  }
  LOWBIT_TARGET_AVX512BW static inline void total(const sum& s, std::uint32_t& out) noexcept {
    std::uint64_t lanes[8];
    _mm512_storeu_si512(lanes, s.v);
    out = static_cast<std::uint32_t>(((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) +
                                     ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7])));
  }
  LOWBIT_TARGET_AVX512BW static inline void totals(const sum (&s)[pairs],
                                                   std::uint32_t (&out)[pairs]) noexcept {
    eight_totals({s[0].v, s[1].v, s[2].v, s[3].v, s[4].v, s[5].v, s[6].v, s[7].v}, out);
  }
};

/// AVX-512BW without vector popcount: AVX2's table on twice the width.
struct words_avx512bw : words_avx512 {
  /// 0xe8 is the truth table of the majority of three, 0x96 that of their xor.
  LOWBIT_TARGET_AVX512BW static inline void full_add(reg& carry, reg& low, const reg& a,
                                                     const reg& b) noexcept {
    const __m512i majority = _mm512_ternarylogic_epi64(low.v, a.v, b.v, 0xe8);
    low.v = _mm512_ternarylogic_epi64(low.v, a.v, b.v, 0x96);
    carry.v = majority;
  }
  LOWBIT_TARGET_AVX512BW static inline void count(sum& s, const reg& r) noexcept {
    const __m512i table =
        _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m512i nibble = _mm512_set1_epi8(15);
    const __m512i low = _mm512_shuffle_epi8(table, _mm512_and_si512(r.v, nibble));
    const __m512i high =
        _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi32(r.v, 4), nibble));
    s.v =
        _mm512_add_epi64(s.v, _mm512_sad_epu8(_mm512_add_epi8(low, high), _mm512_setzero_si512()));
  }
};

/// AVX-512 VPOPCNTDQ counts a lane in one instruction: three operations for 512 products.
struct words_avx512vpopcntdq : words_avx512 {
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void count(sum& s, const reg& r) noexcept {
    s.v = _mm512_add_epi64(s.v, _mm512_popcnt_epi64(r.v));
  }
};

#endif

LOWBIT_INTRINSICS_END
}  // namespace detail::simd
LOWBIT_END

#endif
