// lowbit/simd/comparisons.hpp – 64 floats against one bound: a word of answers.
//
//     x[0 ... 63]   -0.3  1.7  0.0  -2.1 ...
//     negative       1     0    0    1   ...   ->  bit i of the word is the answer for x[i]
//
// This is how a bit plane is made where the bit is a comparison: no byte codes in between. One struct
// an ISA, all with the same members; x may have any alignment, NaN answers 0:
//
//     negative(x, out)               is_negative(x[i]), on the bits, as core/float_bits.hpp defines it
//     compare<below>(x, bound, out)  x[i] < bound; above and at_least likewise: >, >=
//
// The sign rule is a range of bit patterns, 0x80000001 ... 0xff800000. Subtracting 1 makes the pattern
// below it (-0.0) the largest integer, out of the way of a signed comparison:
//
//     is_negative(x)  <=>  int32(bits - 1) < int32(0xff800000)
//
// for all 2^32 patterns: one subtraction and one comparison a register. A mask then takes one move (SSE2
// 4 floats, AVX2 8, AVX-512 16) and two operations to its place in the word.
//
// By reference and with the ISA's attribute, as in simd/word_counts.hpp.
#ifndef LOWBIT_SIMD_COMPARISONS_HPP
#define LOWBIT_SIMD_COMPARISONS_HPP

#include <type_traits>

#include "lowbit/arch/isa.hpp"

#if LOWBIT_X86
#include <immintrin.h>
#endif

LOWBIT_BEGIN
namespace detail::simd {
LOWBIT_INTRINSICS_BEGIN

/// What a number is compared for.
enum class comparison { below, above, at_least };

/// Where there are no registers to compare: kernels encode number by number instead.
struct no_comparisons {};

#if LOWBIT_HAS_XSIMD && !LOWBIT_VECTORS_FLUSH

/// xsimd batches have no common way to move a mask into an integer, so each lane keeps the bit of its
/// own place where the answer is yes, and 32 / width registers are collected by OR: two operations a
/// register more than the comparison, on every arch.
template <class Arch>
struct comparisons_xsimd {
  using numbers = ::xsimd::batch<float, Arch>;
  using lanes = ::xsimd::batch<std::int32_t, Arch>;
  using answers = ::xsimd::batch_bool<float, Arch>;
  static constexpr int width = static_cast<int>(numbers::size);

  static void negative(const float* x, word& out) noexcept {
    collect(x, out, [](const numbers& v) {
      return bits_as<answers>(bits_as<lanes>(v) - lanes(1) < lanes(-0x800000));
    });
  }
  template <comparison Op>
  static void compare(const float* x, float bound, word& out) noexcept {
    const numbers bounds(bound);
    collect(x, out, [&](const numbers& v) {
      if constexpr (Op == comparison::below)
        return v < bounds;
      else if constexpr (Op == comparison::above)
        return v > bounds;
      else
        return v >= bounds;
    });
  }

 private:
  /// The bits of one register as another. Not std::bit_cast, see core/float_bits.hpp.
  template <class To, class From>
  LOWBIT_INLINE static To bits_as(const From& from) noexcept {
    return __builtin_bit_cast(To, from);
  }
  /// Places pass through a selection of floats: it moves bits and computes nothing.
  template <class Ask>
  static void collect(const float* x, word& out, const Ask& ask) noexcept {
    std::int32_t each[numbers::size];
    for (std::size_t l = 0; l < numbers::size; ++l) each[l] = static_cast<std::int32_t>(1u << l);
    const lanes first = lanes::load_unaligned(each);
    const auto none = bits_as<numbers>(lanes(0));
    out = 0;
    for (int half = 0; half < 64; half += 32) {
      lanes found(0);
      LOWBIT_UNROLL
      for (int i = 0; i < 32; i += width) {
        const answers yes = ask(numbers::load_unaligned(x + half + i));
        const auto places = bits_as<numbers>(first << i);
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
  template <comparison Op>
  static inline void compare(const float* x, float bound, word& out) noexcept {
    const __m128 bounds = _mm_set1_ps(bound);
    out = 0;
    LOWBIT_UNROLL
    for (int i = 0; i < 64; i += 4) {
      const __m128 v = _mm_loadu_ps(x + i);
      if constexpr (Op == comparison::below)
        out |= moved(_mm_cmplt_ps(v, bounds)) << i;
      else if constexpr (Op == comparison::above)
        out |= moved(_mm_cmpgt_ps(v, bounds)) << i;
      else
        out |= moved(_mm_cmpge_ps(v, bounds)) << i;
    }
  }

 private:
  static inline word moved(const __m128& mask) noexcept {
    return static_cast<std::uint32_t>(_mm_movemask_ps(mask));
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
  template <comparison Op>
  LOWBIT_TARGET_AVX2 static inline void compare(const float* x, float bound, word& out) noexcept {
    const __m256 bounds = _mm256_set1_ps(bound);
    out = 0;
    LOWBIT_UNROLL
    for (int i = 0; i < 64; i += 8)
      out |= moved(_mm256_cmp_ps(_mm256_loadu_ps(x + i), bounds, predicate<Op>)) << i;
  }

  template <comparison Op>
  static constexpr int predicate = Op == comparison::below   ? _CMP_LT_OQ
                                   : Op == comparison::above ? _CMP_GT_OQ
                                                             : _CMP_GE_OQ;

 private:
  LOWBIT_TARGET_AVX2 static inline word moved(const __m256& mask) noexcept {
    return static_cast<std::uint32_t>(_mm256_movemask_ps(mask));
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
  template <comparison Op>
  LOWBIT_TARGET_AVX512BW static inline void compare(const float* x, float bound,
                                                    word& out) noexcept {
    constexpr int predicate = comparisons_avx2::predicate<Op>;
    const __m512 bounds = _mm512_set1_ps(bound);
    out = 0;
    LOWBIT_UNROLL
    for (int i = 0; i < 64; i += 16)
      out |= word{_mm512_cmp_ps_mask(_mm512_loadu_ps(x + i), bounds, predicate)} << i;
  }
};

#endif

LOWBIT_INTRINSICS_END
}  // namespace detail::simd
LOWBIT_END

#endif
