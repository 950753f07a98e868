// lowbit/nn/deployment/deploy.hpp – from a trained network to a packed one.
//
//     auto packed = lowbit::nn::deploy(net);        a lowbit::sequential: run it, save it (lowbit/io.hpp)
//
// Which packed layer a trained one becomes depends on its policies, and on what the layer behind it reads:
//
//     trained                            what reads it       packed (network/layers/)
//     normalised convolutions            anything            nn/deployment/deploy_conv.hpp
//     max_pool                           numbers             max_pool of numbers
//                                        signs alone         max_pool of bits: OR (the largest number's sign)
//                                        codes               max_pool of codes: quantizers are monotone
//     linear<W, bitnet_activation<8>>    numbers             bit_linear, and rms_norm in front of it
//     average_pool, global_average_pool  numbers             the same; then signs or codes where these are read
//     activation, batch_norm             anything            function of numbers: one pass over them
//     depth_to_space                     anything            the same, of numbers
//     residual                                               residual: the sum is a stage in the tile
//     circulant                                              the convolution of all its filters
//     repeat                             the first reads     repeat; the last layer follows by itself if another
//                                                            value reads it
//
// Layers are made from the last to the first, so the reader of each is known. Thresholds are found by bisection on the
// function that freeze() evaluates. Everything else calls the same functions in the same order. So freeze(net) and
// deploy(net) agree in every hidden code and every logit.
//
// What has no packed layer is refused with a sentence, at compile time where types say it. README.md of include/lowbit
// has the list. A layer of your own joins in if deploy_layer(layer, read_by<Next>) is found beside it and gives a tuple
// of packed layers. codes_read_by() says what codes it reads.
#ifndef LOWBIT_NN_DEPLOYMENT_DEPLOY_HPP
#define LOWBIT_NN_DEPLOYMENT_DEPLOY_HPP

#include "lowbit/network/layers/pool_layers.hpp"
#include "lowbit/network/repeat.hpp"
#include "lowbit/network/residual.hpp"
#include "lowbit/network/sequential.hpp"
#include "lowbit/nn/deployment/deploy_conv.hpp"
#include "lowbit/nn/deployment/deploy_tokens.hpp"
#include "lowbit/nn/deployment/freeze.hpp"
#include "lowbit/nn/deployment/refused_layers.hpp"

