// lowbit/network/rms_norm.hpp – the norm of tokens, as data: each row divided by its root mean square.
//
// layer::rms_norm applies it in packed networks (network/layers/token_layers.hpp), nn::freeze() in float networks. The
// formula and the order of its sum are in epilogue/rms_norm.hpp.
#ifndef LOWBIT_NETWORK_RMS_NORM_HPP
#define LOWBIT_NETWORK_RMS_NORM_HPP

#include <span>
#include <vector>

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/reason.hpp"
#include "lowbit/epilogue/rms_norm.hpp"

LOWBIT_BEGIN

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
