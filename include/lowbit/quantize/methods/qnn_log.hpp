// lowbit/quantize/methods/qnn_log.hpp – the logarithmic quantizer of QNN, as a function.
//
//     y = clip(AP2(x), lower, upper)            AP2(x) = sign(x) 2^round(log2 |x|), AP2(0) = 0
//     dL/dx = g where lower <= x <= upper, ends inclusive
//
// Its levels have no lower end, so it has no codes of its own: log_quantizer is the form with a window.
//
// Source: Hubara et al., "Quantized neural networks", arXiv:1609.07061, section 4.
#ifndef LOWBIT_QUANTIZE_METHODS_QNN_LOG_HPP
#define LOWBIT_QUANTIZE_METHODS_QNN_LOG_HPP

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/quantize/quantizer.hpp"
#include "lowbit/quantize/validate.hpp"

LOWBIT_BEGIN

/// Powers of two in [lower, upper].
struct qnn_log {
  float lower = -1;
  float upper = 1;

  void validate() const { detail::quantizers::require_range(lower, upper, "qnn_log"); }
  [[nodiscard]] constexpr float operator()(float x) const noexcept {
    return clip(nearest_power_of_two(x), lower, upper);
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return x >= lower && x <= upper ? upstream : 0;
  }
};

LOWBIT_END

#endif
