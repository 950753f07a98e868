// lowbit/gradient/slope_sum.hpp – the gradient of parameters that many elements share.
#ifndef LOWBIT_GRADIENT_SLOPE_SUM_HPP
#define LOWBIT_GRADIENT_SLOPE_SUM_HPP

#include <array>
#include <span>

#include "lowbit/core/ordered_sum.hpp"

LOWBIT_BEGIN
namespace detail::gradient {

/// sum over i of upstream[i] * slope(x[i]), an ordered sum (core/ordered_sum.hpp) rounded to float once.
template <class Slope>
[[nodiscard]] float slope_sum(std::span<const float> x, std::span<const float> upstream,
                              Slope slope) noexcept {
  return static_cast<float>(core::ordered_sum(x.size(), [&](std::size_t i) {
    return static_cast<double>(upstream[i]) * static_cast<double>(slope(x[i]));
  }));
}

/// The same sums for N parameters whose slopes(x) have costs in common: an array of N doubles per element.
template <std::size_t N, class Slopes>
[[nodiscard]] std::array<float, N> slope_sums(std::span<const float> x,
                                              std::span<const float> upstream,
                                              Slopes slopes) noexcept {
  double partial[core::partial_sums][N] = {};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::array<double, N> slope = slopes(x[i]);
    for (std::size_t k = 0; k < N; ++k)
      partial[i % core::partial_sums][k] += static_cast<double>(upstream[i]) * slope[k];
  }
  std::array<float, N> sums;
  for (std::size_t k = 0; k < N; ++k)
    sums[k] = static_cast<float>(core::tree_of_eight(&partial[0][k], N));
  return sums;
}

}  // namespace detail::gradient
LOWBIT_END

#endif
