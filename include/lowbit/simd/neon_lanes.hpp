// lowbit/simd/neon_lanes.hpp – NEON's sixteen int32 lanes: four registers of four.
//
// The members are those of simd/lanes.hpp, without add_count and subtract_count on sums: no instruction counts the
// bits of a 32-bit lane. The same lanes as four bytes each (byte_counts) collect the counts of some steps. They are
// then added to the sums or subtracted from them:
//
//     lane l            [ byte 3 | byte 2 | byte 1 | byte 0 ]   32 bits of rhs row l, xor the lhs's
//     cnt               [ 0..8   | 0..8   | 0..8   | 0..8   ]
//     byte_counts     += cnt                                     30 steps: 30 * 8 = 240 <= 255
//     sum of lane l   += byte 3 + byte 2 + byte 1 + byte 0       uaddlp, uadalp
//
// 30 steps are 15 whole words. One step more would fit, one word more would not.
#ifndef LOWBIT_SIMD_NEON_LANES_HPP
#define LOWBIT_SIMD_NEON_LANES_HPP

#include <cstring>

#include "lowbit/arch/isa.hpp"

#if LOWBIT_AARCH64
#include <arm_neon.h>

LOWBIT_BEGIN
namespace detail::simd {

/// Sixteen lanes, and all their operations except counting.
struct neon_lanes {
  uint32x4_t v[4];
  using self = neon_lanes;

