// lowbit/epilogue/rms_norm.hpp – what a row of floats is multiplied by, so that its root mean square becomes 1.
//
//     r = float(1 / sqrt(mean of x^2 + epsilon))          y_c = r (x_c gamma_c), each product rounded to float
//
// Training (nn/layers/rms_norm.hpp) and packed networks (network/rms_norm.hpp) both call this. The order of
// the sum is defined (core/ordered_sum.hpp), and squares are exact in double. So neither a compiler nor an ISA changes
// a bit.
//
// Source: Zhang, Sennrich, "Root mean square layer normalization", arXiv:1910.07467, eq. 4.
#ifndef LOWBIT_EPILOGUE_RMS_NORM_HPP
#define LOWBIT_EPILOGUE_RMS_NORM_HPP

#include <cmath>
#include <span>

#include "lowbit/core/ordered_sum.hpp"

LOWBIT_BEGIN
namespace detail::epilogues {

/// 1 / sqrt(mean of x^2 + epsilon) of a row that has an element.
[[nodiscard]] inline float inverse_rms(std::span<const float> x, float epsilon) noexcept {
  const double sum = core::ordered_sum(x.size(), [&](std::size_t i) {
    return static_cast<double>(x[i]) * static_cast<double>(x[i]);
  });
  const double mean = sum / static_cast<double>(x.size());
  return static_cast<float>(1 / std::sqrt(mean + static_cast<double>(epsilon)));
}

}  // namespace detail::epilogues

LOWBIT_END

#endif
