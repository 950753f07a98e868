// lowbit/simd/portable_lanes.hpp – sixteen int32 lanes of xsimd batches, for every arch of xsimd.
//
// The members are those of simd/lanes.hpp without those for epilogues: finished sums go through memory. Instead of
// add_count there is a full adder on a register of lanes (kernel/bits/carry_save.hpp). The 32 bits of a lane are
// counted by shifted masks,
//
//     x -= (x >> 1) & 0101...             pairs      3 operations
//     x  = (x & 0011...) + (x >> 2 & ...) nibbles    4
//     x  = (x + (x >> 4)) & 00001111...   bytes      3
//     x += x >> 8,  x += x >> 16          lanes      4, and a mask and the sum
//
// 16 operations, as many as three full adders. So it pays to spend seven adders on one count of eight registers.
#ifndef LOWBIT_SIMD_PORTABLE_LANES_HPP
#define LOWBIT_SIMD_PORTABLE_LANES_HPP

#include "lowbit/arch/isa.hpp"

#if LOWBIT_HAS_XSIMD

LOWBIT_BEGIN
namespace detail::simd {
LOWBIT_INTRINSICS_BEGIN

/// low + a + b = low + 2 * carry, bit by bit.
template <class Batch>
LOWBIT_INLINE void full_add_batches(Batch& carry, Batch& low, const Batch& a,
                                    const Batch& b) noexcept {
  const Batch half = low ^ a, both_of = low & a;
  low = half ^ b;
  carry = both_of | (half & b);
}

/// sum += the number of bits of each lane of r, for lanes of 32 or 64 bits.
template <class Batch>
LOWBIT_INLINE void add_lane_counts(Batch& sum, const Batch& r) noexcept {
  using lane = typename Batch::value_type;
  constexpr auto ones = static_cast<lane>(~lane{0});
  const Batch pairs(static_cast<lane>(ones / 3)), quads(static_cast<lane>(ones / 5)),
      bytes(static_cast<lane>(ones / 17));
  Batch x = r - ((r >> 1) & pairs);
  x = (x & quads) + ((x >> 2) & quads);
  x = (x + (x >> 4)) & bytes;
  x = x + (x >> 8);
  x = x + (x >> 16);
  if constexpr (sizeof(lane) == 8) x = x + (x >> 32);
  sum = sum + (x & Batch(lane{0x7f}));
}

/// One register of 32-bit lanes, counted lane by lane.
template <class Arch>
struct lane_counts_xsimd {
  using reg = ::xsimd::batch<std::uint32_t, Arch>;
  using sum = reg;

  static void zero(sum& s) noexcept { s = reg(std::uint32_t{0}); }
  static void full_add(reg& carry, reg& low, const reg& a, const reg& b) noexcept {
    full_add_batches(carry, low, a, b);
  }
  static void count(sum& s, const reg& r) noexcept { add_lane_counts(s, r); }
};

/// Sixteen lanes.
template <class Arch>
struct lanes_xsimd {
  using counts = lane_counts_xsimd<Arch>;
  using reg = typename counts::reg;
  using self = lanes_xsimd;
  static constexpr std::size_t reg_lanes = reg::size, registers = 16 / reg_lanes;
  reg v[registers];

  static void zero(self& r) noexcept {
    for (reg& x : r.v) counts::zero(x);
  }
  /// One register of a panel's step.
  static void load(reg& r, const std::uint8_t* p) noexcept {
    r = reg::load_unaligned(reinterpret_cast<const std::uint32_t*>(p));
  }
  /// 32 bits of a packed word in every lane, the lower half first.
  static void broadcast(reg& r, word bits, int half) noexcept {
    r = reg(static_cast<std::uint32_t>(bits >> 32 * half));
  }
  static void negate(self& sum) noexcept {
    for (reg& x : sum.v) x = reg(std::uint32_t{0}) - x;
  }
  static void shift_left(self& sum, int by) noexcept {
    for (reg& x : sum.v) x = x << by;
  }
  static void add(self& sum, const self& x) noexcept {
    for (std::size_t i = 0; i < registers; ++i) sum.v[i] = sum.v[i] + x.v[i];
  }
  static void add_scalar(self& sum, std::uint32_t x) noexcept {
    for (reg& y : sum.v) y = y + reg(x);
  }
  static void add_part(self& sum, const std::uint32_t* p, index_t count) noexcept {
    std::uint32_t lanes[16] = {};
    for (index_t l = 0; l < count; ++l) lanes[l] = p[l];
    for (std::size_t i = 0; i < registers; ++i)
      sum.v[i] = sum.v[i] + reg::load_unaligned(lanes + i * reg_lanes);
  }
  /// p[0 ... count) = sums.
  static void store(const self& sum, std::int32_t* p, index_t count) noexcept {
    std::uint32_t lanes[16];
    for (std::size_t i = 0; i < registers; ++i) sum.v[i].store_unaligned(lanes + i * reg_lanes);
    for (index_t l = 0; l < count; ++l) p[l] = static_cast<std::int32_t>(lanes[l]);
  }
};

/// Whether an arch's registers divide sixteen lanes.
template <class Arch>
[[nodiscard]] constexpr bool has_lanes() noexcept {
  return 16 % ::xsimd::batch<std::uint32_t, Arch>::size == 0;
}

LOWBIT_INTRINSICS_END
}  // namespace detail::simd
LOWBIT_END

#endif
#endif
