// lowbit/core/checked.hpp – arithmetic on sizes that cannot wrap.
//
// Products of sizes that users give (rows * row stride, elements * bytes) are computed here before anything
// is allocated or indexed. Inner loops then use plain arithmetic on sizes that are known to be in range.
#ifndef LOWBIT_CORE_CHECKED_HPP
#define LOWBIT_CORE_CHECKED_HPP

#include <limits>

#include "lowbit/core/error.hpp"
#include "lowbit/core/types.hpp"

LOWBIT_BEGIN

/// ceil(a / b) for a >= 0, b > 0. The sum a + b fits the unsigned type, whose division by a power of two is
/// one shift.
[[nodiscard]] constexpr index_t ceil_div(index_t a, index_t b) noexcept {
  const auto divisor = static_cast<std::size_t>(b);
  return static_cast<index_t>((static_cast<std::size_t>(a) + divisor - 1) / divisor);
}

namespace detail {

/// The smaller of two sizes.
[[nodiscard]] constexpr index_t min_of(index_t a, index_t b) noexcept { return a < b ? a : b; }

/// p + n, or null if p is null: adding to a null pointer is undefined, even if nothing is read.
template <class T>
[[nodiscard]] LOWBIT_INLINE constexpr T* advanced(T* p, index_t n) noexcept {
  return p == nullptr ? p : p + n;
}

/// Rejects a negative size; `what` names it in the text.
constexpr index_t checked_size(index_t n, const char* what) {
  if (n < 0) fail("%s is %td: sizes must not be negative", what, n);
  return n;
}

inline constexpr index_t largest_size = (std::numeric_limits<index_t>::max)();
/// Bits of a size on this machine.
inline constexpr int size_bits = std::numeric_limits<index_t>::digits + 1;

/// a + b for a, b >= 0, or an error that names both.
constexpr index_t checked_add(index_t a, index_t b, const char* what) {
  if (a > largest_size - b) fail("%s: %td + %td does not fit a %d-bit size", what, a, b, size_bits);
  return a + b;
}

/// Whether a * b, for a, b >= 0, fits an index_t.
[[nodiscard]] constexpr bool product_fits(index_t a, index_t b) noexcept {
  return b == 0 || a <= largest_size / b;
}

/// a * b for a, b >= 0, or an error that names both when the product does not fit an index_t.
constexpr index_t checked_mul(index_t a, index_t b, const char* what) {
  if (!product_fits(a, b)) fail("%s: %td x %td does not fit a %d-bit size", what, a, b, size_bits);
  return a * b;
}

/// a * b for a, b >= 0, or the largest size if that does not fit: for amounts of work.
[[nodiscard]] constexpr index_t saturating_mul(index_t a, index_t b) noexcept {
  return product_fits(a, b) ? a * b : largest_size;
}

}  // namespace detail

LOWBIT_END

#endif
