// lowbit/compress/two_step.hpp – a step: quantized activations first, then ternary weights that reproduce outputs: TSQ.
//
//     pipeline.add("TSQ", compress::two_step{.bits = 2, .epochs = 5, .rate = 1e-3f})
//         .add("fine-tune", compress::retrain{2, 1e-4f});                    of biases: weights have codes by then
//
//   1  The inputs of all layers but the first get sparse half-wave quantizers, fitted to what the float network gives
//      (quantize/methods/tsq_activation.hpp). Weights are floats, and the network trains with them.
//   2  Layer by layer, every filter becomes ternary. Inputs are recorded with the layers before it ternary already; wanted
//      outputs are those of the network after step 1, recorded before. So a layer makes good for the errors of earlier
//      ones. A filter starts from least squares on the linear outputs, and goes on behind the clip of the next layer's
//      quantizer (quantize/methods/tsq_weights.hpp). The last layer has no such clip.
//
// The first layer's inputs keep their policy: pixels, or a quantizer of them. Codes are ternary with a scale of each
// filter, and nn::deploy() packs the network where the first layer's inputs have codes, too.
//
// Source: Wang et al., "Two-step quantization for low-bit neural networks", CVPR 2018, section 3.
#ifndef LOWBIT_COMPRESS_TWO_STEP_HPP
#define LOWBIT_COMPRESS_TWO_STEP_HPP

#include "lowbit/compress/coded_layer.hpp"
#include "lowbit/compress/recorded_windows.hpp"
#include "lowbit/nn/policies/fixed.hpp"
#include "lowbit/quantize/methods/tsq_activation.hpp"
#include "lowbit/quantize/methods/tsq_weights.hpp"

LOWBIT_BEGIN
namespace compress {

/// What the clip of a layer's results is like: its quantizer and its largest level; or there is none.
struct output_clip {
  std::optional<any_quantizer> quantizer = {};
  double top = 0;
};

}  // namespace compress

namespace detail::compress {

/// Depth x samples, as tsq_inputs takes them.
[[nodiscard]] inline matrix<float> transposed(const lowbit::nn::float_matrix& x) {
  matrix<float> out(x.cols(), x.rows());
  for (index_t r = 0; r < x.rows(); ++r)
    for (index_t c = 0; c < x.cols(); ++c) out(c, r) = x(r, c);
  return out;
}
/// A half-wave quantizer of `bits` bits for these numbers, as a policy that stays.
[[nodiscard]] inline lowbit::nn::any_policy sparse_half_wave(int bits, double sparsity,
                                                             std::span<const float> x) {
  std::optional<lowbit::nn::any_policy> made;
  const auto make = [&]<int K>() {
    tsq_activation<K> q;
    q.sparsity = sparsity;
    made = lowbit::nn::any_policy(lowbit::nn::fixed(q.fit(x)));
  };
  [&]<int... At>(std::integer_sequence<int, At...>) {
    ((bits == At + 1 ? make.template operator()<At + 1>() : void()), ...);
  }
  (std::make_integer_sequence<int, 8>());
  if (!made) fail("compress::two_step: activations of %d bits: there must be 1 to 8", bits);
  return *made;
}

}  // namespace detail::compress

