// lowbit/quantize/methods/low_precision_batch_norm.hpp – activations quantized inside their batch norm.
//
// Between normalization and affine part, activations are close to N(0, 1) in every layer. So one fixed table quantizes
// them there:
//
//     n = (x - mean) / deviation      c = code of n      y = relu(gamma level(c) + beta)
//
// Only the code is needed in the backward pass. The rounding counts as the identity. The rest is differentiated at the
// quantized value, with mean and deviation as constants:
//
//     dL/dx = g gamma / deviation where y > 0, else 0
//
// As a quantizer it has a codebook: y is a function of the code, so it packs and multiplies as it is. The
// inner quantizer is midrise with the best step for normal numbers, or any other with affine levels.
//
// Source: Graham, "Low-precision batch-normalized activations", arXiv:1702.08231.
#ifndef LOWBIT_QUANTIZE_METHODS_LOW_PRECISION_BATCH_NORM_HPP
#define LOWBIT_QUANTIZE_METHODS_LOW_PRECISION_BATCH_NORM_HPP

#include "lowbit/encoding/codebook.hpp"
#include "lowbit/quantize/fit/boundaries.hpp"
#include "lowbit/quantize/methods/midrise.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN
/// Batch norm with given statistics, a K-bit code in its middle, and a ReLU.
template <int K, deterministic_quantizer Inner = midrise<K>>
struct low_precision_batch_norm {
  static_assert(Inner::encoding::plane_count == K, "lowbit: the inner quantizer must have K bits");
  using encoding = codebook<K>;
  static constexpr bool activations_alone = true;  ///< see quantize/quantizer.hpp

  float mean = 0;
  float deviation = 1;
  float gamma = 1;
  float beta = 0;
  Inner inner = normal_midrise<K>();

  void validate() const {
    detail::quantizers::require_positive(deviation, "low_precision_batch_norm", "deviation");
    for (const float x : {mean, gamma, beta})
      detail::quantizers::require_number(x, "low_precision_batch_norm", "mean, gamma or beta");
    lowbit::validate(inner);
  }
  [[nodiscard]] constexpr level_table<K> levels() const noexcept {
    level_table<K> out;
    for (std::size_t c = 0; c < out.table.size(); ++c)
      out.table[c] = is_code<typename Inner::encoding>(static_cast<code_t>(c))
                         ? output(static_cast<code_t>(c))
                         : 0;
    return out;
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept {
    return lowbit::encode(
        inner, is_nan(x) ? x
                         : detail::quantizers::nearest_to((exact_double(x) - exact_double(mean)) /
                                                          exact_double(deviation)));
  }
  [[nodiscard]] constexpr float gradient(float x, float upstream) const noexcept {
    return output(encode(x)) > 0 ? upstream * (gamma / deviation) : 0;
  }

 private:
  [[nodiscard]] constexpr float output(code_t code) const noexcept {
    const double y = static_cast<double>(gamma) * static_cast<double>(decode(inner, code)) +
                     static_cast<double>(beta);
    return y > 0 ? static_cast<float>(y) : 0;
  }
};

LOWBIT_END

#endif
