// lowbit/epilogue/bisection.hpp – where a monotone function of an integer sum changes.
#ifndef LOWBIT_EPILOGUE_BISECTION_HPP
#define LOWBIT_EPILOGUE_BISECTION_HPP

#include <cstdint>

#include "lowbit/core/error.hpp"

LOWBIT_BEGIN
namespace detail::epilogues {

/// Rejects a bound of |sum| that leaves no room for the two integers beyond it.
inline void require_largest(const char* who, std::int32_t largest) {
  if (largest < 0 || largest > 2147483645)
    fail("%s: largest sum is %d: it must be in [0, 2147483645]", who, largest);
}

/// The smallest sum for which `reached` holds; `reached` is false up to some sum and true above it. Returns -largest -
/// 1 if it holds for every |sum| <= largest, largest + 1 if for none. Comparisons with these are right for all sums
/// that can occur. Calls `reached` for |sum| <= largest only.
template <class Reached>
[[nodiscard]] std::int32_t first_sum(std::int32_t largest, const Reached& reached) {
  std::int32_t low = -largest - 1, high = largest + 1;  // not reached at low, reached at high
  if (reached(-largest)) return low;
  while (high - std::int64_t{low} > 1) {
    const auto middle = static_cast<std::int32_t>(low + (std::int64_t{high} - low) / 2);
    (reached(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace detail::epilogues
LOWBIT_END

#endif
