// lowbit/core/ordered_sum.hpp – sums of many floats in one defined order.
//
// If two machines add in different orders, a threshold may move by its last bit, and a code with it. A long
// sum in float drifts: after 2^24 equal terms nothing more is added. So long sums are taken in double, over
// eight interleaved partial sums: term i goes to sum i mod 8. A tree adds these at the end. The bits are the
// same everywhere, and the loop is fast enough not to matter.
#ifndef LOWBIT_CORE_ORDERED_SUM_HPP
#define LOWBIT_CORE_ORDERED_SUM_HPP

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::core {

/// Partial sums of every ordered sum.
inline constexpr std::size_t partial_sums = 8;

/// Eight partial sums at a distance of `step` doubles, added as a tree.
[[nodiscard]] inline double tree_of_eight(const double* partial, std::size_t step = 1) noexcept {
  const auto pair = [&](std::size_t i) { return partial[i * step] + partial[(i + 4) * step]; };
  return (pair(0) + pair(2)) + (pair(1) + pair(3));
}

/// term(0) + ... + term(n - 1) in the defined order.
template <class Term>
[[nodiscard]] double ordered_sum(std::size_t n, const Term& term) noexcept {
  double partial[partial_sums] = {};
  const std::size_t whole = n / partial_sums * partial_sums;
  for (std::size_t i = 0; i < whole; i += partial_sums)
    for (std::size_t lane = 0; lane < partial_sums; ++lane)
      partial[lane] += static_cast<double>(term(i + lane));
  for (std::size_t i = whole; i < n; ++i) partial[i - whole] += static_cast<double>(term(i));
  return tree_of_eight(partial);
}

}  // namespace detail::core
LOWBIT_END

#endif
