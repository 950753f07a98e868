// lowbit/simd/lanes.hpp – sixteen int32 lanes: what the rows-in-lanes kernels compute with, and what epilogues
// take.
//
// All functions return through references and carry the target attribute of their ISA (see
// simd/word_counts.hpp). `count` in 1 ... 16 says how many lanes are meant; the others are not stored.
//
// Four registers make sixteen lanes on NEON, and count in bytes first: simd/neon_lanes.hpp.
#ifndef LOWBIT_SIMD_LANES_HPP
#define LOWBIT_SIMD_LANES_HPP

#include <cstring>

#include "lowbit/arch/isa.hpp"
#include "lowbit/simd/neon_lanes.hpp"

#if LOWBIT_X86
#include <immintrin.h>
#endif

LOWBIT_BEGIN
namespace detail::simd {

#if LOWBIT_X86
LOWBIT_INTRINSICS_BEGIN

/// Finished sums in a register of AVX-512BW, as lanes() of an epilogue takes them.
struct sums_avx512bw {
  __m512i v;
  using self = sums_avx512bw;

  LOWBIT_TARGET_AVX512BW static inline void load(self& r, const std::int32_t* p) noexcept {
    r.v = _mm512_loadu_si512(p);
  }
  /// p[0 ... count) += sums.
  LOWBIT_TARGET_AVX512BW static inline void add_store(const self& sum, std::int32_t* p,
                                                      index_t count) noexcept {
    const __m512i old = _mm512_maskz_loadu_epi32(first(count), p);
    _mm512_mask_storeu_epi32(p, first(count), _mm512_add_epi32(old, sum.v));
  }
  /// p[l] = float(double(float(sum(l))) * double(scale[l]) + double(shift[l])) for l < count; scale and
  /// shift have 16 elements.
  LOWBIT_TARGET_AVX512BW static inline void store_scaled(const self& sum, float* p,
                                                         const float* scale, const float* shift,
                                                         index_t count) noexcept {
    const __m512 x = _mm512_cvtepi32_ps(sum.v);
    const __m512 s = _mm512_loadu_ps(scale), b = _mm512_loadu_ps(shift);
    const __m256 low = affine_half(_mm512_castps512_ps256(x), _mm512_castps512_ps256(s),
                                   _mm512_castps512_ps256(b));
    const __m256 high = affine_half(_mm512_extractf32x8_ps(x, 1), _mm512_extractf32x8_ps(s, 1),
                                    _mm512_extractf32x8_ps(b, 1));
    _mm512_mask_storeu_ps(p, first(count),
                          _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1));
  }
  /// Bit l = sum(l) >= bound[l], for the first `count` lanes; 0 above.
  LOWBIT_TARGET_AVX512BW static inline void at_least(std::uint32_t& bits, const self& sum,
                                                     const std::int32_t* bound,
                                                     index_t count) noexcept {
    const __mmask16 lanes = first(count);
    bits = _mm512_mask_cmpge_epi32_mask(lanes, sum.v, _mm512_maskz_loadu_epi32(lanes, bound));
  }

 private:
  LOWBIT_TARGET_AVX512BW static inline __mmask16 first(index_t count) noexcept {
    return static_cast<__mmask16>((1u << count) - 1);
  }
  LOWBIT_TARGET_AVX512BW static inline __m256 affine_half(__m256 x, __m256 s, __m256 b) noexcept {
    return _mm512_cvtpd_ps(
        _mm512_add_pd(_mm512_mul_pd(_mm512_cvtps_pd(x), _mm512_cvtps_pd(s)), _mm512_cvtps_pd(b)));
  }
};

