// lowbit/nn/deployment/deploy.hpp – from a trained network to a packed one.
//
//     auto packed = lowbit::nn::deploy(net);        a lowbit::sequential: run it, save it (lowbit/io.hpp)
//
// Which packed layer a trained one becomes depends on its policies, and on what the layer behind it reads:
//
//     trained                            what reads it       packed (network/layers/)
//     normalised conv2d<Q, sign<>>       numbers             conv2d_batch_norm<binary, codes of Q, P>
//                                        signs alone         conv2d_threshold: scale, batch norm and sign are one
//                                                            integer threshold a channel
//     normalised conv2d<Q, pixel>                            pixels, then the same on unsigned_bits<8>
//     normalised conv2d<real, real>                          float_conv2d
//     conv2d<real, sign<>> with a bias   the end             float_linear: its window is the whole image
//     max_pool                           numbers             max_pool of numbers
//                                        signs alone         max_pool of bits: OR (the largest number's sign)
//     average_pool, global_average_pool  numbers             the same; then signs where bits are read
//     residual                                               residual: the sum is a stage in the tile
//     repeat                             the first reads     repeat; the last layer follows by itself if another
//                                                            value reads it
//
// Layers are made from the last to the first, so each knows its reader. Thresholds are found by bisection on
// the function that the float path evaluates (epilogue/threshold.hpp), everything else calls the same
// functions in the same order: freeze(net) and deploy(net) agree in every hidden bit and every logit.
//
// What cannot run on bits (an input that is neither real, signs nor 8-bit pixels; relu) is refused at
// compile time. A layer of your own joins in if deploy_layer(layer, read_by<Next>) is found beside it and
// gives a tuple of packed layers.
#ifndef LOWBIT_NN_DEPLOYMENT_DEPLOY_HPP
#define LOWBIT_NN_DEPLOYMENT_DEPLOY_HPP

#include <algorithm>
#include <tuple>

#include "lowbit/network/layers/conv2d_layer.hpp"
#include "lowbit/network/layers/encode_layers.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/layers/pool_layers.hpp"
#include "lowbit/network/repeat.hpp"
#include "lowbit/network/residual.hpp"
#include "lowbit/network/sequential.hpp"
#include "lowbit/nn/deployment/freeze.hpp"

LOWBIT_BEGIN
namespace nn {

/// Says what the packed layer behind reads: packed_tensor<binary>, floats_and_signs or image_tensor<float>.
template <class Value>
struct read_by {
  static constexpr bool signs_alone = std::same_as<Value, packed_tensor<binary>>;
};

}  // namespace nn

