// lowbit/nn/deployment/deploy_tokens.hpp – layers whose tokens have a scale of their own, as packed layers.
//
//     trained                                packed (network/layers/token_layers.hpp)
//     nn::rms_norm                           layer::rms_norm
//     linear<W, bitnet_activation<8>>        layer::bit_linear<codes of W>; with a batch norm behind it, too
//
// So nn::bit_linear() deploys. W is any quantizer of integers with one scale, or one per row.
#ifndef LOWBIT_NN_DEPLOYMENT_DEPLOY_TOKENS_HPP
#define LOWBIT_NN_DEPLOYMENT_DEPLOY_TOKENS_HPP

#include "lowbit/network/layers/token_layers.hpp"
#include "lowbit/nn/deployment/deploy_conv.hpp"
#include "lowbit/nn/layers/normalised.hpp"
#include "lowbit/nn/layers/rms_norm.hpp"
#include "lowbit/tensor/pack.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// Errors: a window or groups; weights with levels per group, or with offsets; parameters that are not finite.
template <class Weight, class P>
[[nodiscard]] layer::bit_linear<typename Weight::encoding> deploy_tokens(
    const lowbit::nn::conv2d<Weight, bitnet_activation<8>, P>& layer,
    const lowbit::batch_norm& bn) {
  using packed = layer::bit_linear<typename Weight::encoding>;
  if (!(layer.over() == window{}) || layer.groups() != 1)
    fail(
        "nn::deploy: inputs with a scale per token under a window of %tdx%td in %td groups: "
        "layer::bit_linear multiplies tokens, pixel by pixel",
        layer.over().vertical.size, layer.over().horizontal.size, layer.groups());
  const network::quantized_rows rows = rows_of_weights(layer, "nn::deploy");
  typename packed::parameters p;
  const index_t sets = rows.levels.per_row ? layer.outputs() : 1;
  for (index_t o = 0; o < sets; ++o) {
    if (rows.levels.group != 0 || rows.levels.offset(o, 0, 1) != 0)
      fail(
          "nn::deploy: weights with levels per group, or with offsets, on inputs with a scale per "
          "token: one scale for all, or one per row");
    p.scales.push_back(rows.levels.scale(o, 0, 1, 0));
  }
  p.weights = packed_tensor<typename Weight::encoding>({layer.outputs(), 1, 1, layer.inputs()});
  pack(matrix_view<const code_t>(rows.codes.data(), layer.outputs(), layer.inputs()),
       p.weights.mutable_pixels());
  p.bn = bn;
  p.floor = layer.input_quantizer().policy().template get_if<bitnet_activation<8>>()->floor;
  return packed(std::move(p));
}

}  // namespace detail::nn

namespace nn {

/// See the head of this file.
template <integer_quantizer Weight, pad_value P, class Value>
[[nodiscard]] auto deploy_layer(const conv2d<Weight, bitnet_activation<8>, P>& layer,
                                const read_by<Value>& reader) {
  return detail::nn::with_codes_for(reader, detail::nn::deploy_tokens(layer, bias_only(layer)));
}
template <integer_quantizer Weight, pad_value P, class Value>
[[nodiscard]] auto deploy_layer(const normalised<conv2d<Weight, bitnet_activation<8>, P>>& layer,
                                const read_by<Value>& reader) {
  return detail::nn::with_codes_for(reader,
                                    detail::nn::deploy_tokens(layer.conv(), layer.norm().frozen()));
}
template <class Value>
[[nodiscard]] auto deploy_layer(const rms_norm& layer, const read_by<Value>& reader) {
  return detail::nn::with_codes_for(reader, layer::rms_norm(layer.frozen()));
}

}  // namespace nn
LOWBIT_END

#endif
