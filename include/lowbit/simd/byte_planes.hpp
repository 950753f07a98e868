// lowbit/simd/byte_planes.hpp – one bit plane out of 64 code bytes.
//
// plane_of_bytes(codes, p, out): bit i of out is bit p of codes[i], for i in 0 ... 63. The functions take and return by
// reference and carry the target attribute of their ISA. Templates call them that are inlined into functions with the
// same attribute. bytes_of_baseline is the best of those that need none.
#ifndef LOWBIT_SIMD_BYTE_PLANES_HPP
#define LOWBIT_SIMD_BYTE_PLANES_HPP

#include <bit>
#include <cstring>

#include "lowbit/arch/isa.hpp"

#if LOWBIT_X86
#include <immintrin.h>
#endif

LOWBIT_BEGIN
namespace detail::simd {

/// Any machine. Eight bytes with one interesting bit each are gathered by a multiplication. Byte j has its bit at
/// position 8j, and a factor of 2^(56 - 7j) moves it to bit 56 + j. No two products meet.
struct bytes {
  static void plane_of_bytes(const code_t* codes, int plane, word& out) noexcept {
    word sum = 0;
    for (int part = 0; part < 8; ++part) {
      word eight;
      if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&eight, codes + 8 * part, 8);
      } else {
        eight = 0;
        for (int j = 0; j < 8; ++j) eight |= word{codes[8 * part + j]} << 8 * j;
      }
      const word bits = eight >> plane & 0x0101010101010101u;
      sum |= bits * 0x0102040810204080u >> 56 << 8 * part;
    }
    out = sum;
  }
};

#if LOWBIT_X86
LOWBIT_INTRINSICS_BEGIN

/// SSE2, which every x86-64 has. Bit p is shifted to the top of its byte; bits that cross from the byte
/// below do not matter. The 16 top bits are moved out at once: 4 instructions for 16 codes.
struct bytes_sse2 {
  static inline void plane_of_bytes(const code_t* codes, int plane, word& out) noexcept {
    out = 0;
    LOWBIT_UNROLL
    for (int i = 0; i < 64; i += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes + i));
      const int top = _mm_movemask_epi8(_mm_slli_epi16(bytes, 7 - plane));
      out |= word{static_cast<std::uint32_t>(top)} << i;
    }
  }
};

/// The same on 32 bytes.
struct bytes_avx2 {
  LOWBIT_TARGET_AVX2 static inline void plane_of_bytes(const code_t* codes, int plane,
                                                       word& out) noexcept {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes + 32));
    const auto a =
        static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_slli_epi16(low, 7 - plane)));
    const auto b =
        static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_slli_epi16(high, 7 - plane)));
    out = word{b} << 32 | a;
  }
};

/// One test instruction gives the word.
struct bytes_avx512bw {
  LOWBIT_TARGET_AVX512BW static inline void plane_of_bytes(const code_t* codes, int plane,
                                                           word& out) noexcept {
    const __m512i all = _mm512_loadu_si512(codes);
    out = _mm512_test_epi8_mask(all, _mm512_set1_epi8(static_cast<char>(1 << plane)));
  }
  /// The same for fewer than 64 codes: nothing is read behind them.
  LOWBIT_TARGET_AVX512BW static inline void plane_of_part(const code_t* codes, index_t count,
                                                          int plane, word& out) noexcept {
    const __m512i part = _mm512_maskz_loadu_epi8((word{1} << count) - 1, codes);
    out = _mm512_test_epi8_mask(part, _mm512_set1_epi8(static_cast<char>(1 << plane)));
  }
};

LOWBIT_INTRINSICS_END
using bytes_of_baseline = bytes_sse2;
#else
using bytes_of_baseline = bytes;
#endif

}  // namespace detail::simd
LOWBIT_END

#endif