namespace detail::nn {

template <class P>
inline constexpr bool is_sign = false;
template <class Surrogate>
inline constexpr bool is_sign<sign<Surrogate>> = true;

/// Packed filters {outputs, height, width, inputs} of a trained layer.
template <lowbit::nn::trainable_quantizer Weight, class Input, class P>
[[nodiscard]] packed_tensor<typename Weight::encoding> packed_filters(
    const lowbit::nn::conv2d<Weight, Input, P>& layer) {
  require_frozen_form(layer);
  const lowbit::nn::float_matrix& w = layer.weights().value;
  const matrix<code_t> codes = layer.weight_quantizer().encode(w);
  const window& over = layer.over();
  packed_tensor<typename Weight::encoding> filters(
      {layer.outputs(), over.vertical.size, over.horizontal.size, layer.inputs()});
  for (index_t o = 0; o < w.rows(); ++o)
    for (index_t tap = 0; tap < over.taps(); ++tap)
      for (index_t c = 0; c < layer.inputs(); ++c)
        filters.mutable_pixels().set_code(o * over.taps() + tap, c,
                                          codes(o, tap * layer.inputs() + c));
  return filters;
}

/// Real filters {outputs, height, width, inputs}: their rows are the latent weights' rows.
[[nodiscard]] inline image_tensor<float> float_filters(const lowbit::nn::float_matrix& w,
                                                       const window& over, index_t inputs) {
  image_tensor<float> filters({w.rows(), over.vertical.size, over.horizontal.size, inputs});
  std::copy_n(w.data(), w.size(), filters.mutable_pixels().data());
  return filters;
}

/// A convolution of codes with what follows: thresholds where only signs are read, numbers otherwise.
template <class Next, class Weight, class Input, class P>
[[nodiscard]] auto deploy_codes(const lowbit::nn::conv2d<Weight, Input, P>& layer,
                                const lowbit::batch_norm& bn) {
  using A = typename Input::encoding;
  using W = typename Weight::encoding;
  const std::vector<float> scales = channel_scales(layer);
  if constexpr (Next::signs_alone) {
    const auto before_sign = [&](std::int32_t sum, index_t o) {
      return bn(lowbit::scaled_float(sum, scales[static_cast<std::size_t>(o)]), o);
    };
    return layer::conv2d_threshold<A, W, P>(
        packed_filters(layer), layer.over(),
        threshold(before_sign, layer.outputs(), largest_sum<A, W>(layer.weights().value.cols())));
  } else {
    return layer::conv2d_batch_norm<A, W, P>(packed_filters(layer), layer.over(), scales, bn);
  }
}

/// A trained convolution and its batch norm (or its bias as one) as packed layers.
template <class Next, class Weight, class Input, class P>
[[nodiscard]] auto deploy_conv(const lowbit::nn::conv2d<Weight, Input, P>& layer,
                               const lowbit::batch_norm& bn) {
  static_assert(accepts_frozen<Weight, Input>());
  static_assert(!fitted<Input>,
                "lowbit::nn::deploy: thresholds are made before there are inputs: train with input "
                "quantizers that are not fitted per token");
  constexpr bool codes = lowbit::nn::integer_quantizer<Weight>;
  constexpr bool float_weights = std::same_as<Weight, lowbit::nn::real>;
  constexpr bool on_signs = is_sign<Input>, on_pixels = std::same_as<Input, lowbit::nn::pixel>,
                 on_floats = std::same_as<Input, lowbit::nn::real>;
  static_assert(
      on_signs || on_pixels || on_floats,
      "lowbit::nn::deploy: a convolution reads signs, 8-bit pixels or, with real weights, "
      "numbers: train it with the input policy sign<>, nn::pixel or nn::real");
  static_assert(codes || float_weights,
                "lowbit::nn::deploy: weights are codes or nn::real: train them with a weight "
                "quantizer such as sign<> or xnor_weight<>");
  static_assert(
      codes ? !on_floats : !on_pixels,
      "lowbit::nn::deploy: quantized weights are multiplied with codes (sign<>, nn::pixel), "
      "real ones with numbers or signs");
  if constexpr (codes && on_signs)
    return std::tuple(deploy_codes<Next>(layer, bn));
  else if constexpr (codes && on_pixels)
    return std::tuple(layer::pixels(), deploy_codes<Next>(layer, bn));
  else if constexpr (float_weights && on_floats)
    return std::tuple(layer::float_conv2d(
        float_filters(layer.weights().value, layer.over(), layer.inputs()), layer.over(), bn));
}

}  // namespace detail::nn