LOWBIT_BEGIN
namespace nn {

/// The codes that a layer reads, if its packed form reads codes of any encoding: what the layer in front of it must
/// write. behind() gives those of the layer behind it. Layers that read floats or signs read no such codes.
template <class Layer, class Behind>
requires(!std::derived_from<Layer, conv_layer> && !expandable_layer<Layer>) [[nodiscard]] next_codes
    codes_read_by(const Layer&, const Behind&) {
  return {};
}
template <expandable_layer Layer, class Behind>
[[nodiscard]] next_codes codes_read_by(const Layer& layer, const Behind& behind) {
  return codes_read_by(layer.expanded(), behind);
}
template <class Behind>
[[nodiscard]] next_codes codes_read_by(const conv_layer& layer, const Behind&) {
  return detail::nn::codes_of_inputs(layer.input_quantizer(), "nn::deploy");
}
template <std::derived_from<conv_layer> Conv, class Behind>
[[nodiscard]] next_codes codes_read_by(const normalised<Conv>& layer, const Behind& behind) {
  return codes_read_by(layer.conv(), behind);
}
template <class Behind>
[[nodiscard]] next_codes codes_read_by(const max_pool&, const Behind& behind) {
  return behind();
}
template <class... Layers, class Behind>
[[nodiscard]] next_codes codes_read_by(const sequential<Layers...>& net, const Behind& behind);
template <class Layer, class Behind>
[[nodiscard]] next_codes codes_read_by(const repeat<Layer>& block, const Behind& behind) {
  return codes_read_by(block.layers().front(), behind);
}

/// The packed layers of one trained layer, as a tuple; see the head of this file. Errors: what
/// nn/deployment/conv_parameters.hpp refuses; a depth at which 32-bit sums could overflow; parameters that are not
/// finite.
template <policy Weight, policy Input, pad_value P, class Value>
[[nodiscard]] auto deploy_layer(const normalised<conv2d<Weight, Input, P>>& layer,
                                const read_by<Value>& reader) {
  return detail::nn::deploy_conv(layer.conv(), layer.norm().frozen(), reader);
}
template <policy Weight, policy Input, pad_value P, class Value>
[[nodiscard]] auto deploy_layer(const conv2d<Weight, Input, P>& layer,
                                const read_by<Value>& reader) {
  if constexpr (detail::nn::reals_on_signs<conv2d<Weight, Input, P>>) {
    static_assert(std::same_as<Value, image_tensor<float>>,
                  "lowbit::nn::deploy: real weights x signs without a batch norm end a network");
    if (detail::core::has_padding(layer.over()) || layer.groups() != 1)
      detail::fail(
          "nn::deploy: real weights x signs without a batch norm end a network: their window is "
          "the "
          "whole image, without padding or groups");
    const lowbit::batch_norm bias = bias_only(layer);
    std::vector<float> beta;
    for (index_t o = 0; o < bias.size(); ++o) beta.push_back(bias.beta(o));
    return std::tuple(layer::float_linear(
        detail::nn::float_filters(folded_weights(layer), layer.over(), layer.inputs()), beta));
  } else {
    return detail::nn::deploy_conv(layer, bias_only(layer), reader);
  }
}
/// Convolutions whose policies are values: two quantizers.
template <class Value>
[[nodiscard]] auto deploy_layer(const normalised<conv_layer>& layer, const read_by<Value>& reader) {
  return std::tuple(detail::nn::deploy_any(layer.conv(), layer.norm().frozen(), reader));
}
template <class Value>
[[nodiscard]] auto deploy_layer(const conv_layer& layer, const read_by<Value>& reader) {
  return std::tuple(detail::nn::deploy_any(layer, bias_only(layer), reader));
}
/// A layer that trains other numbers than it multiplies.
template <expandable_layer Layer, class Value>
[[nodiscard]] auto deploy_layer(const Layer& layer, const read_by<Value>& reader) {
  return deploy_layer(layer.expanded(), reader);
}
/// A batch norm that no convolution has in front: in the tile of one it is nn::normalised.
template <class Value>
[[nodiscard]] auto deploy_layer(const batch_norm& layer, const read_by<Value>& reader) {
  layer::function::parameters p;
  p.which = layer::function::normalise;
  p.bn = layer.frozen();
  return detail::nn::with_codes_for(reader, layer::function(std::move(p)));
}
template <class Value>
[[nodiscard]] auto deploy_layer(const activation& layer, const read_by<Value>& reader) {
  return detail::nn::with_codes_for(
      reader, layer::function(detail::nn::function_of(layer.evaluated(), "nn::deploy")));
}
template <class Value>
[[nodiscard]] auto deploy_layer(const max_pool& layer, const read_by<Value>& reader) {
  if constexpr (read_by<Value>::any_codes)
    return std::tuple(layer::max_pool<Value>({layer.over(), reader.codes}));
  else if constexpr (read_by<Value>::signs_alone)
    return std::tuple(layer::max_pool<Value>({layer.over()}));
  else
    return std::tuple(layer::max_pool<image_tensor<float>>({layer.over()}));
}
template <class Value>
[[nodiscard]] auto deploy_layer(const average_pool& layer, const read_by<Value>& reader) {
  if constexpr (read_by<Value>::signs_alone)
    return std::tuple(layer::average_pool({layer.over()}), layer::signs());
  else
    return detail::nn::with_codes_for(reader, layer::average_pool({layer.over()}));
}
template <class Value>
[[nodiscard]] auto deploy_layer(const global_average_pool&, const read_by<Value>& reader) {
  if constexpr (read_by<Value>::signs_alone)
    return std::tuple(layer::global_average_pool(), layer::signs());
  else
    return detail::nn::with_codes_for(reader, layer::global_average_pool());
}

template <class Value>
[[nodiscard]] auto deploy_layer(const depth_to_space& layer, const read_by<Value>& reader) {
  return detail::nn::with_codes_for(reader, layer::depth_to_space({layer.blocks()}));
}

}  // namespace nn

