// lowbit/simd/neon_counts.hpp – NEON's registers of words: counts that begin in bytes.
//
// The members are those of simd/word_counts.hpp. NEON counts the bits of each byte in one instruction (cnt), and has
// no instruction that counts wider lanes. Adding up the sixteen counts at once would cost more than counting.
// Adding them to sixteen running byte sums costs one instruction:
//
//     x         [ byte 0 | byte 1 | ... | byte 15 ]        16 bytes of a product's bits
//     cnt x     [ 0 ... 8 | ...                   ]
//     bytes    += cnt x                                    31 times: 31 * 8 = 248 <= 255
//     wide     += pairs of pairs of bytes                  then two instructions (uaddlp, uadalp)
//
// So 128 products take xor, cnt and add; 3 of 96 instructions widen and clear the byte sums. uadalp could add the
// counts to 16-bit sums directly, which hold 4095 counts. But many cores have one pipe for uadalp and two or four
// for add.
//
// There is no full_add here. A full adder takes five instructions, so carry-save addition (seven adders for eight
// registers, kernel/bits/carry_save.hpp) would cost 35 where cnt and add cost 16. Even with SHA3's eor3 it would be
// 21.
#ifndef LOWBIT_SIMD_NEON_COUNTS_HPP
#define LOWBIT_SIMD_NEON_COUNTS_HPP

#include "lowbit/arch/isa.hpp"

#if LOWBIT_AARCH64
#include <arm_neon.h>

LOWBIT_BEGIN
namespace detail::simd {

/// Registers of two words, and all their operations except counting.
struct neon_words {
  struct reg {
    uint64x2_t v;
  };
  static constexpr index_t width = 2;
  static constexpr std::size_t pairs = 8;

  static inline void load(reg& r, const word* p) noexcept { r.v = vld1q_u64(p); }
  static inline void load_part(reg& r, const word* p, index_t n) noexcept {
    r.v = vcombine_u64(n > 0 ? vld1_u64(p) : vdup_n_u64(0), vdup_n_u64(0));
  }
  static inline void bit_and(reg& out, const reg& a, const reg& b) noexcept {
    out.v = vandq_u64(a.v, b.v);
  }
  static inline void bit_xor(reg& out, const reg& a, const reg& b) noexcept {
    out.v = veorq_u64(a.v, b.v);
  }
  static inline void masked_xor(reg& out, const reg& a0, const reg& b0, const reg& a1,
                                const reg& b1) noexcept {
    out.v = vandq_u64(vandq_u64(a0.v, b0.v), veorq_u64(a1.v, b1.v));
  }

 protected:
  static inline uint8x16_t byte_counts(const reg& r) noexcept {
    return vcntq_u8(vreinterpretq_u8_u64(r.v));
  }
  /// Pairs of lanes added until four rows share a register: three additions for four totals.
  template <class Sum>
  static inline void eight_totals(const Sum (&s)[pairs], std::uint32_t (&out)[pairs]) noexcept {
    const auto four = [&](std::size_t n) {
      return vpaddq_u32(vpaddq_u32(s[n].wide, s[n + 1].wide),
                        vpaddq_u32(s[n + 2].wide, s[n + 3].wide));
    };
    vst1q_u32(out, four(0));
    vst1q_u32(out + 4, four(4));
  }
};

/// NEON: sixteen byte sums, and the four 32-bit sums into which they are flushed.
struct words_neon : neon_words {
  struct sum {
    uint8x16_t bytes;
    uint32x4_t wide;
  };
  static constexpr index_t flush_counts = 31;

  static inline void zero(sum& s) noexcept {
    s.bytes = vdupq_n_u8(0);
    s.wide = vdupq_n_u32(0);
  }
  static inline void count(sum& s, const reg& r) noexcept {
    s.bytes = vaddq_u8(s.bytes, byte_counts(r));
  }
  static inline void flush(sum& s) noexcept {
    s.wide = vpadalq_u16(s.wide, vpaddlq_u8(s.bytes));
    s.bytes = vdupq_n_u8(0);
  }
  static inline void total(const sum& s, std::uint32_t& out) noexcept { out = vaddvq_u32(s.wide); }
  static inline void totals(const sum (&s)[pairs], std::uint32_t (&out)[pairs]) noexcept {
    eight_totals(s, out);
  }
};

}  // namespace detail::simd
LOWBIT_END

#endif
#endif
