// lowbit/simd/comparisons.hpp – 64 floats compared with one bound: a word of 64 results.
//
//     x[0 ... 63]   -0.3  1.7  0.0  -2.1 ...
//     negative       1     0    0    1   ...   ->  bit i of the word is the result for x[i]
//
// Where a bit of a code is a comparison, its plane is made this way, without byte codes in between. There is one
// struct per ISA, all with the same members. x may have any alignment; NaN gives 0:
//
//     negative(x, out)      is_negative(x[i]), on the bits, as core/float_bits.hpp defines it
//     beyond(x, key, out)   rising_key(x[i]) > key: x[i] > bound for the bound's key, >= for the one before
//     below(x, key, out)    key_below_nan(x[i]) < key: x[i] < bound
//
// All compare integers, so -ffast-math and modes that flush denormals change nothing. The sign rule is a range of
// bit patterns, 0x80000001 ... 0xff800000. Subtracting 1 turns the pattern below the range (-0.0) into the largest
// integer, so one signed comparison suffices:
//
//     is_negative(x)  <=>  int32(bits - 1) < int32(0xff800000)
//
// for all 2^32 patterns: one subtraction and one comparison per register. beyond and below first turn patterns into
// places in the order of floats: the magnitude with the sign of the float. A constant added to the places makes the
// NaN wrap around (detail::core::rising_key, key_below_nan). That takes three or four operations, shared by all
// comparisons of one block. A mask then takes one move (SSE2 4 floats, AVX2 8, AVX-512 16) and two operations to
// its place in the word.
//
// By reference and with the ISA's attribute, as in simd/word_counts.hpp.
#ifndef LOWBIT_SIMD_COMPARISONS_HPP
#define LOWBIT_SIMD_COMPARISONS_HPP

#include <type_traits>

#include "lowbit/arch/isa.hpp"
#include "lowbit/core/float_bits.hpp"

#if LOWBIT_X86
#include <immintrin.h>
#endif

LOWBIT_BEGIN
namespace detail::simd {
LOWBIT_INTRINSICS_BEGIN

/// What is added to a place in the order of floats to make its key (core/float_bits.hpp).
inline constexpr auto nan_to_bottom = static_cast<std::int32_t>(core::nan_to_bottom);
inline constexpr auto nan_to_top = static_cast<std::int32_t>(core::nan_to_top);

/// Where there are no registers to compare: kernels encode float by float instead.
struct no_comparisons {};

#if LOWBIT_HAS_XSIMD && !LOWBIT_VECTORS_FLUSH

/// xsimd batches have no common way to move a mask into an integer. So each lane keeps the bit of its own place
/// where the comparison holds, and 32 / width registers are combined by or. That is two operations per register
/// more than the comparison, on every arch.
template <class Arch>
struct comparisons_xsimd {
  using floats = ::xsimd::batch<float, Arch>;
  using lanes = ::xsimd::batch<std::int32_t, Arch>;
  using answers = ::xsimd::batch_bool<float, Arch>;
  static constexpr int width = static_cast<int>(floats::size);

  static void negative(const float* x, word& out) noexcept {
    collect(x, out, [](const floats& v) {
      return bits_as<answers>(bits_as<lanes>(v) - lanes(1) < lanes(-0x800000));
    });
  }
  static void beyond(const float* x, std::int32_t key, word& out) noexcept {
    const lanes keys(key);
    collect(x, out, [&](const floats& v) {
      return bits_as<answers>(place(v) + lanes(nan_to_bottom) > keys);
    });
  }
  static void below(const float* x, std::int32_t key, word& out) noexcept {
    const lanes keys(key);
    collect(x, out,
            [&](const floats& v) { return bits_as<answers>(place(v) + lanes(nan_to_top) < keys); });
  }

