// lowbit/nn/integer/shifts.hpp – scaling integers by powers of two.
#ifndef LOWBIT_NN_INTEGER_SHIFTS_HPP
#define LOWBIT_NN_INTEGER_SHIFTS_HPP

#include <bit>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace nn {

/// round(log2 x) for x > 0, x < 2^31: up from sqrt 2 * 2^e on, as WAGE's Shift. By squares, so exactly.
[[nodiscard]] constexpr int nearest_log2(std::int32_t x) noexcept {
  const auto square = static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(x);
  const int whole = static_cast<int>(std::bit_width(static_cast<std::uint32_t>(x))) - 1;
  return whole + (square >= std::uint64_t{1} << (2 * whole + 1) ? 1 : 0);
}

/// x / 2^bits to the nearest integer, ties away from zero. For bits < 0 it is x * 2^-bits. |x| < 2^30, bits < 31, and
/// the result must fit 32 bits.
[[nodiscard]] LOWBIT_INLINE constexpr std::int32_t shifted(std::int32_t x, int bits) noexcept {
  if (bits <= 0) return x * (std::int32_t{1} << -bits);
  const std::int32_t half = std::int32_t{1} << (bits - 1);
  return x < 0 ? -((half - x) >> bits) : (x + half) >> bits;
}

/// x / 2^bits, rounded up or down with the probability of what is left: floor(|x| / 2^bits + u) with the sign of x.
/// u / 2^bits is the uniform number: `random` has bits uniform bits. |x| < 2^30, 0 <= bits < 31.
[[nodiscard]] LOWBIT_INLINE constexpr std::int32_t stochastic_shifted(
    std::int32_t x, int bits, std::uint32_t random) noexcept {
  const auto uniform = static_cast<std::int32_t>(random & ((std::uint32_t{1} << bits) - 1));
  return x < 0 ? -((uniform - x) >> bits) : (x + uniform) >> bits;
}

/// x in [-limit, limit].
[[nodiscard]] LOWBIT_INLINE constexpr std::int32_t clipped(std::int32_t x,
                                                           std::int32_t limit) noexcept {
  return x < -limit ? -limit : x > limit ? limit : x;
}

}  // namespace nn
LOWBIT_END

#endif