namespace detail::nn {

/// What layer At of a network reads, where the layer behind the last reads `behind`.
template <std::size_t At, class... Layers, class Behind>
[[nodiscard]] next_codes codes_from(const std::tuple<Layers...>& layers, const Behind& behind) {
  if constexpr (At == sizeof...(Layers))
    return behind();
  else
    return codes_read_by(std::get<At>(layers), [&] { return codes_from<At + 1>(layers, behind); });
}

/// Says that a packed layer reads values of a type, with their codes if they are of any encoding.
template <class Value, class Codes>
[[nodiscard]] lowbit::nn::read_by<Value> reader_of(const Codes& codes) {
  if constexpr (lowbit::nn::read_by<Value>::any_codes)
    return {codes()};
  else
    return {};
}

/// The packed layers of layers I ... of a trained network, the last of which is read by `reader`.
template <std::size_t At, class Value, class... Layers>
[[nodiscard]] auto deploy_from(const std::tuple<Layers...>& layers,
                               const lowbit::nn::read_by<Value>& reader) {
  if constexpr (At + 1 == sizeof...(Layers)) {
    return deploy_layer(std::get<At>(layers), reader);
  } else {
    auto rest = deploy_from<At + 1>(layers, reader);
    using read = typename std::tuple_element_t<0, decltype(rest)>::input;
    const auto codes = [&] { return codes_from<At + 1>(layers, [&] { return reader.codes; }); };
    return std::tuple_cat(deploy_layer(std::get<At>(layers), reader_of<read>(codes)),
                          std::move(rest));
  }
}

/// A tuple of packed layers as one layer.
template <class... Layers>
[[nodiscard]] lowbit::sequential<Layers...> in_sequence(std::tuple<Layers...> layers) {
  return std::apply(
      [](Layers&... each) { return lowbit::sequential<Layers...>(std::move(each)...); }, layers);
}
template <class Layer>
[[nodiscard]] Layer in_sequence(std::tuple<Layer> layer) {
  return std::move(std::get<0>(layer));
}

/// Packed layers that read floats: those of a trained layer, and an encoder in front if they read codes of any
/// encoding.
template <class Layer, class... Packed>
[[nodiscard]] auto from_floats(const Layer& trained, std::tuple<Packed...> packed) {
  using first = typename std::tuple_element_t<0, std::tuple<Packed...>>::input;
  if constexpr (std::same_as<first, packed_tensor<any_encoding>>)
    return std::tuple_cat(
        std::tuple(layer::encode({codes_read_by(trained, [] { return next_codes(); }), {}, {}})),
        std::move(packed));
  else
    return packed;
}

}  // namespace detail::nn

namespace nn {

template <class... Layers, class Behind>
next_codes codes_read_by(const sequential<Layers...>& net, const Behind& behind) {
  return detail::nn::codes_from<0>(detail::nn::evaluated_layers(net.layers()), behind);
}

template <class... Layers, class Value>
[[nodiscard]] auto deploy_layer(const sequential<Layers...>& net, const read_by<Value>& reader) {
  return detail::nn::deploy_from<0>(detail::nn::evaluated_layers(net.layers()), reader);
}
template <class Body, class Shortcut, class Value>
[[nodiscard]] auto deploy_layer(const residual<Body, Shortcut>& block,
                                const read_by<Value>& reader) {
  const auto packed = [](const auto& layer) {
    const read_by<image_tensor<float>> as_numbers;
    return detail::nn::in_sequence(detail::nn::from_floats(layer, deploy_layer(layer, as_numbers)));
  };
  auto body = packed(block.body());
  if constexpr (std::same_as<Shortcut, identity>)
    return detail::nn::with_codes_for(reader, lowbit::residual(std::move(body)));
  else
    return detail::nn::with_codes_for(reader,
                                      lowbit::residual(std::move(body), packed(block.shortcut())));
}

/// Every layer but the last is read by the next one. Errors: a single layer whose reader needs another value than it
/// reads itself.
template <class Layer, class Value>
[[nodiscard]] auto deploy_layer(const repeat<Layer>& block, const read_by<Value>& reader) {
  const auto packed = [](const Layer& layer, const auto& read) {
    return detail::nn::in_sequence(deploy_layer(layer, read));
  };
  const std::vector<Layer>& layers = block.layers();
  auto last = packed(layers.back(), reader);
  using value = typename decltype(last)::input;
  const auto next = [&](std::size_t i) {
    return detail::nn::reader_of<value>(
        [&] { return codes_read_by(layers[i], [] { return next_codes(); }); });
  };
  std::vector<decltype(packed(layers[0], next(0)))> all;
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) all.push_back(packed(layers[i], next(i + 1)));
  if constexpr (std::same_as<typename decltype(all)::value_type, decltype(last)>) {
    all.push_back(std::move(last));
    return std::tuple(lowbit::repeat(std::move(all)));
  } else {
    if (all.empty())
      detail::fail(
          "nn::deploy: a repeat of one layer that is read as another value: use the layer itself");
    return std::tuple(lowbit::repeat(std::move(all)), std::move(last));
  }
}

/// The packed network that computes what freeze(net) does, its result as numbers. A network that begins with signs or
/// other codes gets a layer in front that makes them of floats. Errors: as deploy_layer.
template <class... Layers>
[[nodiscard]] auto deploy(const sequential<Layers...>& net) {
  auto layers = detail::nn::from_floats(net, deploy_layer(net, read_by<image_tensor<float>>()));
  using first = typename std::tuple_element_t<0, decltype(layers)>::input;
  static_assert(!std::same_as<first, floats_and_signs>,
                "lowbit::nn::deploy: a residual block on bits cannot be a network's first layer");
  if constexpr (std::same_as<first, packed_tensor<binary>>)
    return detail::nn::in_sequence(std::tuple_cat(std::tuple(layer::signs()), std::move(layers)));
  else
    return lowbit::sequential(detail::nn::in_sequence(std::move(layers)));
}

}  // namespace nn
LOWBIT_END

#endif
