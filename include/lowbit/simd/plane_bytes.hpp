// lowbit/simd/plane_bytes.hpp – 64 bytes out of bit planes: the way back from simd/byte_planes.hpp.
//
// add_plane(word, step, bytes): bytes[i] += step if bit i of the word is 1, modulo 256, for i in 0 ... 63. A code
// whose value is affine in its bits becomes a byte with one such addition per plane.
#ifndef LOWBIT_SIMD_PLANE_BYTES_HPP
#define LOWBIT_SIMD_PLANE_BYTES_HPP

#include <bit>
#include <cstring>

#include "lowbit/arch/isa.hpp"

#if LOWBIT_X86
#include <immintrin.h>
#endif

LOWBIT_BEGIN
namespace detail::simd {

/// Any machine, eight bytes at a time. Byte j of eight copies keeps bit j; adding 127 carries it to the top, and from
/// there it moves to the bottom. Multiplied by the step, no byte reaches the next one if steps are below 256.
struct plane_bytes {
  struct sums {
    std::uint64_t v[8];
  };
  LOWBIT_INLINE static void start(sums& out, int base) noexcept {
    for (auto& eight : out.v) eight = 0x0101010101010101u * static_cast<std::uint8_t>(base);
  }
  LOWBIT_INLINE static void add_plane(sums& out, word bits, int step) noexcept {
    const auto each = static_cast<std::uint8_t>(step);
    for (int part = 0; part < 8; ++part) {
      const std::uint64_t copies = 0x0101010101010101u * (bits >> 8 * part & 255);
      const std::uint64_t ones =
          ((copies & 0x8040201008040201u) + 0x7f7f7f7f7f7f7f7fu) >> 7 & 0x0101010101010101u;
      out.v[part] = add_bytes(out.v[part], ones * each);
    }
  }
  LOWBIT_INLINE static void store(const sums& in, std::uint8_t* to) noexcept {
    for (int part = 0; part < 8; ++part)
      for (int j = 0; j < 8; ++j) to[8 * part + j] = static_cast<std::uint8_t>(in.v[part] >> 8 * j);
  }

 private:
  /// Byte by byte, without carries between bytes.
  [[nodiscard]] LOWBIT_INLINE static std::uint64_t add_bytes(std::uint64_t a,
                                                             std::uint64_t b) noexcept {
    constexpr std::uint64_t low = 0x7f7f7f7f7f7f7f7fu;
    return ((a & low) + (b & low)) ^ ((a ^ b) & ~low);
  }
};

#if LOWBIT_X86
LOWBIT_INTRINSICS_BEGIN

/// A mask is a plane: one masked addition for 64 bytes.
struct plane_bytes_avx512bw {
  struct sums {
    __m512i v;
  };
  LOWBIT_TARGET_AVX512BW static inline void start(sums& out, int base) noexcept {
    out.v = _mm512_set1_epi8(static_cast<char>(base));
  }
  LOWBIT_TARGET_AVX512BW static inline void add_plane(sums& out, word bits, int step) noexcept {
    out.v = _mm512_mask_add_epi8(out.v, bits, out.v, _mm512_set1_epi8(static_cast<char>(step)));
  }
  LOWBIT_TARGET_AVX512BW static inline void store(const sums& in, std::uint8_t* to) noexcept {
    _mm512_storeu_si512(to, in.v);
  }
};

LOWBIT_INTRINSICS_END
#endif

/// What an ISA has.
plane_bytes bytes_of_planes(isa::scalar);
#if LOWBIT_X86
plane_bytes_avx512bw bytes_of_planes(isa::avx512bw);
#endif

}  // namespace detail::simd
LOWBIT_END

#endif
