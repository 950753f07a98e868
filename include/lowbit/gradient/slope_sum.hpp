// lowbit/gradient/slope_sum.hpp – the gradient of one parameter that many elements share.
#ifndef LOWBIT_GRADIENT_SLOPE_SUM_HPP
#define LOWBIT_GRADIENT_SLOPE_SUM_HPP

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

}  // namespace detail::gradient
LOWBIT_END

#endif
