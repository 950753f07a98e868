// lowbit/compress/variational_quantization.hpp – a step: noise decides what is pruned, spikes what values are left.
//
//     pipeline.add("VNQ", compress::variational_quantization{.epochs = 10, .rate = 1e-3f})
//         .add("fine-tune", compress::retrain{3, 1e-4f});
//
// Weights train as Gaussians near the codebook {-a, 0, a} of their layer (nn/optimizers/variational.hpp). Then
//
//     pruned        log sigma^2 - log theta^2 >= 3: more noise than signal          quantize/methods/vnq.hpp
//     else          the nearest of -a, 0 and a
//
// so share of zeros, places of zeros and a are all found by one training, and no threshold is given. The first a of a
// layer is the scale of its ternary weights (TWN), which lies where its larger weights are. Codes are the three shared
// values of a layer: fine-tuning moves -a and a apart, and files are those of pruned and shared weights.
//
// Source: Achterhold et al., "Variational network quantization", ICLR 2018, sections 3 and 4.
#ifndef LOWBIT_COMPRESS_VARIATIONAL_QUANTIZATION_HPP
#define LOWBIT_COMPRESS_VARIATIONAL_QUANTIZATION_HPP

#include "lowbit/compress/pipeline.hpp"
#include "lowbit/nn/optimizers/variational.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "lowbit/quantize/methods/vnq.hpp"

LOWBIT_BEGIN
namespace compress {

/// The most likely codes: 0 for 0, 1 for -a, 2 for a, in a codebook of 2 bits. A pruned weight has code 0, and its mark in
/// `kept` becomes 0. Errors, before anything is written: the lengths differ; what q.validate() says.
[[nodiscard]] inline shared_weights vnq_codes(const vnq& q, std::span<const float> means,
                                              std::span<const float> deviations,
                                              std::span<float> kept) {
  q.validate();
  if (means.size() != deviations.size() || means.size() != kept.size())
    detail::fail("compress::vnq_codes: %zu means, %zu deviations, %zu marks: one each",
                 means.size(), deviations.size(), kept.size());
  shared_weights out;
  out.codebook = {0, -q.a, q.a, 0};
  for (std::size_t i = 0; i < means.size(); ++i) {
    const code_t code = q.map_code(means[i], deviations[i]);
    out.codes.push_back(code == ternary::zero    ? code_t{0}
                        : code == ternary::minus ? code_t{1}
                                                 : code_t{2});
    if (q.pruned(means[i], deviations[i])) kept[i] = 0;
  }
  return out;
}

/// Trains weights as Gaussians, then prunes and quantizes them. Errors: weights that have codes already; those of the
/// training; a layer of zeros.
struct variational_quantization {
  index_t epochs = 10;
  float rate = 1e-3f;
  double warm_up = 0.5;       ///< the share of the training in which the prior gains weight
  float log_alpha_limit = 3;  ///< pruned from here on
  std::uint64_t seed = 1;     ///< of the samples

  void operator()(model& m) const {
    detail::compress::require_not_shared(m, "compress::variational_quantization");
    std::vector<nn::variational_parameter> which;
    for (model_layer& l : m.layers())
      which.push_back({&l.layer->weights(), twn{}.fit(l.weights()).alpha});
    nn::variational_options options;
    options.images = static_cast<double>(m.images().size());
    options.warm_up =
        static_cast<std::int64_t>(warm_up * static_cast<double>(epochs * m.steps_per_epoch()));
    options.seed = seed;
    std::shared_ptr<nn::variational> posterior;
    m.train(epochs, rate, {}, [&](nn::optimizer& inner) {
      posterior = std::make_shared<nn::variational>(inner, which, options);
      return posterior;
    });
    for (std::size_t i = 0; i < m.layers().size(); ++i) {
      model_layer& l = m.layers()[i];
      vnq q;
      q.a = posterior->spike(i);
      q.log_alpha_limit = log_alpha_limit;
      l.shared = vnq_codes(q, nn::elements(posterior->means(i)),
                           nn::elements(posterior->deviations(i)), nn::elements(l.kept));
      l.shared->write(l.weights());
    }
  }
};

}  // namespace compress
LOWBIT_END

#endif
