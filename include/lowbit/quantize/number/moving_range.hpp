// lowbit/quantize/number/moving_range.hpp – the range of activations, averaged over batches.
//
// Affine codes need a smallest and a largest number. Weights have theirs; activations show a new pair with
// each batch, so training keeps an exponential moving average and inference uses it as it stands:
//
//     first batch: lower = min, upper = max        then: lower += (1 - decay) (min - lower), upper likewise
//
// Source: Jacob et al., "Quantization and training of neural networks for efficient
// integer-arithmetic-only inference", arXiv:1712.05877, section 3.1.
#ifndef LOWBIT_QUANTIZE_NUMBER_MOVING_RANGE_HPP
#define LOWBIT_QUANTIZE_NUMBER_MOVING_RANGE_HPP

#include "lowbit/quantize/fit/reduce.hpp"

LOWBIT_BEGIN

/// [lower, upper] of what update() has seen.
struct moving_range {
  double decay = 0.99;  ///< in [0, 1): near 1 for averages over many batches
  double lower = 0;
  double upper = 0;
  index_t batches = 0;

  /// Takes one batch into account; an empty one changes nothing. Errors: decay is not in [0, 1); an
  /// element is not finite.
  void update(std::span<const float> batch) {
    if (is_nan(decay) || !(decay >= 0 && decay < 1))
      detail::fail("moving_range: decay is %g: it must be in [0, 1)", decay);
    const auto [low, high] = detail::quantizers::range_of(batch, "moving_range");
    if (batch.empty()) return;
    const double weight = batches == 0 ? 1 : 1 - decay;
    lower += weight * (static_cast<double>(low) - lower);
    upper += weight * (static_cast<double>(high) - upper);
    ++batches;
  }
};

LOWBIT_END

#endif
