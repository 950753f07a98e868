// lowbit/nn/deployment/conv_parameters.hpp – what a trained convolution is, in the words of network/.
//
// freeze() and deploy() take all that they need of a layer of quantizers from here. That is the codes of its weights,
// what the codes mean, and how its inputs are encoded. So they cannot disagree. The numbers are those of evaluation:
// fitted, learned, or averaged over the batches of training; stochastic quantizers are their deterministic twins.
#ifndef LOWBIT_NN_DEPLOYMENT_CONV_PARAMETERS_HPP
#define LOWBIT_NN_DEPLOYMENT_CONV_PARAMETERS_HPP

#include "lowbit/network/build.hpp"
#include "lowbit/network/layers/function_layer.hpp"
#include "lowbit/nn/layers/conv2d.hpp"
#include "lowbit/quantize/methods/sign.hpp"

LOWBIT_BEGIN
namespace detail::nn {

template <class P>
inline constexpr bool is_sign = false;
template <class Surrogate>
inline constexpr bool is_sign<sign<Surrogate>> = true;

/// Real weights on signs, which have a packed layer and an order of sums of their own: the last layer of a network.
template <class Conv>
inline constexpr bool reals_on_signs = false;
template <class Input, class P>
inline constexpr bool reals_on_signs<lowbit::nn::conv2d<lowbit::nn::real, Input, P>> =
    is_sign<Input>;

/// True of inputs that get a scale of their own per row, when they are there.
[[nodiscard]] inline bool fitted_per_row(const lowbit::nn::straight_through& input) noexcept {
  return input.policy().traits().fitted && !input.observes() && input.grain() == per::token;
}
/// Errors: inputs that are no codes, or fitted per token.
inline void require_known_levels(const lowbit::nn::straight_through& input, const char* who) {
  if (!input.policy().is_quantizer())
    fail(
        "%s: inputs that are floats: which packed layer multiplies them must be known when the "
        "program is compiled. Use nn::conv2d<W, nn::real>, or give the layer a quantizer of inputs",
        who);
  if (fitted_per_row(input))
    fail(
        "%s: inputs that are fitted per token: thresholds and scales are made before there are "
        "inputs. Fit the quantizer to a sample and train with nn::fixed(q.fit(sample))",
        who);
}

/// What the codes of inputs mean: one set of levels, or one per channel. Errors: inputs that are fitted per token.
[[nodiscard]] inline code_levels levels_of_inputs(const lowbit::nn::straight_through& input,
                                                  const char* who) {
  require_known_levels(input, who);
  const code_levels first = input_levels(input.sets()[0]);
  code_levels all{first.format, 0, true, {}};
  bool same = true;
  for (const any_quantizer& q : input.sets()) {
    const std::vector<float> numbers = input_levels(q).numbers;
    same = same && numbers == first.numbers;
    all.numbers.insert(all.numbers.end(), numbers.begin(), numbers.end());
  }
  return same ? first : all;
}
/// The codes of inputs, as the layer in front writes them: one list of boundaries, or one per channel.
[[nodiscard]] inline next_codes codes_of_inputs(const lowbit::nn::straight_through& input,
                                                const char* who) {
  require_known_levels(input, who);
  next_codes made = codes_of(input.sets()[0]);
  if (input.by_columns())
    for (std::size_t c = 1; c < input.sets().size(); ++c)
      made.boundaries.push_back(codes_of(input.sets()[c]).boundaries[0]);
  return made;
}

/// The codes of weights, and what they mean. Errors: weights that are no codes.
[[nodiscard]] inline network::quantized_rows rows_of_weights(const lowbit::nn::conv_layer& layer,
                                                             const char* who) {
  const lowbit::nn::float_matrix& w = layer.weights().value;
  const lowbit::nn::straight_through weight = layer.weight_quantizer().evaluated(w);
  if (!weight.policy().is_quantizer())
    fail(
        "%s: weights that are floats: which packed layer multiplies them must be known when the "
        "program is compiled. Use nn::conv2d<nn::real, I>, or give the layer a quantizer of "
        "weights",
        who);
  const matrix<code_t> codes = weight.encode(w);
  const granularity grain = weight.grain();
  const bool one = weight.sets().size() == 1;
  network::quantized_rows made{{codes.data(), codes.data() + codes.rows() * codes.cols()},
                               {weight.policy().format(),
                                one || !grain.grouped() ? 0 : grain.group_size,
                                !one && !grain.shares_rows(),
                                {}}};
  for (const any_quantizer& q : weight.sets()) {
    const std::vector<float> levels = q.levels();
    made.levels.numbers.insert(made.levels.numbers.end(), levels.begin(), levels.end());
  }
  return made;
}

/// A layer of two quantizers and its batch norm, without what reads it. Errors: weights or inputs that are floats;
/// inputs that are fitted per token; what quantized_conv2d_parameters::problem() says.
[[nodiscard]] inline quantized_conv2d_parameters parameters_of(const lowbit::nn::conv_layer& layer,
                                                               const lowbit::batch_norm& bn,
                                                               const char* who) {
  const window& over = layer.over();
  quantized_conv2d_parameters p = network::assemble(
      {layer.outputs(), over.vertical.size, over.horizontal.size, layer.inputs() / layer.groups()},
      rows_of_weights(layer, who));
  p.inputs = levels_of_inputs(layer.input_quantizer(), who);
  p.over = over;
  p.groups = layer.groups();
  p.padding = layer.pad_code();
  p.bn = bn;
  core::fail_if(p.problem(), who);
  return p;
}

/// An elementwise function as data. Errors: a quantizer that is fitted per token; a function that is not the library's.
[[nodiscard]] inline layer::function::parameters function_of(
    const lowbit::nn::straight_through& policy, const char* who) {
  using function = layer::function;
  function::parameters p;
  if (policy.policy().is_quantizer()) {
    p.which = function::codes;
    p.levels = levels_of_inputs(policy, who);
    p.quantizer = codes_of_inputs(policy, who);
  } else if (policy.policy().get_if<lowbit::nn::relu>() != nullptr) {
    p.which = function::relu;
  } else if (policy.policy().get_if<rprelu>() != nullptr) {
    p.which = function::rprelu;
    for (const any_quantizer& q : policy.sets()) {
      const rprelu& f = *q.get_if<rprelu>();
      p.gamma.push_back(f.gamma);
      p.beta.push_back(f.beta);
      p.zeta.push_back(f.zeta);
    }
  } else if (policy.policy().get_if<lowbit::nn::real>() == nullptr) {
    fail(
        "%s: an activation whose function is your own: packed networks save quantizers, nn::relu "
        "and rprelu. Write a layer of your own with deploy_layer() beside it",
        who);
  }
  return p;
}

}  // namespace detail::nn

namespace nn {

/// The bias of a layer, or zeros, as a batch norm that only adds it.
[[nodiscard]] inline lowbit::batch_norm bias_only(const conv_layer& layer) {
  const float_matrix one = float_matrix::Ones(1, layer.outputs()),
                     zero = float_matrix::Zero(1, layer.outputs());
  return {elements(one), elements(layer.has_bias() ? layer.bias().value : zero), elements(zero),
          elements(one), 0};
}

/// The real weights of a layer whose inputs are multiples of one scale, times that scale. Errors: levels with an
/// offset; inputs that are fitted per token.
[[nodiscard]] inline float_matrix folded_weights(const conv_layer& layer) {
  const std::vector<float> levels =
      detail::nn::levels_of_inputs(layer.input_quantizer(), "nn").numbers;
  if (levels[1] != 0)
    detail::fail("nn: inputs with an offset of %g: real weights take multiples of one scale",
                 static_cast<double>(levels[1]));
  return layer.weights().value * levels[0];
}

}  // namespace nn
LOWBIT_END

#endif