 private:
  /// The bits of one register as another. Not std::bit_cast, see core/float_bits.hpp.
  template <class To, class From>
  LOWBIT_INLINE static To bits_as(const From& from) noexcept {
    return __builtin_bit_cast(To, from);
  }
  /// The magnitude, negated where the sign is set: two's complement of s = -1, and of 0.
  LOWBIT_INLINE static lanes place(const floats& v) noexcept {
    const lanes bits = bits_as<lanes>(v), sign = bits >> 31;
    return ((bits & lanes(0x7fffffff)) ^ sign) - sign;
  }
  /// The bits are selected as floats; a selection only moves bits.
  template <class Ask>
  static void collect(const float* x, word& out, const Ask& prefetch) noexcept {
    std::int32_t each[floats::size];
    for (std::size_t l = 0; l < floats::size; ++l) each[l] = static_cast<std::int32_t>(1u << l);
    const lanes first = lanes::load_unaligned(each);
    const auto none = bits_as<floats>(lanes(0));
    out = 0;
    for (int half = 0; half < 64; half += 32) {
      lanes found(0);
      LOWBIT_UNROLL
      for (int i = 0; i < 32; i += width) {
        const answers yes = prefetch(floats::load_unaligned(x + half + i));
        const auto places = bits_as<floats>(first << i);
        found = found | bits_as<lanes>(::xsimd::select(yes, places, none));
      }
      found.store_unaligned(each);
      std::uint32_t bits = 0;
      for (const std::int32_t lane : each) bits |= static_cast<std::uint32_t>(lane);
      out |= word{bits} << half;
    }
  }
};

/// True if the registers of the arch fill 32 places without a rest.
template <class Arch>
consteval bool has_comparisons() {
  return 32 % ::xsimd::batch<float, Arch>::size == 0;
}

/// The portable body's comparisons: on the arch of isa::portable, or none.
using comparisons_portable =
    std::conditional_t<has_comparisons<isa::portable::xsimd_arch>(),
                       comparisons_xsimd<isa::portable::xsimd_arch>, no_comparisons>;
#else
using comparisons_portable = no_comparisons;
#endif

#if LOWBIT_X86
/// SSE2, which every x86-64 has.
struct comparisons_sse2 {
  static inline void negative(const float* x, word& out) noexcept {
    const __m128i one = _mm_set1_epi32(1), end = _mm_set1_epi32(-0x800000);
    out = 0;
    LOWBIT_UNROLL
    for (int i = 0; i < 64; i += 4) {
      const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(x + i));
      out |= moved(_mm_castsi128_ps(_mm_cmplt_epi32(_mm_sub_epi32(bits, one), end))) << i;
    }
  }
  static inline void beyond(const float* x, std::int32_t key, word& out) noexcept {
    const __m128i keys = _mm_set1_epi32(key), shift = _mm_set1_epi32(nan_to_bottom);
    out = 0;
    LOWBIT_UNROLL
    for (int i = 0; i < 64; i += 4)
      out |= moved(_mm_castsi128_ps(_mm_cmpgt_epi32(_mm_add_epi32(place(x + i), shift), keys)))
             << i;
  }
  static inline void below(const float* x, std::int32_t key, word& out) noexcept {
    const __m128i keys = _mm_set1_epi32(key), shift = _mm_set1_epi32(nan_to_top);
    out = 0;
    LOWBIT_UNROLL
    for (int i = 0; i < 64; i += 4)
      out |= moved(_mm_castsi128_ps(_mm_cmplt_epi32(_mm_add_epi32(place(x + i), shift), keys)))
             << i;
  }

 private:
  static inline word moved(const __m128& mask) noexcept {
    return static_cast<std::uint32_t>(_mm_movemask_ps(mask));
  }
  /// The magnitude, negated where the sign is set: two's complement of s = -1, and of 0.
  static inline __m128i place(const float* x) noexcept {
    const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(x));
    const __m128i sign = _mm_srai_epi32(bits, 31);
    const __m128i away = _mm_and_si128(bits, _mm_set1_epi32(0x7fffffff));
    return _mm_sub_epi32(_mm_xor_si128(away, sign), sign);
  }
};