/// AVX-512 with VPOPCNTDQ.
struct lanes_avx512vpopcntdq {
  __m512i v;
  using self = lanes_avx512vpopcntdq;
  using finished = sums_avx512bw;  ///< what lanes() of an epilogue takes

  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void zero(self& r) noexcept {
    r.v = _mm512_setzero_si512();
  }
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void load(self& r, const std::uint8_t* p) noexcept {
    r.v = _mm512_loadu_si512(p);
  }
  /// Step k (32 bits) of a packed row in every lane.
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void broadcast(self& r, const word* row,
                                                             index_t k) noexcept {
    std::int32_t bits;
    std::memcpy(&bits, reinterpret_cast<const char*>(row) + 4 * k, 4);
    r.v = _mm512_set1_epi32(bits);
  }
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void bit_and(self& r, const self& a,
                                                           const self& b) noexcept {
    r.v = _mm512_and_si512(a.v, b.v);
  }
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void bit_xor(self& r, const self& a,
                                                           const self& b) noexcept {
    r.v = _mm512_xor_si512(a.v, b.v);
  }
  /// r = n & (a ^ b). The immediate of the ternary-logic instruction is its truth table.
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void masked_xor(self& r, const self& n, const self& a,
                                                              const self& b) noexcept {
    r.v = _mm512_ternarylogic_epi32(n.v, a.v, b.v, 0x60);
  }
  /// ones + (a0 ^ b0) + (a1 ^ b1) = new ones + 2 * carry, bit by bit: the derivation is in
  /// kernel/bits/fused_adder.hpp.
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void add_xor(self& carry, self& ones, const self& a0,
                                                           const self& b0, const self& a1,
                                                           const self& b1) noexcept {
    add_products<0x96>(carry, ones, a0, b0, a1, b1);
  }
  /// The same of a0 & b0 and a1 & b1.
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void add_and(self& carry, self& ones, const self& a0,
                                                           const self& b0, const self& a1,
                                                           const self& b1) noexcept {
    add_products<0x78>(carry, ones, a0, b0, a1, b1);
  }
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void add_count(self& sum, const self& bits) noexcept {
    sum.v = _mm512_add_epi32(sum.v, _mm512_popcnt_epi32(bits.v));
    tie(sum);
  }
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void subtract_count(self& sum,
                                                                  const self& bits) noexcept {
    sum.v = _mm512_sub_epi32(sum.v, _mm512_popcnt_epi32(bits.v));
    tie(sum);
  }
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void negate(self& sum) noexcept {
    sum.v = _mm512_sub_epi32(_mm512_setzero_si512(), sum.v);
  }
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void shift_left(self& sum, int by) noexcept {
    sum.v = _mm512_sll_epi32(sum.v, _mm_cvtsi32_si128(by));
  }
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void invert(self& bits) noexcept {
    bits.v = _mm512_ternarylogic_epi32(bits.v, bits.v, bits.v, 0x0f);
  }
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void add(self& sum, const self& x) noexcept {
    sum.v = _mm512_add_epi32(sum.v, x.v);
  }
  /// The number is broadcast here, where it is added. Otherwise compilers broadcast it before a loop, into a register
  /// that the loop's sums need.
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void add_scalar(self& sum, std::uint32_t x) noexcept {
    asm volatile("" : "+r"(x));
    sum.v = _mm512_add_epi32(sum.v, _mm512_set1_epi32(static_cast<std::int32_t>(x)));
  }
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void add_part(self& sum, const std::uint32_t* p,
                                                            index_t count) noexcept {
    sum.v = _mm512_add_epi32(sum.v, _mm512_maskz_loadu_epi32(first(count), p));
  }

  /// p[0 ... count) = sums.
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void store(const self& sum, std::int32_t* p,
                                                         index_t count) noexcept {
    _mm512_mask_storeu_epi32(p, first(count), sum.v);
  }

 private:
  /// Product is the truth table of ones ^ (a op b).
  template <int Product>
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void add_products(self& carry, self& ones,
                                                                const self& a0, const self& b0,
                                                                const self& a1,
                                                                const self& b1) noexcept {
    const __m512i half = _mm512_ternarylogic_epi32(ones.v, a1.v, b1.v, Product);
    const __m512i next = _mm512_ternarylogic_epi32(half, a0.v, b0.v, Product);
    carry.v = _mm512_ternarylogic_epi32(ones.v, half, next, 0x74);
    ones.v = next;
  }
  /// Keeps a running sum in one register. Otherwise g++ 12 takes a new register in each step, and moves all sums back
  /// at the end of the loop.
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline void tie(self& sum) noexcept {
    asm("" : "+v"(sum.v));
  }
  LOWBIT_TARGET_AVX512VPOPCNTDQ static inline __mmask16 first(index_t count) noexcept {
    return static_cast<__mmask16>((1u << count) - 1);
  }
};

LOWBIT_INTRINSICS_END
#endif

/// The registers of finished sums on an ISA, and on its children: see epilogue/any_epilogue.hpp.
struct no_sums {};
no_sums register_sums(isa::scalar);
#if LOWBIT_X86
sums_avx512bw register_sums(isa::avx512bw);
#elif LOWBIT_AARCH64
neon_lanes register_sums(isa::neon);
#endif

/// Whether an ISA's panel tiles end with their sums in such registers.
template <class Tag>
inline constexpr bool counts_in_registers = false;
#if LOWBIT_X86
template <>
inline constexpr bool counts_in_registers<isa::avx512vpopcntdq> = true;
#endif

}  // namespace detail::simd
LOWBIT_END

#endif
