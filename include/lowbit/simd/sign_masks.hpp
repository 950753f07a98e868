// lowbit/simd/sign_masks.hpp – 16 floats of a tile, compared: one bit each.
//
//     not_negative(isa, x)       bit l = x[l] is not negative, by the sign rule (core/float_bits.hpp)
//     not_below(isa, x, bound)   bit l = not is_below(x[l], bound[l]); NaN is not below; bound is not NaN
//
// For stages (epilogue/float_stages.hpp), in functions that are compiled for the ISA. AVX-512 compares to masks.
// Elsewhere these are the compilers' vector types. A comparison gives 0 or -1 per 32-bit lane, which is narrowed to 16
// bytes. One move of SSE2, which every x86-64 has, collects the top bits of the bytes. Where there is no such move,
// each lane keeps the bit of its place, and the lanes are combined by or.
//
// Whole rows of floats are compared by simd/comparisons.hpp, 64 at a time.
#ifndef LOWBIT_SIMD_SIGN_MASKS_HPP
#define LOWBIT_SIMD_SIGN_MASKS_HPP

#include <cstring>

#include "lowbit/simd/comparisons.hpp"

#if LOWBIT_X86
#include <immintrin.h>
#endif

LOWBIT_BEGIN
namespace detail::simd {
LOWBIT_INTRINSICS_BEGIN

#if LOWBIT_X86 && defined(LOWBIT_VECTOR_SIZE)
using sixteen_ints = LOWBIT_VECTOR_SIZE(64, std::int32_t);
using sixteen_words = LOWBIT_VECTOR_SIZE(64, std::uint32_t);
using sixteen_bytes = LOWBIT_VECTOR_SIZE(16, signed char);

/// Bit l = answers[l] is -1 (and not 0).
[[nodiscard]] LOWBIT_INLINE std::uint32_t bits_of(const sixteen_ints& answers) noexcept {
  const sixteen_bytes narrow = __builtin_convertvector(answers, sixteen_bytes);
  return static_cast<std::uint32_t>(_mm_movemask_epi8(reinterpret_cast<const __m128i&>(narrow)));
}
/// Negative are the patterns 0x80000001 ... 0xff800000 (simd/comparisons.hpp).
[[nodiscard]] LOWBIT_INLINE std::uint32_t not_negative(isa::scalar, const float* x) noexcept {
  sixteen_ints patterns;
  std::memcpy(&patterns, x, sizeof(patterns));
  return bits_of(patterns - 1 >= -0x800000);
}
/// detail::core::key_below_nan; the sum wraps around.
LOWBIT_INLINE void keys_below_nan(const float* x, sixteen_ints& keys) noexcept {
  sixteen_ints patterns;
  std::memcpy(&patterns, x, sizeof(patterns));
  const sixteen_ints sign = patterns >> 31;
  const sixteen_words place = reinterpret_cast<const sixteen_words&>(
      static_cast<const sixteen_ints&>(((patterns & 0x7fffffff) ^ sign) - sign));
  reinterpret_cast<sixteen_words&>(keys) = place + core::nan_to_top;
}
[[nodiscard]] LOWBIT_INLINE std::uint32_t not_below(isa::scalar, const float* x,
                                                    const float* bound) noexcept {
  sixteen_ints floats, bounds;
  keys_below_nan(x, floats);
  keys_below_nan(bound, bounds);
  return bits_of(floats >= bounds);
}
#else
/// 1 << lane, as a table that a register is loaded from: compilers do not vectorize the shift.
inline constexpr std::uint32_t bit_of_lane[16] = {0x1,    0x2,    0x4,    0x8,   0x10,  0x20,
                                                  0x40,   0x80,   0x100,  0x200, 0x400, 0x800,
                                                  0x1000, 0x2000, 0x4000, 0x8000};

[[nodiscard]] LOWBIT_INLINE std::uint32_t not_negative(isa::scalar, const float* x) noexcept {
  std::uint32_t bits = 0;
  LOWBIT_SIXTEEN_LANES
  for (int i = 0; i < 16; ++i) bits |= is_negative(x[i]) ? 0u : bit_of_lane[i];
  return bits;
}
[[nodiscard]] LOWBIT_INLINE std::uint32_t not_below(isa::scalar, const float* x,
                                                    const float* bound) noexcept {
  std::uint32_t bits = 0;
  LOWBIT_SIXTEEN_LANES
  for (int i = 0; i < 16; ++i) bits |= is_below(x[i], bound[i]) ? 0u : bit_of_lane[i];
  return bits;
}
#endif

#if LOWBIT_X86
LOWBIT_TARGET_AVX512BW inline std::uint32_t not_negative(isa::avx512bw, const float* x) noexcept {
  const __m512i before = _mm512_sub_epi32(_mm512_loadu_si512(x), _mm512_set1_epi32(1));
  return _mm512_cmpge_epi32_mask(before, _mm512_set1_epi32(-0x800000));
}
LOWBIT_TARGET_AVX512BW inline std::uint32_t not_below(isa::avx512bw, const float* x,
                                                      const float* bound) noexcept {
  return _mm512_cmpge_epi32_mask(comparisons_avx512bw::keys_below_nan(x),
                                 comparisons_avx512bw::keys_below_nan(bound));
}
#endif

LOWBIT_INTRINSICS_END
}  // namespace detail::simd
LOWBIT_END

#endif
