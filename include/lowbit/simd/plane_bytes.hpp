// lowbit/simd/plane_bytes.hpp – 64 bytes out of bit planes: the way back from simd/byte_planes.hpp.
//
//     start(base)             64 bytes of a value
//     add_plane(word, step)   byte i += step if bit i of the word is 1, modulo 256
//     keep(n)                 bytes n ... 63 become 0
//     sum()                   of all bytes, as signed numbers
//
// A code whose value is affine in its bits becomes a byte with one addition per plane.
#ifndef LOWBIT_SIMD_PLANE_BYTES_HPP
#define LOWBIT_SIMD_PLANE_BYTES_HPP

#include "lowbit/arch/isa.hpp"

#if LOWBIT_X86
#include <immintrin.h>
#endif

LOWBIT_BEGIN
namespace detail::simd {

/// Any machine, eight bytes at a time. Byte j of eight copies keeps bit j; adding 127 carries it to the top, and from
/// there it moves to the bottom. Multiplied by a step below 256, no byte reaches the next one.
struct plane_bytes {
  static constexpr std::uint64_t ones = 0x0101010101010101u;
  std::uint64_t v[8];

  LOWBIT_INLINE static void start(plane_bytes& out, int base) noexcept {
    for (auto& eight : out.v) eight = ones * static_cast<std::uint8_t>(base);
  }
  LOWBIT_INLINE static void add_plane(plane_bytes& out, word bits, int step) noexcept {
    const auto each = static_cast<std::uint8_t>(step);
    for (int part = 0; part < 8; ++part) {
      const std::uint64_t copies = ones * (bits >> 8 * part & 255);
      const std::uint64_t set = ((copies & 0x8040201008040201u) + ones * 127) >> 7 & ones;
      out.v[part] = add_bytes(out.v[part], set * each);
    }
  }
  LOWBIT_INLINE static void keep(plane_bytes& out, index_t n) noexcept {
    for (int part = 0; part < 8; ++part) {
      const index_t here = n - 8 * part;
      if (here < 8) out.v[part] &= here <= 0 ? 0 : (std::uint64_t{1} << 8 * here) - 1;
    }
  }
  [[nodiscard]] LOWBIT_INLINE static std::int32_t sum(const plane_bytes& in) noexcept {
    constexpr std::uint64_t low = 0x00ff00ff00ff00ffu;
    std::uint64_t pairs = 0;  // four sums of bytes + 128, at most 16 * 255
    for (const std::uint64_t eight : in.v) {
      const std::uint64_t moved = eight ^ ones * 128;
      pairs += (moved & low) + (moved >> 8 & low);
    }
    std::int32_t total = -64 * 128;
    for (int at = 0; at < 64; at += 16) total += static_cast<std::int32_t>(pairs >> at & 0xffff);
    return total;
  }
  LOWBIT_INLINE static void store(const plane_bytes& in, std::uint8_t* to) noexcept {
    for (int part = 0; part < 8; ++part)
      for (int j = 0; j < 8; ++j) to[8 * part + j] = static_cast<std::uint8_t>(in.v[part] >> 8 * j);
  }

 private:
  /// Byte by byte, without carries between bytes.
  [[nodiscard]] LOWBIT_INLINE static std::uint64_t add_bytes(std::uint64_t a,
                                                             std::uint64_t b) noexcept {
    constexpr std::uint64_t low = ones * 127;
    return ((a & low) + (b & low)) ^ ((a ^ b) & ~low);
  }
};

#if LOWBIT_X86
LOWBIT_INTRINSICS_BEGIN

/// A shuffle spreads 32 bits: each byte goes to the eight bytes of its bits. There each byte keeps its own bit. Five
/// operations for 32 bytes.
struct plane_bytes_avx2 {
  using self = plane_bytes_avx2;
  __m256i v[2];