namespace compress {

/// Ternary filters for these windows (samples x depth), whose sums plus biases come close to `wanted` (samples x
/// filters), behind the clip if there is one. `lambdas` are the rounds behind it. Cost: depth^2 samples once, then
/// depth samples per filter and round. Errors: sizes differ; numbers that are not finite.
[[nodiscard]] inline row_coded_matrix ternary_filters(const nn::float_matrix& windows,
                                                      const nn::float_matrix& wanted,
                                                      std::span<const float> biases,
                                                      const output_clip& clip,
                                                      std::span<const double> lambdas) {
  if (windows.rows() != wanted.rows() || wanted.cols() != static_cast<index_t>(biases.size()))
    detail::fail("compress::ternary_filters: outputs of %tdx%td for %td samples, %zu biases",
                 wanted.rows(), wanted.cols(), windows.rows(), biases.size());
  const matrix<float> x = detail::compress::transposed(windows);
  const tsq_inputs inputs(x.view());
  matrix<code_t> codes(wanted.cols(), windows.cols());
  std::vector<float> scales, y(static_cast<std::size_t>(wanted.rows())), linear(y.size());
  for (index_t o = 0; o < wanted.cols(); ++o) {
    const float bias = biases[static_cast<std::size_t>(o)];
    for (std::size_t s = 0; s < y.size(); ++s) {
      y[s] = wanted(static_cast<index_t>(s), o);
      linear[s] = y[s] - bias;
    }
    tsq_filter filter = inputs.fit(linear);
    if (clip.quantizer) {
      clip.quantizer->forward(y, y);
      filter = tsq_behind_clip(inputs, y, static_cast<double>(bias), clip.top, std::move(filter),
                               lambdas);
    }
    const bool flip = filter.scale < 0;
    for (index_t c = 0; c < windows.cols(); ++c) {
      const std::int32_t t = flip ? -filter.t[c] : filter.t[c];
      codes(o, c) = t == 0 ? ternary::zero : t > 0 ? ternary::plus : ternary::minus;
    }
    scales.push_back(static_cast<float>(flip ? -filter.scale : filter.scale));
  }
  return encode_rows(row_code::ternary, 0, codes.view(), std::move(scales));
}

/// Quantizes activations and trains, then makes weights ternary. Errors: weights that have codes or are pruned already;
/// bits that are not 1 to 8; those of recorded_windows() and of the training.
struct two_step {
  int bits = 2;           ///< of activations
  double sparsity = 0.5;  ///< the share of activations that become 0, in [0, 1)
  index_t epochs = 5;     ///< of step 1; 0: activations are quantized without training
  float rate = 1e-3f;
  recording inputs = {};
  std::vector<double> lambdas{0.02, 0.02, 0.02, 0.1,
                              1};  ///< of the rounds behind the clip; they grow

  void operator()(model& m) const {
    detail::compress::require_not_shared(m, "compress::two_step");
    for (const model_layer& l : m.layers())
      if (l.kept_share() != 1)
        detail::fail("compress::two_step: %s is pruned: this step finds zeros of its own",
                     l.name.c_str());
    quantize_activations(m);
    if (epochs > 0) m.train(epochs, rate);
    std::vector<nn::float_matrix> wanted;
    for (std::size_t i = 0; i < m.layers().size(); ++i) wanted.push_back(outputs(m, i));
    for (std::size_t i = 0; i < m.layers().size(); ++i) {
      model_layer& l = m.layers()[i];
      give_codes(l, ternary_filters(recorded_windows(m, i, inputs), wanted[i],
                                    detail::compress::biases_of(l), clip_behind(m, i), lambdas));
    }
  }

 private:
  void quantize_activations(model& m) const {
    const std::vector<nn::feature_map> x = recorded_inputs(m, inputs.images);
    for (std::size_t i = 1; i < m.layers().size(); ++i) {
      nn::conv_layer& layer = *m.layers()[i].layer;
      layer.set_policies(nn::real{}, detail::compress::sparse_half_wave(
                                         bits, sparsity, nn::elements(x[i].pixels())));
    }
    m.layers().front().layer->set_weight_policy(nn::real{}, per::tensor);
  }
  /// What layer i gives for its windows, biases too.
  [[nodiscard]] nn::float_matrix outputs(model& m, std::size_t i) const {
    const nn::conv_layer& layer = *m.layers()[i].layer;
    nn::float_matrix y =
        detail::compress::sums_over(recorded_windows(m, i, inputs), layer.weights().value);
    if (layer.has_bias()) y.rowwise() += layer.bias().value.row(0);
    return y;
  }
  [[nodiscard]] static output_clip clip_behind(const model& m, std::size_t i) {
    if (i + 1 == m.layers().size()) return {};
    const any_quantizer q = m.layers()[i + 1].layer->input_quantizer().of_row(0);
    const std::vector<float> levels = q.levels();
    return {q, static_cast<double>(*std::max_element(levels.begin(), levels.end()))};
  }
};

}  // namespace compress
LOWBIT_END

#endif
