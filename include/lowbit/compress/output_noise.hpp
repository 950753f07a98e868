// lowbit/compress/output_noise.hpp – what the quantized weights of one layer change in its results.
//
//     noise(i, bits) = sum (W_q x - W x)^2 / sum (W x)^2           over recorded inputs x of layer i
//
// One over it is the signal-to-noise ratio of the layer's results. By the rule 1 / snr = sum 1 / snr_i the noises of all
// layers add up at the network's output, so widths_by_error() (compress/bit_budget.hpp) minimises their sum. Unlike the
// noise of the weights themselves, it knows which weights meet large inputs. No label is needed.
//
// Sources: Lin, Talathi, Annapureddy, arXiv:1511.06393, section 4 (sum of noises); Wu et al., "Quantized convolutional
// neural networks for mobile devices", arXiv:1512.06473, section 3.2 (the error of a layer's response).
#ifndef LOWBIT_COMPRESS_OUTPUT_NOISE_HPP
#define LOWBIT_COMPRESS_OUTPUT_NOISE_HPP

#include "lowbit/compress/layer_restore.hpp"
#include "lowbit/compress/quantizer_by_width.hpp"
#include "lowbit/compress/recorded_inputs.hpp"
#include "lowbit/core/matrix.hpp"

LOWBIT_BEGIN
namespace detail::compress {

/// sum (a - b)^2 in double; without b, of a alone.
[[nodiscard]] inline double squared_distance(const lowbit::nn::float_matrix& a,
                                             const lowbit::nn::float_matrix* b) {
  double sum = 0;
  for (index_t i = 0; i < a.size(); ++i) {
    const double d =
        static_cast<double>(a.data()[i]) - (b != nullptr ? static_cast<double>(b->data()[i]) : 0.0);
    sum += d * d;
  }
  return sum;
}

}  // namespace detail::compress

namespace compress {

/// The noises of a layer at least ... most bits, for inputs x. A noise is 0 where the results do not change. Where all
/// W x are 0 there is no signal, and the noise of a change is its power. The layer is in evaluation and afterwards as before. Cost: most -
/// least + 2 forward passes of the layer. Errors: those of the layer and of the fits; a width that `weights` lacks.
[[nodiscard]] inline std::vector<double> output_noise(model_layer& l, const nn::feature_view& x,
                                                      const quantizer_by_width& weights, int least,
                                                      int most) {
  const layer_restore restore(l);
  if (l.layer->has_bias()) l.layer->bias().value.setZero();
  const nn::float_matrix w = l.layer->weights().value;
  const nn::float_matrix exact = l.layer->forward(x).pixels();
  const double signal = detail::compress::squared_distance(exact, nullptr);
  std::vector<double> all;
  for (int bits = least; bits <= most; ++bits) {
    l.layer->weights().value = w;
    quantize_weights(l, weights.at(bits));
    const double noise = detail::compress::squared_distance(l.layer->forward(x).pixels(), &exact);
    all.push_back(signal > 0 ? noise / signal : noise);
  }
  return all;
}

/// The same of all layers, each with the others as they are: a row per layer, a column per width. Errors: as
/// output_noise() and recorded_inputs(); no width.
[[nodiscard]] inline matrix<double> output_noises(model& m, const quantizer_by_width& weights,
                                                  int least, int most, index_t images = 256) {
  if (most < least)
    detail::fail("compress::output_noises: widths of %d to %d bits: there is none", least, most);
  const std::vector<nn::feature_map> inputs = recorded_inputs(m, images);
  matrix<double> all(static_cast<index_t>(inputs.size()), most - least + 1);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::vector<double> row =
        output_noise(m.layers()[i], inputs[i].read(), weights, least, most);
    std::copy(row.begin(), row.end(), &all(static_cast<index_t>(i), 0));
  }
  return all;
}

}  // namespace compress
LOWBIT_END

#endif