  LOWBIT_TARGET_AVX2 static inline void start(self& out, int base) noexcept {
    out.v[0] = out.v[1] = _mm256_set1_epi8(static_cast<char>(base));
  }
  LOWBIT_TARGET_AVX2 static inline void add_plane(self& out, word bits, int step) noexcept {
    const __m256i each = _mm256_set1_epi8(static_cast<char>(step));
    const __m256i own = _mm256_set1_epi64x(static_cast<std::int64_t>(0x8040201008040201u));
    constexpr std::int64_t eights = 0x0101010101010101;
    const __m256i spread = _mm256_setr_epi64x(0, eights, 2 * eights, 3 * eights);
    for (int half = 0; half < 2; ++half) {
      const auto part = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits >> 32 * half));
      const __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32(part), spread);
      const __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, own), own);
      out.v[half] = _mm256_add_epi8(out.v[half], _mm256_and_si256(set, each));
    }
  }
  LOWBIT_TARGET_AVX2 static inline void keep(self& out, index_t n) noexcept {
    constexpr std::int64_t eight = 0x0706050403020100, ones = 0x0101010101010101;
    for (int half = 0; half < 2; ++half) {
      const __m256i first =
          _mm256_setr_epi64x(eight, eight + 8 * ones, eight + 16 * ones, eight + 24 * ones);
      const __m256i place = _mm256_add_epi8(first, _mm256_set1_epi8(static_cast<char>(32 * half)));
      const __m256i end = _mm256_set1_epi8(static_cast<char>(n < word_bits ? n : word_bits));
      out.v[half] = _mm256_and_si256(out.v[half], _mm256_cmpgt_epi8(end, place));
    }
  }
  LOWBIT_TARGET_AVX2 [[nodiscard]] static inline std::int32_t sum(const self& in) noexcept {
    const __m256i moved = _mm256_set1_epi8(static_cast<char>(128)), zero = _mm256_setzero_si256();
    const __m256i all = _mm256_add_epi64(_mm256_sad_epu8(_mm256_xor_si256(in.v[0], moved), zero),
                                         _mm256_sad_epu8(_mm256_xor_si256(in.v[1], moved), zero));
    const __m128i two =
        _mm_add_epi64(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
    return _mm_cvtsi128_si32(_mm_add_epi64(two, _mm_unpackhi_epi64(two, two))) - 64 * 128;
  }
  LOWBIT_TARGET_AVX2 static inline void store(const self& in, std::uint8_t* to) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), in.v[0]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 32), in.v[1]);
  }
};

/// A plane is a mask: one masked addition for 64 bytes.
struct plane_bytes_avx512bw {
  using self = plane_bytes_avx512bw;
  __m512i v;

  LOWBIT_TARGET_AVX512BW static inline void start(self& out, int base) noexcept {
    out.v = _mm512_set1_epi8(static_cast<char>(base));
  }
  LOWBIT_TARGET_AVX512BW static inline void add_plane(self& out, word bits, int step) noexcept {
    out.v = _mm512_mask_add_epi8(out.v, bits, out.v, _mm512_set1_epi8(static_cast<char>(step)));
  }
  LOWBIT_TARGET_AVX512BW static inline void keep(self& out, index_t n) noexcept {
    out.v = _mm512_maskz_mov_epi8(n >= word_bits ? ~word{0} : (word{1} << n) - 1, out.v);
  }
  LOWBIT_TARGET_AVX512BW [[nodiscard]] static inline std::int32_t sum(const self& in) noexcept {
    const __m512i moved = _mm512_xor_si512(in.v, _mm512_set1_epi8(static_cast<char>(128)));
    const __m512i eights = _mm512_sad_epu8(moved, _mm512_setzero_si512());
    return static_cast<std::int32_t>(_mm512_reduce_add_epi64(eights)) - 64 * 128;
  }
  LOWBIT_TARGET_AVX512BW static inline void store(const self& in, std::uint8_t* to) noexcept {
    _mm512_storeu_si512(to, in.v);
  }
};

LOWBIT_INTRINSICS_END
#endif

}  // namespace detail::simd
LOWBIT_END

#endif
