// lowbit/simd/byte_dots_neon.hpp – dot products of bytes (simd/byte_dots.hpp) in the registers of AArch64.
#ifndef LOWBIT_SIMD_BYTE_DOTS_NEON_HPP
#define LOWBIT_SIMD_BYTE_DOTS_NEON_HPP

#include <cstring>

#include "lowbit/simd/byte_dots.hpp"

#if LOWBIT_AARCH64
#include <arm_neon.h>

LOWBIT_BEGIN
namespace detail::simd {

/// Four lanes. Their instructions multiply signed bytes.
struct neon_bytes {
  using bytes = neon_bytes;
  static constexpr index_t lanes = 4;
  static constexpr bool whole_sums = true, in_place = false, signed_only = true;
  int8x16_t v;

  static inline void load(neon_bytes& r, const std::uint8_t* from) noexcept {
    r.v = vreinterpretq_s8_u8(vld1q_u8(from));
  }
  /// u - 128 for each byte u.
  static inline void load_signed(neon_bytes& r, const std::uint8_t* from) noexcept {
    r.v = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(from), vdupq_n_u8(128)));
  }
  static inline void quad(neon_bytes& r, const std::int8_t* from) noexcept {
    std::int32_t four;
    std::memcpy(&four, from, 4);
    r.v = vreinterpretq_s8_s32(vdupq_n_s32(four));
  }
  template <int Shift>
  static inline void field(neon_bytes& r, const neon_bytes& x, std::uint8_t mask) noexcept {
    uint8x16_t bits = vreinterpretq_u8_s8(x.v);
    if constexpr (Shift > 0) bits = vshrq_n_u8(bits, Shift);
    r.v = vreinterpretq_s8_u8(vandq_u8(bits, vdupq_n_u8(mask)));
  }
  /// sum * 2^shift + one + each lane's own.
  static inline int32x4_t finished(int32x4_t sum, int shift, std::uint32_t one,
                                   const std::uint32_t* own) noexcept {
    const int32x4_t terms = vreinterpretq_s32_u32(vld1q_u32(own));
    const int32x4_t all = vdupq_n_s32(static_cast<std::int32_t>(one));
    return vaddq_s32(vaddq_s32(vshlq_s32(sum, vdupq_n_s32(shift)), terms), all);
  }
};

/// Products of eight bytes become 16-bit numbers, and pairs of these are added to 32-bit sums: two sums per lane until
/// the end, in two registers.
struct byte_dots_neon : neon_bytes {
  struct sum {
    int32x4_t low, high;
  };
  static inline void zero(sum& s) noexcept { s.low = s.high = vdupq_n_s32(0); }
  static inline void dot(sum& s, const neon_bytes& u, const neon_bytes& a) noexcept {
    s.low = vpadalq_s16(s.low, vmull_s8(vget_low_s8(u.v), vget_low_s8(a.v)));
    s.high = vpadalq_s16(s.high, vmull_high_s8(u.v, a.v));
  }
  static inline void complete(sum& s, int shift, std::uint32_t one,
                              const std::uint32_t* own) noexcept {
    s.low = finished(vpaddq_s32(s.low, s.high), shift, one, own);
  }
  static inline void store(const sum& s, std::int32_t* to) noexcept { vst1q_s32(to, s.low); }
};

#if LOWBIT_HAS_NEON_DOTPROD
struct byte_dots_neon_dotprod : neon_bytes {
  struct sum {
    int32x4_t all;
  };
  static inline void zero(sum& s) noexcept { s.all = vdupq_n_s32(0); }
  LOWBIT_TARGET_NEON_DOTPROD static inline void dot(sum& s, const neon_bytes& u,
                                                    const neon_bytes& a) noexcept {
    s.all = vdotq_s32(s.all, u.v, a.v);
  }
  static inline void keep(sum& s) noexcept { asm("" : "+w"(s.all)); }
  static inline void thrice(neon_bytes& r) noexcept { r.v = vaddq_s8(r.v, vaddq_s8(r.v, r.v)); }
  static inline void add_digits(sum& s, const sum& now, const sum& next) noexcept {
    const int32x4_t three = vaddq_s32(now.all, vaddq_s32(now.all, now.all));
    s.all = vaddq_s32(s.all, vshrq_n_s32(vsubq_s32(three, next.all), 8));
  }
  static inline void table(neon_bytes& r, const std::uint8_t* from) noexcept {
    r.v = vreinterpretq_s8_u8(vld1q_u8(from));
  }
  template <int Bit>
  static inline void signed_entry(neon_bytes& r, const neon_bytes& table, const neon_bytes& index,
                                  const neon_bytes& signs) noexcept {
    const uint8x16_t minus =
        vtstq_u8(vreinterpretq_u8_s8(signs.v), vdupq_n_u8(static_cast<std::uint8_t>(1 << Bit)));
    const int8x16_t u = vqtbl1q_s8(table.v, vreinterpretq_u8_s8(index.v));
    r.v = vbslq_s8(minus, vsubq_s8(vdupq_n_s8(2), u), u);
  }
  static inline void exchange_fours(std::int8_t* sixteen) noexcept {
    constexpr std::uint8_t order[16] = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
    vst1q_s8(sixteen, vqtbl1q_s8(vld1q_s8(sixteen), vld1q_u8(order)));
  }
  static inline void complete(sum& s, int shift, std::uint32_t one,
                              const std::uint32_t* own) noexcept {
    s.all = finished(s.all, shift, one, own);
  }
  static inline void store(const sum& s, std::int32_t* to) noexcept { vst1q_s32(to, s.all); }
};
#endif

}  // namespace detail::simd
LOWBIT_END

#endif
#endif
