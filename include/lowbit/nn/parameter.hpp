// lowbit/nn/parameter.hpp – numbers that an optimizer moves.
//
// A parameter is a matrix of values, the gradient that the last backward pass left, and a clip: values stay
// in [-clip, clip]. Methods that clip latent weights say so (quantize/quantizer.hpp: latent_clip()), such as
// BinaryConnect (arXiv:1511.00363, section 2.4): far from zero a sign takes ever longer to change.
//
// Numbers of one network are not all trained alike. L2 decay is for weights, and the trained numbers of quantizers have
// rates of their own (gradient/learned_number.hpp). So a parameter says what group it belongs to. Where a method
// freezes weights one after the other (INQ), marks say which values stay.
#ifndef LOWBIT_NN_PARAMETER_HPP
#define LOWBIT_NN_PARAMETER_HPP

#include <vector>

#include "lowbit/core/random.hpp"
#include "lowbit/nn/float_matrix.hpp"

LOWBIT_BEGIN
namespace nn {

/// `value` and `gradient` have one shape. clip = 0 means no clipping. The other members are its group: optimizers
/// multiply their rate and their decay with it.
struct parameter {
  float_matrix value;
  float_matrix gradient;
  float clip = 0;
  float rate = 1;                    ///< times the optimizer's learning rate
  float decay = 0;                   ///< times its L2 decay; 1 for weights
  float gradient_clip = 0;           ///< the gradient is kept in +-gradient_clip; 0: as it is
  std::vector<std::uint8_t> frozen;  ///< marks of values that stay, by element; or none

  /// rows x cols zeros.
  parameter(index_t rows, index_t cols)
      : value(float_matrix::Zero(rows, cols)), gradient(float_matrix::Zero(rows, cols)) {}
};

/// Every value becomes a uniform number in [-bound, bound): element i takes number i of the stream, so
/// the result depends on the stream alone.
inline void fill_uniform(parameter& p, const random_stream& stream, float bound) noexcept {
  for (index_t i = 0; i < p.value.size(); ++i)
    p.value.data()[i] = (2 * stream.uniform(i) - 1) * bound;
}

/// What an optimizer descends along: the gradient, clipped, and decay times the value. It stays in `gradient`.
inline const float_matrix& descent(parameter& p, float decay) {
  if (p.gradient_clip > 0)
    for (float& g : elements(p.gradient))
      g = g < -p.gradient_clip ? -p.gradient_clip : g > p.gradient_clip ? p.gradient_clip : g;
  if (const float own = decay * p.decay; own > 0) p.gradient += own * p.value;
  return p.gradient;
}

/// Moves values outside [-clip, clip] to the nearer end; nothing where clip = 0. NaN stays NaN.
inline void clip_to_bound(parameter& p) noexcept {
  if (!(p.clip > 0)) return;
  for (float& x : elements(p.value)) x = x < -p.clip ? -p.clip : x > p.clip ? p.clip : x;
}

/// p.value -= step, but for frozen values, then clipped.
template <class Step>
void move_value(parameter& p, const Step& step) {
  if (p.frozen.empty()) {
    p.value.array() -= step;
  } else {
    const float_matrix before = p.value;
    p.value.array() -= step;
    for (std::size_t i = 0; i < p.frozen.size(); ++i)
      if (p.frozen[i] != 0) elements(p.value)[i] = elements(before)[i];
  }
  clip_to_bound(p);
}

}  // namespace nn
LOWBIT_END

#endif
