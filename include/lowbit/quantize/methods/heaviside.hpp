// lowbit/quantize/methods/heaviside.hpp – bits that stand for 0 and 1.
//
//     y = 1 if x > 0, else 0            dL/dx = surrogate(x, dL/dy), by default 1[|x| <= 1], ends inclusive
//
// Unlike in sign, x = 0 gives 0, as does NaN. The product of two such operands is popcount(a & b): networks of AND
// gates need no XNOR and no correction for the depth. The encoding is unsigned_bits<1>, so sums over operands of other
// widths work as well.
//
// Source: larq's ste_heaviside; the gradient is that of Hubara et al., arXiv:1602.02830, eq. 4.
#ifndef LOWBIT_QUANTIZE_METHODS_HEAVISIDE_HPP
#define LOWBIT_QUANTIZE_METHODS_HEAVISIDE_HPP

#include "lowbit/encoding/integer_bits.hpp"
#include "lowbit/gradient/hard_tanh.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// The step at zero. `scale` (> 0) is the upper level.
template <surrogate Surrogate = ste::hard_tanh>
struct heaviside {
  using encoding = unsigned_bits<1>;

  Surrogate surrogate_gradient{};
  float scale = 1;

  void validate() const { detail::quantizers::require_positive(scale, "heaviside", "scale"); }
  [[nodiscard]] constexpr affine levels() const noexcept { return {scale, 0}; }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats x) const noexcept {
    return std::array{x.above(0)};
  }
};

LOWBIT_END

#endif
