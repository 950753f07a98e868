// lowbit/quantize/methods/bitnet_ternary.hpp – the weights of BitNet b1.58.
//
//     gamma = mean |W|        t = clip(round(W / (gamma + eps)), -1, 1)        y = gamma t
//
// Rounding half to even sends |W| = (gamma + eps) / 2 to 0, so t is nonzero where |W| is larger. That is a ternary
// threshold of half the mean (0.7 of the mean in TWN), found once by fit(). A group is the tensor. The gradient is the
// identity everywhere. Because of eps, an all-zero group has gamma 0 and codes 0.
//
// Source: Ma et al., "The era of 1-bit LLMs: all large language models are in 1.58 bits",
// arXiv:2402.17764, eq. 1-3.
#ifndef LOWBIT_QUANTIZE_METHODS_BITNET_TERNARY_HPP
#define LOWBIT_QUANTIZE_METHODS_BITNET_TERNARY_HPP

#include "lowbit/encoding/ternary.hpp"
#include "lowbit/gradient/surrogate.hpp"
#include "lowbit/quantize/fit/boundaries.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Ternary codes around half the mean magnitude, which is the scale.
template <surrogate Surrogate = ste::identity>
struct bitnet_ternary {
  using encoding = ternary;

  Surrogate surrogate_gradient{};
  float epsilon = 1e-5f;  ///< > 0: keeps the quotient finite
  float gamma = 1;        ///< fitted scale
  float delta = 0.5f;     ///< fitted: the largest magnitude that becomes 0

  void validate() const {
    detail::quantizers::require_positive(epsilon, "bitnet_ternary", "epsilon");
  }
  /// Errors: those of validate(); an element is not finite.
  [[nodiscard]] bitnet_ternary fit(std::span<const float> group) const {
    validate();
    const double mean = detail::quantizers::mean_abs(group, "bitnet_ternary");
    bitnet_ternary q = *this;
    q.gamma = static_cast<float>(mean);
    q.delta = detail::quantizers::largest_to((mean + static_cast<double>(epsilon)) / 2);
    return q;
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {gamma, 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats w) const noexcept {
    return ternary_planes(w, -delta, delta);
  }
};

LOWBIT_END

#endif
