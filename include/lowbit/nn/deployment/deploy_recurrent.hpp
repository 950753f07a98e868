// lowbit/nn/deployment/deploy_recurrent.hpp – freeze() and deploy() of nn::recurrent.
//
//     trained                what reads it       packed
//     nn::recurrent          anything            lowbit::recurrent of two packed products (network/recurrent.hpp)
//
// Both sides add the same floats in the same order, and each product is that of nn/deployment/deploy_conv.hpp. So codes
// and results agree in every bit, step by step. A program includes this header where it freezes or deploys recurrent
// layers; nn.hpp has it.
#ifndef LOWBIT_NN_DEPLOYMENT_DEPLOY_RECURRENT_HPP
#define LOWBIT_NN_DEPLOYMENT_DEPLOY_RECURRENT_HPP

#include "lowbit/network/recurrent.hpp"
#include "lowbit/nn/deployment/deploy.hpp"
#include "lowbit/nn/layers/recurrent.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// A trained layer as packed layers that read floats and write floats.
template <class Layer>
[[nodiscard]] auto floats_to_floats(const Layer& layer) {
  auto packed = from_floats(layer, deploy_layer(layer, lowbit::nn::read_by<image_tensor<float>>()));
  using first = typename std::tuple_element_t<0, decltype(packed)>::input;
  if constexpr (std::same_as<first, packed_tensor<binary>>)
    return in_sequence(std::tuple_cat(std::tuple(layer::signs()), std::move(packed)));
  else
    return in_sequence(std::move(packed));
}

}  // namespace detail::nn

namespace nn {

/// A recurrent layer, evaluated without packed words.
struct frozen_recurrent {
  frozen_conv2d input, state;
  bool all_steps;

  /// The codes of the sequence are logged, then those of the state step by step. Errors: images of more than one
  /// column; no step; those of the products.
  [[nodiscard]] feature_map operator()(const feature_view& x, code_log* log = nullptr) const {
    const tensor_shape in = x.shape();
    if (in.width != 1 || in.height < 1)
      detail::fail("nn::recurrent: images of %tdx%td: a sequence is an image of one column",
                   in.height, in.width);
    feature_map sums = input(x, log);
    const index_t steps = in.height, width = sums.shape().channels;
    float_matrix before(in.batch, width);
    for (index_t t = 1; t < steps; ++t) {
      for (index_t n = 0; n < in.batch; ++n) before.row(n) = sums.pixels().row(n * steps + t - 1);
      const feature_map product = state(before, log);
      for (index_t n = 0; n < in.batch; ++n)
        sums.mutable_pixels().row(n * steps + t) += product.pixels().row(n);
    }
    if (all_steps) return sums;
    feature_map last({in.batch, 1, 1, width});
    for (index_t n = 0; n < in.batch; ++n)
      last.mutable_pixels().row(n) = sums.pixels().row(n * steps + steps - 1);
    return last;
  }
  [[nodiscard]] index_t bytes() const noexcept { return input.bytes() + state.bytes(); }
};

template <class Input, class State>
[[nodiscard]] frozen_recurrent freeze(const recurrent<Input, State>& layer,
                                      sums order = sums::as_packed) {
  return {freeze(layer.of_input(), order), freeze(layer.of_state(), order), layer.all_steps()};
}

/// Errors: as those of the two products.
template <class Input, class State, class Value>
[[nodiscard]] auto deploy_layer(const recurrent<Input, State>& layer,
                                const read_by<Value>& reader) {
  static_assert(!detail::nn::reals_on_signs<Input> && !detail::nn::reals_on_signs<State>,
                "lowbit::nn::deploy: real weights on signs end a network, and do not stand in an "
                "nn::recurrent: quantize its weights");
  auto packed =
      lowbit::recurrent(detail::nn::floats_to_floats(layer.of_input()),
                        detail::nn::floats_to_floats(layer.of_state()), layer.all_steps());
  if constexpr (read_by<Value>::signs_alone)
    return std::tuple(std::move(packed), layer::signs());
  else
    return detail::nn::with_codes_for(reader, std::move(packed));
}

}  // namespace nn
LOWBIT_END

#endif