  static inline void zero(self& r) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA { r.v[i] = vdupq_n_u32(0); });
  }
  static inline void load(self& r, const std::uint8_t* p) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA { r.v[i] = vreinterpretq_u32_u8(vld1q_u8(p + 16 * i)); });
  }
  static inline void load(self& r, const std::int32_t* p) noexcept {
    load(r, reinterpret_cast<const std::uint8_t*>(p));
  }
  /// Step k (32 bits) of a packed row in every lane.
  static inline void broadcast(self& r, const word* row, index_t k) noexcept {
    std::uint32_t bits;
    std::memcpy(&bits, reinterpret_cast<const char*>(row) + 4 * k, 4);
    each([&](int i) LOWBIT_INLINE_LAMBDA { r.v[i] = vdupq_n_u32(bits); });
  }
  static inline void bit_and(self& r, const self& a, const self& b) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA { r.v[i] = vandq_u32(a.v[i], b.v[i]); });
  }
  static inline void bit_xor(self& r, const self& a, const self& b) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA { r.v[i] = veorq_u32(a.v[i], b.v[i]); });
  }
  /// r = n & (a ^ b).
  static inline void masked_xor(self& r, const self& n, const self& a, const self& b) noexcept {
    each([&](int i)
             LOWBIT_INLINE_LAMBDA { r.v[i] = vandq_u32(n.v[i], veorq_u32(a.v[i], b.v[i])); });
  }

  static inline void negate(self& sum) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA { sum.v[i] = vsubq_u32(vdupq_n_u32(0), sum.v[i]); });
  }
  static inline void shift_left(self& sum, int by) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA { sum.v[i] = vshlq_u32(sum.v[i], vdupq_n_s32(by)); });
  }
  static inline void add(self& sum, const self& x) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA { sum.v[i] = vaddq_u32(sum.v[i], x.v[i]); });
  }
  static inline void add_scalar(self& sum, std::uint32_t x) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA { sum.v[i] = vaddq_u32(sum.v[i], vdupq_n_u32(x)); });
  }
  static inline void add_part(self& sum, const std::uint32_t* p, index_t count) noexcept {
    self part;
    load_part(part, p, count);
    add(sum, part);
  }

  /// p[0 ... count) = sums, or += sums.
  static inline void store(const self& sum, std::int32_t* p, index_t count) noexcept {
    store_part(sum, p, count);
  }
  static inline void add_store(const self& sum, std::int32_t* p, index_t count) noexcept {
    self old;
    load_part(old, p, count);
    add(old, sum);
    store_part(old, p, count);
  }
  /// p[l] = float(double(float(sum(l))) * double(scale[l]) + double(shift[l])) for l < count; scale and
  /// shift have 16 elements.
  static inline void store_scaled(const self& sum, float* p, const float* scale, const float* shift,
                                  index_t count) noexcept {
    self float_epilogue;
    each([&](int i) LOWBIT_INLINE_LAMBDA {
      const float32x4_t x = vcvtq_f32_s32(vreinterpretq_s32_u32(sum.v[i]));
      const float32x4_t s = vld1q_f32(scale + 4 * i), b = vld1q_f32(shift + 4 * i);
      const float64x2_t low =
          vaddq_f64(vmulq_f64(vcvt_f64_f32(vget_low_f32(x)), vcvt_f64_f32(vget_low_f32(s))),
                    vcvt_f64_f32(vget_low_f32(b)));
      const float64x2_t high =
          vaddq_f64(vmulq_f64(vcvt_high_f64_f32(x), vcvt_high_f64_f32(s)), vcvt_high_f64_f32(b));
      float_epilogue.v[i] = vreinterpretq_u32_f32(vcvt_high_f32_f64(vcvt_f32_f64(low), high));
    });
    store_part(float_epilogue, p, count);
  }
  /// Bit l = sum(l) >= bound[l], for the first `count` lanes; 0 above.
  static inline void at_least(std::uint32_t& bits, const self& sum, const std::int32_t* bound,
                              index_t count) noexcept {
    static constexpr std::uint32_t lane_bits[4] = {1, 2, 4, 8};
    const uint32x4_t own_bit = vld1q_u32(lane_bits);
    self bounds;
    load_part(bounds, bound, count);
    bits = 0;
    each([&](int i) LOWBIT_INLINE_LAMBDA {
      const uint32x4_t reached =
          vcgeq_s32(vreinterpretq_s32_u32(sum.v[i]), vreinterpretq_s32_u32(bounds.v[i]));
      bits |= vaddvq_u32(vandq_u32(reached, own_bit)) << 4 * i;
    });
    bits &= (std::uint32_t{1} << count) - 1;
  }

 protected:
  /// f(i) for each register, with constant indices: only then an array is kept in registers.
  template <class F>
  LOWBIT_INLINE static void each(const F& f) noexcept {
    f(0), f(1), f(2), f(3);
  }

  /// NEON has no masks: a part of a register is copied through memory.
  template <class T>
  static inline void load_part(self& r, const T* p, index_t count) noexcept {
    if (count == 16) {
      load(r, reinterpret_cast<const std::uint8_t*>(p));
    } else {
      std::uint8_t lanes[64] = {};
      std::memcpy(lanes, p, static_cast<std::size_t>(count) * 4);
      load(r, lanes);
    }
  }
  template <class T>
  static inline void store_part(const self& r, T* p, index_t count) noexcept {
    if (count == 16) {
      store_all(r, reinterpret_cast<std::uint8_t*>(p));
    } else {
      std::uint8_t lanes[64];
      store_all(r, lanes);
      std::memcpy(p, lanes, static_cast<std::size_t>(count) * 4);
    }
  }
  static inline void store_all(const self& r, std::uint8_t* p) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA { vst1q_u8(p + 16 * i, vreinterpretq_u8_u32(r.v[i])); });
  }
};

/// NEON.
struct lanes_neon : neon_lanes {
  struct byte_counts {
    uint8x16_t v[4];
  };
  static constexpr index_t byte_words = 15;  ///< words whose counts fit in the bytes

  using neon_lanes::zero;
  static inline void zero(byte_counts& r) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA { r.v[i] = vdupq_n_u8(0); });
  }
  static inline void add_count(byte_counts& counts, const self& bits) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA {
      counts.v[i] = vaddq_u8(counts.v[i], vcntq_u8(vreinterpretq_u8_u32(bits.v[i])));
    });
  }
  static inline void add_counts(self& sum, const byte_counts& counts) noexcept {
    each([&](int i)
             LOWBIT_INLINE_LAMBDA { sum.v[i] = vpadalq_u16(sum.v[i], vpaddlq_u8(counts.v[i])); });
  }
  static inline void subtract_counts(self& sum, const byte_counts& counts) noexcept {
    each([&](int i) LOWBIT_INLINE_LAMBDA {
      sum.v[i] = vsubq_u32(sum.v[i], vpaddlq_u16(vpaddlq_u8(counts.v[i])));
    });
  }
};

}  // namespace detail::simd
LOWBIT_END

#endif
#endif
