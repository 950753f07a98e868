// lowbit/kernel/bits/carry_save.hpp – counting eight registers with one count (Harley-Seal).
//
// Where counting the bits of a register takes many operations, adding registers first is cheaper. A full adder works on
// all bit positions at once. It turns three bits of one weight into one bit of the same weight (their xor) and one of
// twice the weight (their majority). Seven adders turn eight registers into one of weight eight, and carry ones, twos
// and fours over to the next eight:
//
//     x0 x1 -> ones -+                      Only the registers of weight eight are counted:
//     x2 x3 -> ones -+-> twos -+
//     x4 x5 -> ones -+-> twos -+-> fours --> eights     7 full adders and 1 count for 8 registers
//     x6 x7 -> ones -+
//
// A full adder is two ternary-logic instructions on AVX-512 and five operations elsewhere. With the xor of the product
// eight registers cost 8 + 14 + 8 = 30 operations on AVX-512BW (128 * 8 * 4 products, 136 per operation). On AVX2 they
// cost 8 + 35 + 8 = 51 (40 per operation). Without adders a register costs nine operations (57 and 28 products per
// operation).
//
// Each pair of rows has four registers in flight, so a tile of pairs would not fit the register file. It need not: the
// adders are the limit, not the loads. Pairs are counted one by one.
//
// Source: Mula, Kurz, Lemire, "Faster Population Counts Using AVX2 Instructions", arXiv:1611.07612.
#ifndef LOWBIT_KERNEL_BITS_CARRY_SAVE_HPP
#define LOWBIT_KERNEL_BITS_CARRY_SAVE_HPP

#include "lowbit/encoding/product_rule.hpp"
#include "lowbit/kernel/operand.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// An ISA's registers have a full adder, because counting them directly is slow.
template <class Simd>
concept full_adding = requires(typename Simd::reg& r) {
  Simd::full_add(r, r, r, r);
  requires std::is_same_v<typename Simd::reg, typename Simd::sum>;
};

/// Words from which on the adders pay for their last count of ones, twos and fours.
template <class Simd>
inline constexpr index_t carry_save_words = 16 * Simd::width;

/// Bits of `operation` on one word register of two rows.
template <class Simd, bit_operation Operation>
LOWBIT_INLINE void operate(typename Simd::reg& out, const word* const* a, const word* const* b,
                           index_t w) noexcept {
  typename Simd::reg x, y;
  Simd::load(x, a[0] + w);
  Simd::load(y, b[0] + w);
  if constexpr (Operation == bit_operation::bit_and) {
    Simd::bit_and(out, x, y);
  } else if constexpr (Operation == bit_operation::bit_xor) {
    Simd::bit_xor(out, x, y);
  } else {
    typename Simd::reg z, v;
    Simd::load(z, a[1] + w);
    Simd::load(v, b[1] + w);
    Simd::masked_xor(out, x, y, z, v);
  }
}

/// Three registers that wait for more of their weight, and the count of those of weight eight.
template <class Simd>
struct carried {
  typename Simd::reg ones, twos, fours;
  typename Simd::sum eights;
};

template <class Simd>
LOWBIT_INLINE void zero(carried<Simd>& all) noexcept {
  Simd::zero(all.ones);
  Simd::zero(all.twos);
  Simd::zero(all.fours);
  Simd::zero(all.eights);
}

/// ones + registers J and J + 1 = ones + 2 * carry.
template <class Simd, index_t J, class Bits>
LOWBIT_INLINE void add_two(typename Simd::reg& carry, carried<Simd>& all,
                           const Bits& bits) noexcept {
  typename Simd::reg x, y;
  bits(x, J);
  bits(y, J + 1);
  Simd::full_add(carry, all.ones, x, y);
}

/// Adds eight registers; bits(out, j) makes the j-th.
template <class Simd, class Bits>
LOWBIT_INLINE void add_eight(carried<Simd>& all, const Bits& bits) noexcept {
  typename Simd::reg carry0, carry1, carry2;
  add_two<Simd, 0>(carry0, all, bits);
  add_two<Simd, 2>(carry1, all, bits);
  Simd::full_add(carry2, all.twos, carry0, carry1);
  add_two<Simd, 4>(carry0, all, bits);
  add_two<Simd, 6>(carry1, all, bits);
  Simd::full_add(carry0, all.twos, carry0, carry1);
  Simd::full_add(carry1, all.fours, carry2, carry0);
  Simd::count(all.eights, carry1);
}

/// total += weight * the bits of a register.
template <class Simd>
LOWBIT_INLINE void add_weighted(std::uint32_t& total, std::uint32_t weight,
                                const typename Simd::reg& bits) noexcept {
  typename Simd::sum count;
  std::uint32_t part;
  Simd::zero(count);
  Simd::count(count, bits);
  Simd::total(count, part);
  total += weight * part;
}

/// total += the count of `operation` on two rows of whole groups of eight registers.
template <class Simd, bit_operation Operation>
LOWBIT_INLINE void count_pair(const word* const* a, const word* const* b, index_t words,
                              std::uint32_t& total) noexcept {
  carried<Simd> all;
  zero(all);
  for (index_t w = 0; w < words; w += 8 * Simd::width)
    add_eight(all, [&](auto& out, index_t j) LOWBIT_INLINE_LAMBDA {
      operate<Simd, Operation>(out, a, b, w + j * Simd::width);
    });
  std::uint32_t groups;
  Simd::total(all.eights, groups);
  total += 8 * groups;
  add_weighted<Simd>(total, 4, all.fours);
  add_weighted<Simd>(total, 2, all.twos);
  add_weighted<Simd>(total, 1, all.ones);
}

}  // namespace detail::kernel
LOWBIT_END

#endif
