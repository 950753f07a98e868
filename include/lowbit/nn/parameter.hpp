// lowbit/nn/parameter.hpp – numbers that an optimizer moves.
//
// A parameter is a matrix of values, the gradient that the last backward pass left, and a clip: values stay
// in [-clip, clip]. Methods that clip latent weights say so (quantize/quantizer.hpp: latent_clip()), such as
// BinaryConnect (arXiv:1511.00363, section 2.4): far from zero a sign takes ever longer to change.
#ifndef LOWBIT_NN_PARAMETER_HPP
#define LOWBIT_NN_PARAMETER_HPP

#include "lowbit/core/random.hpp"
#include "lowbit/nn/float_matrix.hpp"

LOWBIT_BEGIN
namespace nn {

/// `value` and `gradient` have one shape. clip = 0 means no clipping.
struct parameter {
  float_matrix value;
  float_matrix gradient;
  float clip = 0;

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

/// Moves values outside [-clip, clip] to the nearer end; nothing where clip = 0. NaN stays NaN.
inline void clip_to_bound(parameter& p) noexcept {
  if (!(p.clip > 0)) return;
  for (float& x : elements(p.value)) x = x < -p.clip ? -p.clip : x > p.clip ? p.clip : x;
}

}  // namespace nn
LOWBIT_END

#endif