namespace nn {

/// The packed layers of one trained layer, as a tuple; see the head of this file. Errors: levels with an
/// offset; a depth at which 32-bit sums could overflow; parameters that are not finite.
template <policy Weight, policy Input, pad_value P, class Value>
[[nodiscard]] auto deploy_layer(const normalised<conv2d<Weight, Input, P>>& layer, read_by<Value>) {
  static_assert(
      !(std::same_as<Weight, real> && detail::nn::is_sign<Input>),
      "lowbit::nn::deploy: real weights x signs end a network: train nn::conv2d<nn::real, "
      "sign<>> with a bias and without a batch norm");
  return detail::nn::deploy_conv<read_by<Value>>(layer.conv(), layer.norm().frozen());
}
template <policy Weight, policy Input, pad_value P, class Value>
[[nodiscard]] auto deploy_layer(const conv2d<Weight, Input, P>& layer, read_by<Value>) {
  if constexpr (std::same_as<Weight, real> && detail::nn::is_sign<Input>) {
    static_assert(std::same_as<Value, image_tensor<float>>,
                  "lowbit::nn::deploy: real weights x signs end a network");
    const lowbit::batch_norm bias = bias_only(layer);
    std::vector<float> beta;
    for (index_t o = 0; o < bias.size(); ++o) beta.push_back(bias.beta(o));
    return std::tuple(layer::float_linear(
        detail::nn::float_filters(folded_weights(layer), layer.over(), layer.inputs()), beta));
  } else {
    return detail::nn::deploy_conv<read_by<Value>>(layer, bias_only(layer));
  }
}
template <class Value>
[[nodiscard]] auto deploy_layer(const batch_norm&, read_by<Value>) {
  static_assert(
      !std::same_as<Value, Value>,
      "lowbit::nn::deploy: a batch norm is a stage of the layer in front of it: train both "
      "as nn::normalised");
}
template <class Value>
[[nodiscard]] auto deploy_layer(const activation&, read_by<Value>) {
  static_assert(!std::same_as<Value, Value>,
                "lowbit::nn::deploy: a function of floats has no packed layer: freeze() evaluates "
                "it. Make it the input policy of the layer behind it, or use relu there");
}
template <class Value>
[[nodiscard]] auto deploy_layer(const max_pool& layer, read_by<Value>) {
  using read = std::conditional_t<read_by<Value>::signs_alone, Value, image_tensor<float>>;
  return std::tuple(layer::max_pool<read>({layer.over()}));
}
template <class Value>
[[nodiscard]] auto deploy_layer(const average_pool& layer, read_by<Value>) {
  if constexpr (read_by<Value>::signs_alone)
    return std::tuple(layer::average_pool({layer.over()}), layer::signs());
  else
    return std::tuple(layer::average_pool({layer.over()}));
}
template <class Value>
[[nodiscard]] auto deploy_layer(const global_average_pool&, read_by<Value>) {
  if constexpr (read_by<Value>::signs_alone)
    return std::tuple(layer::global_average_pool(), layer::signs());
  else
    return std::tuple(layer::global_average_pool());
}

}  // namespace nn

namespace detail::nn {

/// The packed layers of layers I ... of a trained network, the last of which is read as Value.
template <std::size_t At, class Value, class... Layers>
[[nodiscard]] auto deploy_from(const std::tuple<Layers...>& layers) {
  if constexpr (At + 1 == sizeof...(Layers)) {
    return deploy_layer(std::get<At>(layers), lowbit::nn::read_by<Value>());
  } else {
    auto rest = deploy_from<At + 1, Value>(layers);
    using read = typename std::tuple_element_t<0, decltype(rest)>::input;
    return std::tuple_cat(deploy_layer(std::get<At>(layers), lowbit::nn::read_by<read>()),
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

}  // namespace detail::nn

namespace nn {

template <class... Layers, class Value>
[[nodiscard]] auto deploy_layer(const sequential<Layers...>& net, read_by<Value>) {
  return detail::nn::deploy_from<0, Value>(net.layers());
}
template <class Body, class Shortcut, class Value>
[[nodiscard]] auto deploy_layer(const residual<Body, Shortcut>& block, read_by<Value>) {
  constexpr read_by<image_tensor<float>> as_numbers;
  auto body = detail::nn::in_sequence(deploy_layer(block.body(), as_numbers));
  if constexpr (std::same_as<Shortcut, identity>) {
    return std::tuple(lowbit::residual(std::move(body)));
  } else {
    auto shortcut = detail::nn::in_sequence(deploy_layer(block.shortcut(), as_numbers));
    return std::tuple(lowbit::residual(std::move(body), std::move(shortcut)));
  }
}

/// Every layer but the last is read by the next one. Errors: a single layer whose reader wants another value than
/// it reads itself.
template <class Layer, class Value>
[[nodiscard]] auto deploy_layer(const repeat<Layer>& block, read_by<Value> reader) {
  const auto packed = [](const Layer& layer, auto read) {
    return detail::nn::in_sequence(deploy_layer(layer, read));
  };
  const std::vector<Layer>& layers = block.layers();
  auto last = packed(layers.back(), reader);
  constexpr read_by<typename decltype(last)::input> next;
  std::vector<decltype(packed(layers[0], next))> all;
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) all.push_back(packed(layers[i], next));
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

/// The packed network that computes what freeze(net) does, its result as numbers. A network that begins
/// with signs gets a layer in front that makes them. Errors: as deploy_layer.
template <class... Layers>
[[nodiscard]] auto deploy(const sequential<Layers...>& net) {
  auto layers = deploy_layer(net, read_by<image_tensor<float>>());
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