/// The same on 8 floats.
struct comparisons_avx2 {
  LOWBIT_TARGET_AVX2 static inline void negative(const float* x, word& out) noexcept {
    const __m256i one = _mm256_set1_epi32(1), end = _mm256_set1_epi32(-0x800000);
    out = 0;
    LOWBIT_UNROLL
    for (int i = 0; i < 64; i += 8) {
      const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + i));
      out |= moved(_mm256_castsi256_ps(_mm256_cmpgt_epi32(end, _mm256_sub_epi32(bits, one)))) << i;
    }
  }
  LOWBIT_TARGET_AVX2 static inline void beyond(const float* x, std::int32_t key,
                                               word& out) noexcept {
    const __m256i keys = _mm256_set1_epi32(key);
    out = 0;
    LOWBIT_UNROLL
    for (int i = 0; i < 64; i += 8)
      out |= moved(_mm256_castsi256_ps(_mm256_cmpgt_epi32(rising_keys(x + i), keys))) << i;
  }
  LOWBIT_TARGET_AVX2 static inline void below(const float* x, std::int32_t key,
                                              word& out) noexcept {
    const __m256i keys = _mm256_set1_epi32(key), shift = _mm256_set1_epi32(nan_to_top);
    out = 0;
    LOWBIT_UNROLL
    for (int i = 0; i < 64; i += 8)
      out |= moved(_mm256_castsi256_ps(
                 _mm256_cmpgt_epi32(keys, _mm256_add_epi32(place(x + i), shift))))
             << i;
  }
  LOWBIT_TARGET_AVX2 static inline __m256i rising_keys(const float* x) noexcept {
    return _mm256_add_epi32(place(x), _mm256_set1_epi32(nan_to_bottom));
  }

 private:
  LOWBIT_TARGET_AVX2 static inline word moved(const __m256& mask) noexcept {
    return static_cast<std::uint32_t>(_mm256_movemask_ps(mask));
  }
  /// The magnitude, negated where the float is negative; 0 is its own negative.
  LOWBIT_TARGET_AVX2 static inline __m256i place(const float* x) noexcept {
    const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x));
    return _mm256_sign_epi32(_mm256_and_si256(bits, _mm256_set1_epi32(0x7fffffff)), bits);
  }
};

/// A comparison gives the mask of 16 floats at once.
struct comparisons_avx512bw {
  LOWBIT_TARGET_AVX512BW static inline void negative(const float* x, word& out) noexcept {
    const __m512i one = _mm512_set1_epi32(1), end = _mm512_set1_epi32(-0x800000);
    out = 0;
    LOWBIT_UNROLL
    for (int i = 0; i < 64; i += 16) {
      const __m512i before = _mm512_sub_epi32(_mm512_loadu_si512(x + i), one);
      out |= word{_mm512_cmplt_epi32_mask(before, end)} << i;
    }
  }
  LOWBIT_TARGET_AVX512BW static inline void beyond(const float* x, std::int32_t key,
                                                   word& out) noexcept {
    const __m512i keys = _mm512_set1_epi32(key);
    out = 0;
    LOWBIT_UNROLL
    for (int i = 0; i < 64; i += 16)
      out |= word{_mm512_cmpgt_epi32_mask(rising_keys(x + i), keys)} << i;
  }
  LOWBIT_TARGET_AVX512BW static inline void below(const float* x, std::int32_t key,
                                                  word& out) noexcept {
    const __m512i keys = _mm512_set1_epi32(key);
    out = 0;
    LOWBIT_UNROLL
    for (int i = 0; i < 64; i += 16)
      out |= word{_mm512_cmplt_epi32_mask(keys_below_nan(x + i), keys)} << i;
  }
  LOWBIT_TARGET_AVX512BW static inline __m512i rising_keys(const float* x) noexcept {
    return _mm512_add_epi32(place(x), _mm512_set1_epi32(nan_to_bottom));
  }
  LOWBIT_TARGET_AVX512BW static inline __m512i keys_below_nan(const float* x) noexcept {
    return _mm512_add_epi32(place(x), _mm512_set1_epi32(nan_to_top));
  }

 private:
  LOWBIT_TARGET_AVX512BW static inline __m512i place(const float* x) noexcept {
    const __m512i bits = _mm512_loadu_si512(x);
    const __m512i away = _mm512_and_si512(bits, _mm512_set1_epi32(0x7fffffff));
    return _mm512_mask_sub_epi32(away, _mm512_movepi32_mask(bits), _mm512_setzero_si512(), away);
  }
};

#endif

LOWBIT_INTRINSICS_END
}  // namespace detail::simd
LOWBIT_END

#endif
