// lowbit/quantize/methods/bitnet_binary.hpp – the weights of the first, 1-bit BitNet.
//
//     y = beta sign(W - mean W)        beta = mean |W|        (+1 where W is the mean itself)
//
// The mean moves the threshold but not the levels. A group is the tensor; the gradient is the identity.
// A constant group is all +1, whatever its sign, and an all-zero one has beta 0.
//
// Source: Wang et al., "BitNet: scaling 1-bit transformers for large language models",
// arXiv:2310.11453.
#ifndef LOWBIT_QUANTIZE_METHODS_BITNET_BINARY_HPP
#define LOWBIT_QUANTIZE_METHODS_BITNET_BINARY_HPP

#include "lowbit/encoding/binary.hpp"
#include "lowbit/gradient/surrogate.hpp"
#include "lowbit/quantize/fit/boundaries.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// Signs around the mean, scaled by the mean magnitude.
template <surrogate Surrogate = ste::identity>
struct bitnet_binary {
  using encoding = binary;

  Surrogate surrogate_gradient{};
  float threshold = 0;  ///< fitted: the smallest float that is not below the mean
  float beta = 1;       ///< fitted scale

  /// Errors: an element is not finite.
  [[nodiscard]] bitnet_binary fit(std::span<const float> group) const {
    bitnet_binary q = *this;
    q.beta = static_cast<float>(detail::quantizers::mean_abs(group, "bitnet_binary"));
    q.threshold = detail::quantizers::smallest_from(
        detail::quantizers::mean_and_deviation(group, "bitnet_binary").mean);
    return q;
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {beta, 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats w) const noexcept {
    return std::array{~w.below(threshold)};
  }
};

LOWBIT_END

#endif
