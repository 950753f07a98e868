// lowbit/nn/deployment/deploy_conv.hpp – which packed layer a trained convolution becomes.
//
// It depends on the layer's policies, and on what the layer behind it reads:
//
//     trained                              what reads it      packed (network/layers/)
//     conv2d<Q, sign<>>, Q binary or       numbers            conv2d_batch_norm<binary, codes of Q, P>
//     ternary                              signs alone        conv2d_threshold: scale, batch norm and sign are one
//                                                             integer threshold per channel
//     conv2d<Q, pixel>, the same Q                            pixels, then the same on unsigned_bits<8>
//     conv2d<Q, I>, any two quantizers     numbers or codes   quantized_conv2d
//     conv_layer                                              the same; its policies are values
//     conv2d<real, sign<>> with a bias     the end            float_linear: its window is the whole image
//     conv2d<real, I>                      numbers or codes   decode, then float_conv2d
//     conv2d<Q or real, real>                                 float_conv2d of what the weights stand for
//     conv2d<Q or real, relu>                                 function, then the same
#ifndef LOWBIT_NN_DEPLOYMENT_DEPLOY_CONV_HPP
#define LOWBIT_NN_DEPLOYMENT_DEPLOY_CONV_HPP

#include <algorithm>
#include <tuple>

#include "lowbit/encoding/ternary.hpp"
#include "lowbit/network/layers/conv2d_layer.hpp"
#include "lowbit/network/layers/encode_layers.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/layers/quantized_conv2d.hpp"
#include "lowbit/nn/deployment/conv_parameters.hpp"
#include "lowbit/product/linear.hpp"

LOWBIT_BEGIN
namespace nn {

/// Says what the packed layer behind reads: packed_tensor<binary>, floats_and_signs, image_tensor<float>, or
/// packed_tensor<any_encoding>, then with the codes that its quantizer makes.
template <class Value>
struct read_by {
  static constexpr bool signs_alone = std::same_as<Value, packed_tensor<binary>>;
  static constexpr bool any_codes = std::same_as<Value, packed_tensor<any_encoding>>;

  next_codes codes;  ///< if any_codes
};

}  // namespace nn

namespace detail::nn {

/// Weights of one or two planes, whose layers on signs and pixels are types of their own: the fastest.
template <class P>
concept signs_or_ternary = lowbit::nn::integer_quantizer<P> &&
    (std::same_as<typename P::encoding, binary> || std::same_as<typename P::encoding, ternary>);

/// Packed filters {outputs, height, width, inputs} of a layer whose weights have one scale per filter, and these scales
/// times that of the inputs. Errors: other weights, which nn::conv_layer deploys.
template <class W>
struct scaled_filters {
  packed_tensor<W> filters;
  std::vector<float> scales;

