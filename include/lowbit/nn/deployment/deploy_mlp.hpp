// lowbit/nn/deployment/deploy_mlp.hpp – from a trained network to packed layers with integer thresholds.
//
//     lowbit::nn::packed_mlp packed = lowbit::nn::deploy(net);
//
// Weights go through quantize() with the quantizer they were trained with. Scale, batch norm and sign
// of a layer become one integer per channel, found by bisection on the function that the float path
// evaluates (epilogue/threshold.hpp): bn(float(sum * scale + bias)). So the packed network and
// nn::frozen_mlp agree on every hidden bit and every logit, whatever gamma is.
//
// What can be deployed: pixels (or another 8-bit unsigned input) times binary weights; signs times
// binary weights; signs times real weights at the end. Anything else is refused at compile time, and so are
// inputs whose scale is fitted per token.
#ifndef LOWBIT_NN_DEPLOYMENT_DEPLOY_MLP_HPP
#define LOWBIT_NN_DEPLOYMENT_DEPLOY_MLP_HPP

#include "lowbit/encode/quantize.hpp"
#include "lowbit/nn/deployment/frozen_linear.hpp"
#include "lowbit/nn/deployment/packed_mlp.hpp"
#include "lowbit/nn/layers/mlp.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// True if policy P makes codes of encoding E.
template <class P, class E>
inline constexpr bool encodes = [] {
  if constexpr (lowbit::nn::trainable_quantizer<P>)
    return std::same_as<typename P::encoding, E>;
  else
    return false;
}();

/// Packed weights and thresholds of one layer and the batch norm behind it.
template <class Weight, class Input>
[[nodiscard]] lowbit::linear<binary> deploy_layer(const lowbit::nn::linear<Weight, Input>& layer,
                                                  const lowbit::nn::batch_norm& norm) {
  const std::vector<float> scales = lowbit::nn::channel_scales(layer);
  const lowbit::batch_norm bn = norm.frozen();
  const auto before_sign = [&](std::int32_t sum, index_t n) {
    const float bias = layer.has_bias() ? layer.bias().value(0, n) : 0;
    return bn(scaled(static_cast<float>(sum), scales[static_cast<std::size_t>(n)], bias), n);
  };
  const auto& quantizer = layer.weight_quantizer();
  const auto pack_weights = [&] {
    const auto weights = lowbit::view(layer.weights().value);
    if constexpr (fitted<Weight>)
      return quantize(per_group(quantizer.of_row(0), quantizer.grain()), weights);
    else
      return quantize(quantizer.of_row(0), weights);
  };
  return {pack_weights().codes(),
          threshold(before_sign, layer.outputs(),
                    largest_sum<typename Input::encoding, binary>(layer.inputs()))};
}

}  // namespace detail::nn

namespace nn {

/// The packed network that computes what nn::frozen_mlp(net) does. Errors: levels with an offset; a
/// depth at which 32-bit sums could overflow; parameters that are not finite.
template <policy FirstWeight, policy FirstInput, policy HiddenWeight, policy HiddenInput,
          policy LastWeight, policy LastInput>
[[nodiscard]] packed_mlp deploy(
    const mlp<linear<FirstWeight, FirstInput>, linear<HiddenWeight, HiddenInput>,
              linear<LastWeight, LastInput>>& net) {
  constexpr bool first_input = detail::nn::encodes<FirstInput, unsigned_bits<8>>;
  constexpr bool first_weight = detail::nn::encodes<FirstWeight, binary>;
  constexpr bool hidden_input = detail::nn::encodes<HiddenInput, binary>;
  constexpr bool hidden_weight = detail::nn::encodes<HiddenWeight, binary>;
  constexpr bool last_input = detail::nn::encodes<LastInput, binary>;
  constexpr bool last_weight = std::same_as<LastWeight, real>;
  constexpr bool known_scales = !fitted<FirstInput> && !fitted<HiddenInput> && !fitted<LastInput>;
  static_assert(first_input,
                "lowbit::nn::deploy: the first layer must take 8-bit pixels: train it as "
                "nn::linear<sign<>, nn::pixel>");
  static_assert(
      first_weight,
      "lowbit::nn::deploy: the first layer's weights must have binary codes: train it with "
      "a weight quantizer such as sign<> or xnor_weight<>");
  static_assert(hidden_input,
                "lowbit::nn::deploy: the hidden layers' inputs must have binary codes: train them "
                "with an input quantizer such as sign<>");
  static_assert(hidden_weight,
                "lowbit::nn::deploy: the hidden layers' weights must have binary codes: train them "
                "with a weight quantizer such as sign<> or xnor_weight<>");
  static_assert(last_input,
                "lowbit::nn::deploy: the last layer's inputs must have binary codes: train it as "
                "nn::linear<nn::real, sign<>>");
  static_assert(last_weight,
                "lowbit::nn::deploy: the last layer's weights must be real: train it as "
                "nn::linear<nn::real, sign<>>");
  static_assert(known_scales,
                "lowbit::nn::deploy: thresholds are made before there are inputs: train with input "
                "quantizers that are not fitted per token");
  if constexpr (first_input && first_weight && hidden_input && hidden_weight && last_input &&
                last_weight && known_scales) {
    std::vector<lowbit::linear<binary>> layers;
    layers.push_back(detail::nn::deploy_layer(net.first(), net.norms()[0]));
    for (std::size_t i = 0; i < net.hidden().size(); ++i)
      layers.push_back(detail::nn::deploy_layer(net.hidden()[i], net.norms()[i + 1]));

    const float_matrix folded = folded_weights(net.last());
    matrix<float> weights(folded.rows(), folded.cols());
    map(weights) = folded;
    const auto bias = elements(net.last().bias().value);
    return {std::move(layers), std::move(weights), {bias.begin(), bias.end()}};
  }
}

}  // namespace nn
LOWBIT_END

#endif
