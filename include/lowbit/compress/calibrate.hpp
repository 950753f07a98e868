// lowbit/compress/calibrate.hpp – a trained network gets codes without labels and without training.
//
//     compress::pipeline p;
//     p.add("calibrate", compress::calibrate{.inputs = {8}, .weights = {4}});
//     p.run(m);                                               m.network() now evaluates, and deploys, in codes
//
// Some training images pass through the float network, without their labels. What each layer reads gives the range of its
// inputs, and its weights give the step of theirs (compress/value_range.hpp). Both become policies with fixed numbers
// (nn/policies/fixed.hpp): jacob_affine of inputs, jacob_weight of weights. Behind a ReLU the range begins at 0, so the
// codes do what the ReLU did, and take its place.
//
// The weights themselves stay as they are. So retraining afterwards goes straight through the quantizers, and
// nn::deploy() packs the codes. To store the levels as shared values in a compressed file, use compress::quantize.
//
// Sources: as compress/value_range.hpp.
#ifndef LOWBIT_COMPRESS_CALIBRATE_HPP
#define LOWBIT_COMPRESS_CALIBRATE_HPP

#include "lowbit/compress/pipeline.hpp"
#include "lowbit/compress/recorded_inputs.hpp"
#include "lowbit/compress/sensitivity.hpp"
#include "lowbit/compress/value_range.hpp"

LOWBIT_BEGIN
namespace detail::compress {

/// What a layer's products see of x: x behind the layer's function. Errors: it has a quantizer of inputs.
[[nodiscard]] inline std::vector<float> values_read(const lowbit::compress::model_layer& l,
                                                    const lowbit::nn::feature_view& x,
                                                    const char* who) {
  const lowbit::nn::any_policy& policy = l.layer->input_policy_in_training().policy();
  if (policy.is_quantizer())
    fail("%s: the inputs of %s have a quantizer: there must be floats", who, l.name.c_str());
  const std::span<const float> from = lowbit::nn::elements(x.pixels());
  std::vector<float> values(from.size());
  policy.forward(from, values);
  return values;
}
[[nodiscard]] inline lowbit::nn::any_policy fixed_inputs(lowbit::compress::value_range range,
                                                         int bits) {
  return lowbit::compress::with_bits<1, 8>(bits, [&](auto k) -> lowbit::nn::any_policy {
    return lowbit::nn::fixed(jacob_affine<k()>{range.lower, range.upper});
  });
}
[[nodiscard]] inline lowbit::nn::any_policy fixed_weights(float step, int bits) {
  return lowbit::compress::with_bits<2, 8>(bits, [&](auto k) -> lowbit::nn::any_policy {
    return lowbit::nn::fixed(jacob_weight<k()>{step});
  });
}

}  // namespace detail::compress

namespace compress {

/// Codes of inputs and weights with fixed numbers, per layer as a whole. Bits are one number for all layers or one each;
/// 0 leaves a side as it is. Without `weights` each layer has the width that a step before has chosen. Errors, before
/// anything is written: widths out of range, or none; inputs that have a quantizer; shared weights; those of
/// recorded_inputs() and calibrated_range().
struct calibrate {
  std::vector<int> inputs = {8};   ///< 1 ... 8
  std::vector<int> weights = {8};  ///< 2 ... 8
  range_options of_inputs = {};
  range_options of_weights = {};
  index_t images = 256;

  void operator()(model& m) const {
    constexpr const char* who = "compress::calibrate";
    detail::compress::require_not_shared(m, who);
    const std::vector<nn::feature_map> read = recorded_inputs(m, images);
    std::vector<nn::any_policy> input_policies, weight_policies;
    for (std::size_t i = 0; i < read.size(); ++i) {
      model_layer& l = m.layers()[i];
      const int bits = detail::compress::of_layer(inputs, i, read.size(), who);
      const int wide =
          weights.empty() ? l.bits : detail::compress::of_layer(weights, i, read.size(), who);
      if (weights.empty() && wide == 0)
        detail::fail("%s: %s has no width: a step that chooses widths comes before", who,
                     l.name.c_str());
      input_policies.push_back(
          bits == 0 ? l.layer->input_policy_in_training().policy()
                    : detail::compress::fixed_inputs(
                          calibrated_range(detail::compress::values_read(l, read[i].read(), who),
                                           bits, of_inputs),
                          bits));
      weight_policies.push_back(wide == 0
                                    ? l.layer->weight_policy_in_training().policy()
                                    : detail::compress::fixed_weights(
                                          calibrated_step(l.weights(), wide, of_weights), wide));
    }
    for (std::size_t i = 0; i < read.size(); ++i)
      m.layers()[i].layer->set_policies(weight_policies[i], input_policies[i]);
  }
};

/// Inputs in codes of the width, for sensitivity(): the range of each width is calibrated once, from images that pass
/// through the model now. Errors: as calibrate; at the switch, a layer that the model did not have.
[[nodiscard]] inline width_switch inputs_at(model& m, const range_options& how = {},
                                            index_t images = 256) {
  const std::vector<nn::feature_map> read = recorded_inputs(m, images);
  std::vector<std::pair<const nn::conv_layer*, std::vector<float>>> values;
  for (std::size_t i = 0; i < read.size(); ++i)
    values.push_back(
        {m.layers()[i].layer,
         detail::compress::values_read(m.layers()[i], read[i].read(), "compress::inputs_at")});
  return [values = std::move(values), how](model_layer& l, int bits) {
    for (const auto& [layer, x] : values)
      if (layer == l.layer)
        return l.layer->set_policies(
            l.layer->weight_policy_in_training().policy(),
            detail::compress::fixed_inputs(calibrated_range(x, bits, how), bits));
    detail::fail("compress::inputs_at: %s is not of the model", l.name.c_str());
  };
}

}  // namespace compress
LOWBIT_END

#endif
