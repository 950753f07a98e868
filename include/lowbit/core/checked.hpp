// lowbit/core/checked.hpp – arithmetic on sizes that cannot wrap.
//
// Products of user-given sizes (rows * row stride, elements * bytes) go through here before anything
// is allocated or indexed; inner loops then use plain arithmetic on sizes known to be in range.
#ifndef LOWBIT_CORE_CHECKED_HPP
#define LOWBIT_CORE_CHECKED_HPP

#include <limits>

#include "lowbit/core/error.hpp"
#include "lowbit/core/types.hpp"

LOWBIT_BEGIN

/// ceil(a / b) for a >= 0, b > 0. The sum of two of them fits the unsigned type, whose division by a power
/// of two is one shift.
[[nodiscard]] constexpr index_t ceil_div(index_t a, index_t b) noexcept {
  const auto divisor = static_cast<std::size_t>(b);
  return static_cast<index_t>((static_cast<std::size_t>(a) + divisor - 1) / divisor);
}

namespace detail {

/// The smaller one.
[[nodiscard]] constexpr index_t least(index_t a, index_t b) noexcept { return a < b ? a : b; }

/// Rejects a negative size; `what` names it in the text.
constexpr index_t checked_size(index_t n, const char* what) {
  if (n < 0) fail("%s is %td: sizes must not be negative", what, n);
  return n;
}

/// a + b for a, b >= 0, or an error that names both.
constexpr index_t checked_add(index_t a, index_t b, const char* what) {
  if (a > (std::numeric_limits<index_t>::max)() - b)
    fail("%s: %td + %td does not fit a 64-bit size", what, a, b);
  return a + b;
}

/// a * b for a, b >= 0, or an error that names both when the product does not fit an index_t.
constexpr index_t checked_mul(index_t a, index_t b, const char* what) {
  if (b != 0 && a > (std::numeric_limits<index_t>::max)() / b)
    fail("%s: %td x %td does not fit a 64-bit size", what, a, b);
  return a * b;
}

}  // namespace detail

LOWBIT_END

#endif
