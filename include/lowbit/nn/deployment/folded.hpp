// lowbit/nn/deployment/folded.hpp – a convolution and its batch norm as one convolution with a bias.
//
//     w'(o) = w(o) * gamma(o) / sqrt(variance(o) + epsilon)
//     b'(o) = beta(o) + (b(o) - mean(o)) * gamma(o) / sqrt(variance(o) + epsilon)
//
// Compression starts from folded layers: folding changes the magnitudes of weights, and a folded layer stores one number
// per filter where a batch norm stores three. Sums are rounded differently than before, so this is for layers of floats
// that are trained on. Quantized layers are deployed with their batch norms instead (deploy.hpp), bit for bit.
#ifndef LOWBIT_NN_DEPLOYMENT_FOLDED_HPP
#define LOWBIT_NN_DEPLOYMENT_FOLDED_HPP

#include "lowbit/nn/layers/conv_layer.hpp"
#include "lowbit/nn/layers/normalised.hpp"

LOWBIT_BEGIN
namespace nn {

/// The layer with its running averages folded in, real weights and the same inputs. Numbers that its input policy learned
/// start anew. Errors: weights that are quantized; a batch norm with shifts or a number that is not finite.
[[nodiscard]] inline conv_layer folded(const normalised<conv_layer>& layer) {
  const conv_layer& from = layer.conv();
  if (from.weight_policy_in_training().policy().is_quantizer())
    detail::fail("nn::folded: weights of %s: only real weights can be folded",
                 from.weight_policy_in_training().policy().format().name);
  const lowbit::batch_norm bn = layer.norm().frozen();
  conv_layer to(from.inputs(), from.outputs(), from.over(), random_stream(0),
                {.bias = true, .groups = from.groups()}, real{},
                from.input_policy_in_training().policy(), from.pad_code());
  for (index_t o = 0; o < from.outputs(); ++o) {
    const double at_zero = static_cast<double>(bn(0, o));
    const auto slope = static_cast<double>(bn.scale(o));
    to.weights().value.row(o) = (from.weights().value.row(o).cast<double>() * slope).cast<float>();
    const double bias = from.has_bias() ? static_cast<double>(from.bias().value(0, o)) : 0;
    to.bias().value(0, o) = static_cast<float>(at_zero + bias * slope);
  }
  return to;
}

}  // namespace nn
LOWBIT_END

#endif
