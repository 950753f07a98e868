// lowbit/encoding/binary.hpp – one bit for {-1, +1}: bit 1 is +1. The sign family.
#ifndef LOWBIT_ENCODING_BINARY_HPP
#define LOWBIT_ENCODING_BINARY_HPP

#include "lowbit/encoding/encoding.hpp"

namespace lowbit {

/// value = 2b - 1.
struct binary {
  static constexpr const char* name = "binary";
  static constexpr int plane_count = 1;
  static constexpr int offset = -1;
  LOWBIT_INLINE static constexpr int weight(int) noexcept { return 2; }
};

}  // namespace lowbit

#endif
