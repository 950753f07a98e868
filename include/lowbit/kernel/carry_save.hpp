// lowbit/kernel/carry_save.hpp – counting eight registers with one count (Harley-Seal).
//
// Where counting the bits of a register takes many operations, adding registers first is cheaper. A
// full adder works on all bit positions at once: of three bits of one weight it makes one of the same
// weight (their xor) and one of twice the weight (their majority). Seven of them turn eight registers
// into one of weight eight, and carry ones, twos and fours over to the next eight:
//
//     x0 x1 -> ones -+                      Only the registers of weight eight are counted:
//     x2 x3 -> ones -+-> twos -+
//     x4 x5 -> ones -+-> twos -+-> fours --> eights     7 full adders and 1 count for 8 registers
//     x6 x7 -> ones -+
//
// A full adder is two ternary-logic instructions on AVX-512 and five operations elsewhere, so with the
// xor of the product eight registers cost 8 + 14 + 8 = 30 operations on AVX-512BW (128 * 8 * 4 products,
// 136 an operation) and 8 + 35 + 8 = 51 on AVX2 (40 an operation), against nine a register (57, 28)
// without it.
//
// Four registers are in flight for each pair of rows, so a tile of pairs would not fit the register
// file, and need not: the adders, not the loads, are the limit. Pairs are counted one by one.
//
// Source: Mula, Kurz, Lemire, "Faster Population Counts Using AVX2 Instructions", arXiv:1611.07612.
#ifndef LOWBIT_KERNEL_CARRY_SAVE_HPP
#define LOWBIT_KERNEL_CARRY_SAVE_HPP

#include "lowbit/encoding/product_rule.hpp"
#include "lowbit/kernel/operand.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// An ISA's registers have a full adder, because counting them directly is slow.
template <class Simd>
concept full_adding = requires(typename Simd::reg& r) {
  Simd::full_add(r, r, r, r);
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
  if constexpr (Operation == bit_operation::both) {
    Simd::both(out, x, y);
  } else if constexpr (Operation == bit_operation::differ) {
    Simd::differ(out, x, y);
  } else {
    typename Simd::reg z, v;
    Simd::load(z, a[1] + w);
    Simd::load(v, b[1] + w);
    Simd::gated(out, x, y, z, v);
  }
}

/// ones + two more registers = ones + 2 * carry.
template <class Simd, bit_operation Operation>
LOWBIT_INLINE void add_two(typename Simd::reg& carry, typename Simd::reg& ones,
                           const word* const* a, const word* const* b, index_t w) noexcept {
  typename Simd::reg x, y;
  operate<Simd, Operation>(x, a, b, w);
  operate<Simd, Operation>(y, a, b, w + Simd::width);
  Simd::full_add(carry, ones, x, y);
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
  constexpr word zeros[static_cast<std::size_t>(Simd::width)] = {};
  typename Simd::reg ones, twos, fours, eights, carry0, carry1, carry2;
  typename Simd::sum count;
  Simd::load(ones, zeros);
  Simd::load(twos, zeros);
  Simd::load(fours, zeros);
  Simd::zero(count);
  constexpr index_t two = 2 * Simd::width;
  for (index_t w = 0; w < words; w += 4 * two) {
    add_two<Simd, Operation>(carry0, ones, a, b, w);
    add_two<Simd, Operation>(carry1, ones, a, b, w + two);
    Simd::full_add(carry2, twos, carry0, carry1);
    add_two<Simd, Operation>(carry0, ones, a, b, w + 2 * two);
    add_two<Simd, Operation>(carry1, ones, a, b, w + 3 * two);
    Simd::full_add(carry0, twos, carry0, carry1);
    Simd::full_add(eights, fours, carry2, carry0);
    Simd::count(count, eights);
  }
  std::uint32_t groups;
  Simd::total(count, groups);
  total += 8 * groups;
  add_weighted<Simd>(total, 4, fours);
  add_weighted<Simd>(total, 2, twos);
  add_weighted<Simd>(total, 1, ones);
}

}  // namespace detail::kernel
LOWBIT_END

#endif
