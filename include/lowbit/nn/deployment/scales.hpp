// lowbit/nn/deployment/scales.hpp – the real numbers of a trained layer that meet its integer sums.
//
//     y = bn(sum * channel scale * token scale)        channel scale = (weight scale) * (input scale)
//
// freeze() and deploy() take every scale from here, so they cannot disagree. An input quantizer that is fitted per
// token has one scale per row, found when the rows are there: then the input scale counts as 1.
#ifndef LOWBIT_NN_DEPLOYMENT_SCALES_HPP
#define LOWBIT_NN_DEPLOYMENT_SCALES_HPP

#include "lowbit/epilogue/batch_norm.hpp"
#include "lowbit/nn/layers/conv2d.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// The scale of a quantizer whose levels are multiples of it. Errors: levels with an offset.
[[nodiscard]] inline float pure_scale(affine levels) {
  if (levels.offset != 0)
    fail(
        "nn: levels with an offset of %g: a frozen layer needs levels that are multiples of one "
        "scale",
        static_cast<double>(levels.offset));
  return levels.scale;
}

/// The scale of quantized inputs that is known before they are there: 1 if it is fitted per token. Errors: levels with an
/// offset; channels with several scales.
[[nodiscard]] inline float input_scale(const lowbit::nn::straight_through& input) {
  if (input.grain() == per::token) return 1;
  const float scale = pure_scale(input.of_row(0).affine_levels());
  for (const any_quantizer& q : input.sets())
    if (pure_scale(q.affine_levels()) != scale)
      fail("nn: channels with scales of %g and %g: a frozen layer needs one for all",
           static_cast<double>(scale), static_cast<double>(q.affine_levels().scale));
  return scale;
}

/// Errors: what freeze() and deploy() have no packed form for.
inline void require_frozen_form(const lowbit::nn::conv_layer& layer) {
  if (layer.groups() != 1)
    fail("nn: a convolution in %td groups trains, but cannot be frozen", layer.groups());
  const lowbit::nn::straight_through& weight = layer.weight_policy_in_training();
  if (weight.policy().is_quantizer() && weight.grain().grouped() &&
      (weight.policy().traits().fitted || !weight.learned().empty()))
    fail("nn: weights with a scale per %td elements along depth train, but cannot be frozen",
         weight.grain().group_size);
}

/// Why floats cannot hold the integer sums of this depth, if they cannot: they are exact up to 2^24.
inline void require_exact_sums(index_t largest, index_t depth) {
  constexpr index_t exact = 1 << 24;
  if (largest > exact)
    fail("nn: sums of depth %td reach %td: floats are exact up to 2^24", depth, largest);
}

}  // namespace detail::nn

namespace nn {

/// (weight scale) * (input scale) of every output channel of a quantized layer, fitted now. Errors: levels
/// with an offset.
[[nodiscard]] inline std::vector<float> channel_scales(const conv_layer& layer) {
  const straight_through weight = layer.weight_quantizer();
  const float input = detail::nn::input_scale(layer.input_quantizer());
  std::vector<float> scales;
  for (index_t n = 0; n < layer.outputs(); ++n)
    scales.push_back(detail::nn::pure_scale(weight.of_row(n).affine_levels()) * input);
  return scales;
}

/// The real weights of a layer with quantized inputs, times the inputs' scale. Errors: levels with an
/// offset.
[[nodiscard]] inline float_matrix folded_weights(const conv_layer& layer) {
  return layer.weights().value * detail::nn::input_scale(layer.input_quantizer());
}

/// The bias of a layer, or zeros, as a batch norm that only adds it.
[[nodiscard]] inline lowbit::batch_norm bias_only(const conv_layer& layer) {
  const float_matrix one = float_matrix::Ones(1, layer.outputs()),
                     zero = float_matrix::Zero(1, layer.outputs());
  return {elements(one), elements(layer.has_bias() ? layer.bias().value : zero), elements(zero),
          elements(one), 0};
}

}  // namespace nn
LOWBIT_END

#endif