  explicit scaled_filters(const lowbit::nn::conv_layer& layer) {
    const quantized_conv2d_parameters p =
        parameters_of(layer, lowbit::nn::bias_only(layer), "nn::deploy");
    const tensor_shape f = p.filters.shape();
    const index_t depth = p.depth();
    for (index_t o = 0; o < f.batch; ++o)
      if (p.weights.group != 0 || p.weights.offset(o, 0, depth) != 0 ||
          p.inputs.offset(0, 0, 0) != 0)
        fail(
            "nn::deploy: weights of %s with an offset, or with scales per group of depth, on %s: "
            "nn::conv_layer takes the same quantizers, and deploys them",
            p.weights.format.name, p.inputs.format.name);
    for (index_t o = 0; o < f.batch; ++o)
      scales.push_back(combine(p.weights.scale(o, 0, depth, 0), p.inputs.scale(0, 0, 0, 0)));
    filters = packed_tensor<W>(f);
    for (index_t r = 0; r < f.pixels(); ++r)
      for (index_t c = 0; c < f.channels; ++c)
        filters.mutable_pixels().set_code(r, c, p.filters.pixels().code(r, c));
  }
};

/// Real filters {outputs, height, width, inputs}: their rows are the latent weights' rows.
[[nodiscard]] inline image_tensor<float> float_filters(const lowbit::nn::float_matrix& w,
                                                       const window& over, index_t inputs) {
  image_tensor<float> filters({w.rows(), over.vertical.size, over.horizontal.size, inputs});
  std::copy_n(w.data(), w.size(), filters.mutable_pixels().data());
  return filters;
}

/// A convolution of codes with what follows: thresholds where only signs are read, numbers otherwise.
template <class Reader, class Weight, class Input, class P>
[[nodiscard]] auto deploy_codes(const lowbit::nn::conv2d<Weight, Input, P>& layer,
                                const lowbit::batch_norm& bn) {
  using A = typename Input::encoding;
  using W = typename Weight::encoding;
  scaled_filters<W> made(layer);
  if constexpr (Reader::signs_alone) {
    const auto before_sign = [&](std::int32_t sum, index_t o) {
      return bn(lowbit::scaled_float(sum, made.scales[static_cast<std::size_t>(o)]), o);
    };
    return layer::conv2d_threshold<A, W, P>(
        std::move(made.filters), layer.over(),
        threshold(before_sign, layer.outputs(), largest_sum<A, W>(layer.weights().value.cols())),
        layer.groups());
  } else {
    return layer::conv2d_batch_norm<A, W, P>(std::move(made.filters), layer.over(),
                                             std::move(made.scales), bn, layer.groups());
  }
}

/// A convolution of two quantizers, whatever they are.
template <class Value>
[[nodiscard]] layer::quantized_conv2d deploy_any(const lowbit::nn::conv_layer& layer,
                                                 const lowbit::batch_norm& bn,
                                                 const lowbit::nn::read_by<Value>& reader) {
  quantized_conv2d_parameters p = parameters_of(layer, bn, "nn::deploy");
  if constexpr (std::same_as<Value, packed_tensor<any_encoding>>) p.next = reader.codes;
  return layer::quantized_conv2d(std::move(p));
}

/// A float convolution of what the weights stand for.
[[nodiscard]] inline layer::float_conv2d deploy_floats(const lowbit::nn::conv_layer& layer,
                                                       const lowbit::batch_norm& bn) {
  if (layer.groups() != 1)
    fail(
        "nn::deploy: a convolution of floats in %td groups: float convolutions have one; quantize "
        "both operands, or train without groups",
        layer.groups());
  if (layer.pad_code() != 0 && core::has_padding(layer.over()))
    fail(
        "nn::deploy: a padding of %d around codes that real weights multiply: float convolutions "
        "have zeros there, use pad::zero",
        layer.pad_code());
  lowbit::nn::straight_through weight = layer.weight_quantizer();
  lowbit::nn::float_matrix w;
  weight.forward(layer.weights().value, w);
  return {float_filters(w, layer.over(), layer.inputs()), layer.over(), bn};
}

/// Floats to the codes that a reader takes, if it takes codes of any encoding: behind layers that write floats.
template <class Layer, class Value>
[[nodiscard]] auto with_codes_for(const lowbit::nn::read_by<Value>& reader, Layer layer) {
  if constexpr (std::same_as<Value, packed_tensor<any_encoding>>)
    return std::tuple(std::move(layer), layer::encode({reader.codes, {}, {}}));
  else
    return std::tuple(std::move(layer));
}

/// A trained convolution and its batch norm (or its bias as one) as packed layers.
template <class Weight, class Input, class P, class Value>
[[nodiscard]] auto deploy_conv(const lowbit::nn::conv2d<Weight, Input, P>& layer,
                               const lowbit::batch_norm& bn,
                               const lowbit::nn::read_by<Value>& reader) {
  static_assert(!fitted<Input> || observing_quantizer<Input>,
                "lowbit::nn::deploy: thresholds are made before there are inputs: train with input "
                "quantizers that are not fitted per token");
  constexpr bool codes = lowbit::nn::trainable_quantizer<Weight>,
                 on_codes = lowbit::nn::trainable_quantizer<Input>,
                 on_pixels = std::same_as<Input, lowbit::nn::pixel>;
  if constexpr (codes && (is_sign<Input> || on_pixels) && signs_or_ternary<Weight> &&
                !lowbit::nn::read_by<Value>::any_codes) {
    if constexpr (on_pixels)
      return std::tuple(layer::pixels(), deploy_codes<lowbit::nn::read_by<Value>>(layer, bn));
    else
      return std::tuple(deploy_codes<lowbit::nn::read_by<Value>>(layer, bn));
  } else if constexpr (codes && on_codes) {
    if constexpr (on_pixels)
      return std::tuple(layer::pixels(), deploy_any(layer, bn, reader));
    else
      return std::tuple(deploy_any(layer, bn, reader));
  } else if constexpr (on_codes) {
    return std::tuple_cat(
        std::tuple(layer::decode({levels_of_inputs(layer.input_quantizer(), "nn::deploy")})),
        with_codes_for(reader, deploy_floats(layer, bn)));
  } else if constexpr (std::same_as<Input, lowbit::nn::real>) {
    return with_codes_for(reader, deploy_floats(layer, bn));
  } else {
    return std::tuple_cat(
        std::tuple(layer::function(function_of(layer.input_quantizer(), "nn::deploy"))),
        with_codes_for(reader, deploy_floats(layer, bn)));
  }
}

}  // namespace detail::nn

LOWBIT_END

#endif
