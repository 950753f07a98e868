// lowbit/simd/neon_dotprod.hpp – what NEON's byte dot product does better than NEON alone (isa::neon_dotprod).
//
// One instruction adds four products of bytes to each 32-bit sum. With ones as factors it is the addition of counts
// and their widening in one; with -1 it subtracts:
//
//     words   wide += dot product of (cnt x) and (1, 1, 1, 1)       udot, see simd/neon_counts.hpp
//     lanes   sum += dot product of (cnt x) and (f, f, f, f)        sdot, f = 1 or -1, see simd/neon_lanes.hpp
//
// A step takes as many instructions as one that adds bytes, and no bytes are left to be flushed.
#ifndef LOWBIT_SIMD_NEON_DOTPROD_HPP
#define LOWBIT_SIMD_NEON_DOTPROD_HPP

#include "lowbit/simd/neon_counts.hpp"
#include "lowbit/simd/neon_lanes.hpp"

#if LOWBIT_HAS_NEON_DOTPROD
LOWBIT_BEGIN
namespace detail::simd {

/// NEON with the dot product: four 32-bit sums.
struct words_neon_dotprod : neon_words {
  struct sum {
    uint32x4_t wide;
  };

  static inline void zero(sum& s) noexcept { s.wide = vdupq_n_u32(0); }
  LOWBIT_TARGET_NEON_DOTPROD static inline void count(sum& s, const reg& r) noexcept {
    s.wide = vdotq_u32(s.wide, byte_counts(r), vdupq_n_u8(1));
  }
  static inline void total(const sum& s, std::uint32_t& out) noexcept { out = vaddvq_u32(s.wide); }
  static inline void totals(const sum (&s)[pairs], std::uint32_t (&out)[pairs]) noexcept {
    eight_totals(s, out);
  }
};

/// NEON with the dot product.
struct lanes_neon_dotprod : neon_lanes {
  LOWBIT_TARGET_NEON_DOTPROD static inline void add_count(self& sum, const self& bits) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA { add_dot(sum.v[i], bits.v[i], 1); });
  }
  LOWBIT_TARGET_NEON_DOTPROD static inline void subtract_count(self& sum,
                                                               const self& bits) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA { add_dot(sum.v[i], bits.v[i], -1); });
  }

 private:
  /// sum += factor * count, lane by lane. Byte counts are at most 8, so they are positive as signed bytes, too.
  LOWBIT_TARGET_NEON_DOTPROD static inline void add_dot(uint32x4_t& sum, const uint32x4_t& bits,
                                                        std::int8_t factor) noexcept {
    const int8x16_t counts = vcntq_s8(vreinterpretq_s8_u32(bits));
    sum = vreinterpretq_u32_s32(vdotq_s32(vreinterpretq_s32_u32(sum), counts, vdupq_n_s8(factor)));
  }
};

}  // namespace detail::simd
LOWBIT_END

#endif
#endif
