// lowbit/encoding/integer_bits.hpp – K-bit integers as K planes, in the three ways of the literature.
//
//   unsigned_bits<K>   0 ... 2^K - 1                  activations (DoReFa, PACT, HWGQ), affine codes
//   signed_bits<K>     -2^(K-1) ... 2^(K-1) - 1       two's complement (LSQ, WRPN, WAGE, int8)
//   bipolar_bits<K>    odd integers +-1 ... +-(2^K-1) 2c - (2^K - 1) (DoReFa weights): no zero
//
// Plane i holds bit i of the code. signed_bits<1> is {-1, 0}; for {-1, +1} use binary.
#ifndef LOWBIT_ENCODING_INTEGER_BITS_HPP
#define LOWBIT_ENCODING_INTEGER_BITS_HPP

#include "lowbit/encoding/encoding.hpp"

namespace lowbit {

/// value = code.
template <int K>
struct unsigned_bits {
  static_assert(K >= 1 && K <= 8, "lowbit::unsigned_bits<K>: the bit width K must be 1 to 8");
  static constexpr const char* name = "unsigned_bits";
  static constexpr int plane_count = K;
  static constexpr int offset = 0;
  LOWBIT_INLINE static constexpr int weight(int plane) noexcept { return 1 << plane; }
};

/// value = code as two's complement: the top plane weighs -2^(K-1).
template <int K>
struct signed_bits {
  static_assert(K >= 1 && K <= 8, "lowbit::signed_bits<K>: the bit width K must be 1 to 8");
  static constexpr const char* name = "signed_bits";
  static constexpr int plane_count = K;
  static constexpr int offset = 0;
  LOWBIT_INLINE static constexpr int weight(int plane) noexcept {
    return plane == K - 1 ? -(1 << plane) : 1 << plane;
  }
};

/// value = 2 code - (2^K - 1).
template <int K>
struct bipolar_bits {
  static_assert(K >= 1 && K <= 8, "lowbit::bipolar_bits<K>: the bit width K must be 1 to 8");
  static constexpr const char* name = "bipolar_bits";
  static constexpr int plane_count = K;
  static constexpr int offset = 1 - (1 << K);
  LOWBIT_INLINE static constexpr int weight(int plane) noexcept { return 2 << plane; }
};

}  // namespace lowbit

#endif
