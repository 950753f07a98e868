// lowbit/simd/byte_lookups_neon.hpp – sums of values from byte shuffles (simd/byte_lookups.hpp) in the registers of AArch64.
#ifndef LOWBIT_SIMD_BYTE_LOOKUPS_NEON_HPP
#define LOWBIT_SIMD_BYTE_LOOKUPS_NEON_HPP

#include "lowbit/simd/byte_dots_neon.hpp"
#include "lowbit/simd/byte_lookups.hpp"

#if LOWBIT_AARCH64

LOWBIT_BEGIN
namespace detail::simd {

struct lookups_neon : tables_of_four {
  static constexpr index_t width = 16;
  static constexpr std::size_t rows = 4, vectors = 2;
  /// Four totals.
  struct dots {
    static constexpr index_t lanes = 4;
    using bytes = dots;
    int32x4_t v;

    static inline void load(dots& r, const std::uint8_t* from) noexcept {
      r.v = vreinterpretq_s32_u8(vld1q_u8(from));
    }
    static inline void complete(dots& r, int shift, std::uint32_t one,
                                const std::uint32_t* own) noexcept {
      r.v = neon_bytes::finished(r.v, shift, one, own);
    }
    static inline void store(const dots& r, std::int32_t* to) noexcept { vst1q_s32(to, r.v); }
  };
  struct reg {
    uint8x16_t v;
  };
  using table = reg;

  static inline void zero(reg& r) noexcept { r.v = vdupq_n_u8(0); }
  static inline void load(reg& r, const std::uint8_t* from) noexcept { r.v = vld1q_u8(from); }
  static inline void load_table(table& t, const std::uint8_t* from) noexcept { load(t, from); }
  static inline void look_up(reg& r, const table& t, const reg& index) noexcept {
    r.v = vqtbl1q_u8(t.v, index.v);
  }
  static inline void add_looked_up(reg& r, const table& t, const reg& index) noexcept {
    r.v = vaddq_u8(r.v, vqtbl1q_u8(t.v, index.v));
  }
  static inline void add_pairs(reg& pairs, reg& odd, const reg& r) noexcept {
    const uint16x8_t two = vreinterpretq_u16_u8(r.v);
    pairs.v = vreinterpretq_u8_u16(vaddq_u16(vreinterpretq_u16_u8(pairs.v), two));
    odd.v = vreinterpretq_u8_u16(vsraq_n_u16(vreinterpretq_u16_u8(odd.v), two, 8));
  }
  static inline void add_to(std::uint32_t* to, const std::uint32_t* from, const reg& pairs,
                            const reg& odd) noexcept {
    const uint16x8_t high = vreinterpretq_u16_u8(odd.v);
    const uint32x4_t odds = vreinterpretq_u32_u8(odd.v);
    const uint32x4_t evens =
        vreinterpretq_u32_u16(vsubq_u16(vreinterpretq_u16_u8(pairs.v), vshlq_n_u16(high, 8)));
    const uint32x4_t low = vdupq_n_u32(0xffff);
    vst1q_u32(to, vaddq_u32(vld1q_u32(from), vandq_u32(evens, low)));
    vst1q_u32(to + 4, vaddq_u32(vld1q_u32(from + 4), vandq_u32(odds, low)));
    vst1q_u32(to + 8, vsraq_n_u32(vld1q_u32(from + 8), evens, 16));
    vst1q_u32(to + 12, vsraq_n_u32(vld1q_u32(from + 12), odds, 16));
  }
};

}  // namespace detail::simd
LOWBIT_END

#endif
#endif
