// lowbit/gradient/slope_sum.hpp – the gradient of one number that many elements share.
#ifndef LOWBIT_GRADIENT_SLOPE_SUM_HPP
#define LOWBIT_GRADIENT_SLOPE_SUM_HPP

#include <span>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::gradient {

/// sum over i of upstream[i] * slope(x[i]), rounded to float once: in double over eight interleaved
/// partial sums that are added as a tree, as the reductions of fits are (quantize/reduce.hpp).
template <class Slope>
[[nodiscard]] float slope_sum(std::span<const float> x, std::span<const float> upstream,
                              Slope slope) noexcept {
  double partial[8] = {};
  for (std::size_t i = 0; i < x.size(); ++i)
    partial[i % 8] += static_cast<double>(upstream[i]) * static_cast<double>(slope(x[i]));
  return static_cast<float>(((partial[0] + partial[4]) + (partial[2] + partial[6])) +
                            ((partial[1] + partial[5]) + (partial[3] + partial[7])));
}

}  // namespace detail::gradient
LOWBIT_END

#endif
