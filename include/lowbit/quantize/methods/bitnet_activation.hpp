// lowbit/quantize/methods/bitnet_activation.hpp – BitNet's integer activations, scaled per token.
//
//     m = max(max |x|, 1e-5) over the token          code = round(x Q / m)  half to even, Q = 2^(K-1) - 1
//     y = code m / Q                                 dL/dx = g, no window
//
// The group is a token: per_group(bitnet_activation<>{}, per::token), and so in nn::linear. In a
// BitLinear layer a norm without parameters stands before it. With the floor of 1e-5 a token of zeros stays zero.
//
// Source: Ma et al., "The era of 1-bit LLMs", arXiv:2402.17764; Wang et al., "BitNet", arXiv:2310.11453.
#ifndef LOWBIT_QUANTIZE_METHODS_BITNET_ACTIVATION_HPP
#define LOWBIT_QUANTIZE_METHODS_BITNET_ACTIVATION_HPP

#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// K-bit two's complement, the largest magnitude of the group at 2^(K-1) - 1.
template <int K = 8>
struct bitnet_activation {
  static_assert(K >= 2, "lowbit::bitnet_activation<K>: K must be 2 to 8; for one bit use sign");
  using encoding = signed_bits<K>;
  static constexpr bool per_token = true;  ///< see quantize/quantizer.hpp
  static constexpr int largest_code = (1 << (K - 1)) - 1;

  float floor = 1e-5f;  ///< the least maximum
  float largest = 1;    ///< fitted: m

  void validate() const {
    detail::quantizers::require_positive(floor, "bitnet_activation", "floor");
  }
  /// Errors: an element is not finite.
  [[nodiscard]] bitnet_activation fit(std::span<const float> token) const {
    const float top = detail::quantizers::max_abs(token, "bitnet_activation");
    return {floor, top > floor ? top : floor};
  }
  [[nodiscard]] constexpr affine levels() const noexcept {
    return {detail::quantizers::step_to(largest, largest_code), 0};
  }
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    return integer_grid<encoding>::template quotient<rounding::half_even>(largest_code,
                                                                          exact_double(largest));
  }
  [[nodiscard]] constexpr float gradient(float, float upstream) const noexcept { return upstream; }
};

LOWBIT_END

#endif
