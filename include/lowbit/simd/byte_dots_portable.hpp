// lowbit/simd/byte_dots_portable.hpp – dot products of bytes (simd/byte_dots.hpp) in xsimd batches, for every arch of xsimd.
//
// No operation that all archs have multiplies bytes. So even and odd bytes become 16-bit numbers, whose products fit
// 16 bits: 255 * 128 = 32,640. Sixteen products take nine operations where fields have at most 4 bits.
#ifndef LOWBIT_SIMD_BYTE_DOTS_PORTABLE_HPP
#define LOWBIT_SIMD_BYTE_DOTS_PORTABLE_HPP

#include <cstring>

#include "lowbit/simd/byte_dots.hpp"

#if LOWBIT_HAS_XSIMD

LOWBIT_BEGIN
namespace detail::simd {
LOWBIT_INTRINSICS_BEGIN

template <class Arch>
struct byte_dots_xsimd {
  using halves = ::xsimd::batch<std::int16_t, Arch>;
  using wholes = ::xsimd::batch<std::int32_t, Arch>;
  static constexpr auto lanes = static_cast<index_t>(wholes::size);
  static constexpr bool whole_sums = false, in_place = false, signed_only = false;
  using self = byte_dots_xsimd;
  using bytes = self;
  using sum = self;
  wholes v;

  static void zero(self& r) noexcept { r.v = wholes(0); }
  static void load(self& r, const std::uint8_t* from) noexcept {
    r.v = wholes::load_unaligned(reinterpret_cast<const std::int32_t*>(from));
  }
  static void quad(self& r, const std::int8_t* from) noexcept {
    std::int32_t four;
    std::memcpy(&four, from, 4);
    r.v = wholes(four);
  }
  template <int Shift>
  static void field(self& r, const self& x, std::uint8_t mask) noexcept {
    const wholes keep(static_cast<std::int32_t>(mask * 0x01010101u));
    r.v = (Shift == 0 ? x.v : x.v >> Shift) & keep;
  }
  static void dot(self& s, const self& u, const self& a) noexcept {
    self even_u, odd_u;
    even_bytes(even_u, u);
    odd_bytes(odd_u, u);
    const halves even = as<halves>(even_u.v) * as<halves>(even_signed(a.v));
    const halves odd = as<halves>(odd_u.v) * as<halves>(odd_signed(a.v));
    s.v = as<wholes>(as<halves>(s.v) + even + odd);
  }
  static void flush(self& s, const self& pairs) noexcept {
    s.v = s.v + ((pairs.v << 16) >> 16) + (pairs.v >> 16);
  }
  static void even_bytes(self& r, const self& u) noexcept { r.v = u.v & wholes(0x00ff00ff); }
  static void odd_bytes(self& r, const self& u) noexcept { r.v = (u.v >> 8) & wholes(0x00ff00ff); }
  static void widen(const std::int8_t* from, std::int8_t* even, std::int8_t* odd) noexcept {
    const auto four = wholes::load_unaligned(reinterpret_cast<const std::int32_t*>(from));
    even_signed(four).store_unaligned(reinterpret_cast<std::int32_t*>(even));
    odd_signed(four).store_unaligned(reinterpret_cast<std::int32_t*>(odd));
  }
  static void dot_wide(self& s, const self& u, const self& a) noexcept {
    flush(s, {as<wholes>(as<halves>(u.v) * as<halves>(a.v))});
  }
  static void complete(self& s, int shift, std::uint32_t one, const std::uint32_t* own) noexcept {
    const auto terms = wholes::load_unaligned(reinterpret_cast<const std::int32_t*>(own));
    s.v = (s.v << shift) + terms + wholes(static_cast<std::int32_t>(one));
  }
  static void store(const self& r, std::int32_t* to) noexcept { r.v.store_unaligned(to); }

 private:
  /// The bits of one register as another. Not std::bit_cast, see core/float_bits.hpp.
  template <class To, class From>
  LOWBIT_INLINE static To as(const From& from) noexcept {
    return __builtin_bit_cast(To, from);
  }
  /// Signed bytes 0 and 2 of each lane in 16 bits each, and bytes 1 and 3.
  LOWBIT_INLINE static wholes even_signed(const wholes& x) noexcept {
    return odd_signed(as<wholes>(as<halves>(x) << 8));
  }
  LOWBIT_INLINE static wholes odd_signed(const wholes& x) noexcept {
    return as<wholes>(as<halves>(x) >> 8);
  }
};

/// True if a register of the arch is a part of 64 bytes.
template <class Arch>
consteval bool has_byte_dots() {
  return 16 % ::xsimd::batch<std::int32_t, Arch>::size == 0;
}

LOWBIT_INTRINSICS_END
}  // namespace detail::simd
LOWBIT_END

#endif
#endif
