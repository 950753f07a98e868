// lowbit/epilogue/rms_norm.hpp – a row of floats divided by its root mean square.
//
//     r = float(1 / sqrt(mean of x^2 + epsilon))          y_c = r (x_c gamma_c), each product rounded to float
//
// Training (nn/layers/rms_norm.hpp) and packed networks (network/layers/token_layers.hpp) both call this. The order of
// the sum is defined (core/ordered_sum.hpp), and squares are exact in double. So neither a compiler nor an ISA changes
// a bit.
//
// Source: Zhang, Sennrich, "Root mean square layer normalization", arXiv:1910.07467, eq. 4.
#ifndef LOWBIT_EPILOGUE_RMS_NORM_HPP
#define LOWBIT_EPILOGUE_RMS_NORM_HPP

#include <cmath>
#include <span>
#include <vector>

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/ordered_sum.hpp"
#include "lowbit/core/reason.hpp"

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

/// The norm of rows of a fixed number of channels.
struct rms_norm {
  std::vector<float> gamma;  ///< one per channel
  float epsilon = 1e-5f;

  /// What is wrong with these numbers, or nothing.
  [[nodiscard]] reason problem() const noexcept {
    if (gamma.empty()) return "a norm of no channels";
    if (!(epsilon > 0) || !is_finite(epsilon))
      return make_reason("an epsilon of %g: it must be above 0", static_cast<double>(epsilon));
    for (const float g : gamma)
      if (!is_finite(g))
        return make_reason("a gamma of %g: it must be finite", static_cast<double>(g));
    return {};
  }
  /// y = the norm of a row x of as many elements as gamma; y may be x. Cost: two passes over the row.
  void operator()(std::span<const float> x, float* y) const noexcept {
    const float inverse = detail::epilogues::inverse_rms(x, epsilon);
    for (std::size_t c = 0; c < x.size(); ++c) y[c] = inverse * (x[c] * gamma[c]);
  }
};

LOWBIT_END

#endif
