// lowbit/encoding/ternary.hpp – two bits for {-1, 0, +1}: a "nonzero" plane and a "negative" plane.
//
// Negative is a subset of nonzero, so the pair is two's complement on two bits without -2. Two ternary operands
// multiply with one mask and one xor (GXNOR-Net, arXiv:1705.09283). n = na & nb counts the products that are not zero,
// n & (ga ^ gb) the products that are -1. The planes that formulas call P and N are n & ~g and g.
#ifndef LOWBIT_ENCODING_TERNARY_HPP
#define LOWBIT_ENCODING_TERNARY_HPP

#include "lowbit/encoding/encoding.hpp"

namespace lowbit {

/// value = n - 2g with plane 0 = n (nonzero), plane 1 = g (negative): code 0 is 0, 1 is +1, 3 is -1.
/// Code 2 is not valid.
struct ternary {
  static constexpr const char* name = "ternary";
  static constexpr int plane_count = 2;
  static constexpr int offset = 0;
  LOWBIT_INLINE static constexpr int weight(int plane) noexcept { return plane == 0 ? 1 : -2; }
  LOWBIT_INLINE static constexpr bool valid(code_t code) noexcept { return code <= 3 && code != 2; }

  static constexpr code_t zero = 0, plus = 1, minus = 3;
};

}  // namespace lowbit

#endif
