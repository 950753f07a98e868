// lowbit/compress/clip_q.hpp – a step: pruning and quantization in parallel with training, CLIP-Q.
//
//     const auto rules = compress::clip_rules(m, {.shares = {0.5, 0.7, 0.85}, .bits = {2, 3, 4}, .most_noise = 0.02});
//     pipeline.add("CLIP-Q", compress::clip_q{rules, 10, 1e-3f});
//
// Every step of the training clips and partitions latent weights anew (compress/clip_partition.hpp). The network uses the
// means of the bins, and latent weights move along the straight-through gradient (nn/optimizers/projected.hpp). So a
// weight that was pruned may come back, and no threshold is final before the end.
//
// Share p and width b of each layer are the paper's hyper-parameters. It finds them by Bayesian optimization of a network's
// size and error. Here they come from a grid: of all pairs whose noise in the layer's results is small enough, the one
// of fewest bits. This looks at layers one by one, needs no labels and trains nothing.
//
//     noise(p, b) = sum (W_q x - W x)^2 / sum (W x)^2       over recorded inputs x      compress/recorded_windows.hpp
//     bits(p, b)  = the entropy of the codes, 0 among them: what an entropy coder needs of a weight
//
// Source: Tung, Mori, "CLIP-Q: deep network compression learning by in-parallel pruning-quantization", CVPR 2018,
// sections 3.1 and 3.2.
#ifndef LOWBIT_COMPRESS_CLIP_Q_HPP
#define LOWBIT_COMPRESS_CLIP_Q_HPP

#include <cmath>

#include "lowbit/compress/clip_partition.hpp"
#include "lowbit/compress/pipeline.hpp"
#include "lowbit/compress/recorded_windows.hpp"
#include "lowbit/nn/optimizers/projected.hpp"

LOWBIT_BEGIN
namespace detail::compress {

/// The sum of squares, in double.
[[nodiscard]] inline double power_of(const lowbit::nn::float_matrix& y) {
  return quantizers::sum_of(lowbit::nn::elements(y), [](float x) {
    const double wide = static_cast<double>(x);
    return wide * wide;
  });
}

}  // namespace detail::compress

namespace compress {

/// Pairs of shares and widths that are tried, and the noise that a layer may have.
struct clip_grid {
  std::vector<double> shares{0.3, 0.5, 0.7, 0.8, 0.9};
  std::vector<int> bits{2, 3, 4, 5};
  double most_noise = 0.02;
  recording inputs = {};
};

/// A rule for weights with these windows (samples x depth). Of the rules that keep the noise, the result has the fewest
/// bits; of equal ones, less noise. If no rule keeps the noise, the result has the least noise. Cost: a product per
/// pair. Errors: an empty grid; those of the rules.
[[nodiscard]] inline clip_rule clip_rule_for(const nn::float_matrix& w,
                                             const nn::float_matrix& windows,
                                             const clip_grid& grid) {
  if (grid.shares.empty() || grid.bits.empty())
    detail::fail("compress::clip_rule_for: %zu shares, %zu widths: there must be one of each",
                 grid.shares.size(), grid.bits.size());
  const double signal = detail::compress::power_of(detail::compress::sums_over(windows, w));
  clip_rule best;
  double best_noise = HUGE_VAL, best_bits = HUGE_VAL;
  for (const double share : grid.shares)
    for (const int bits : grid.bits) {
      const clip_rule rule{share, bits};
      const shared_weights made = clip_partition(nn::elements(w), rule);
      nn::float_matrix off = w;
      made.write(nn::elements(off));
      off -= w;
      const double power = detail::compress::power_of(detail::compress::sums_over(windows, off));
      const double noise = signal > 0 ? power / signal : power;
      std::vector<double> count(made.codebook.size());
      for (const code_t code : made.codes) count[code] += 1;
      double entropy = 0;
      for (const double n : count)
        if (n > 0) entropy -= n * std::log2(n / static_cast<double>(made.codes.size()));
      const bool keeps = noise <= grid.most_noise, kept = best_noise <= grid.most_noise;
      const bool better = keeps && kept
                              ? entropy < best_bits || (entropy == best_bits && noise < best_noise)
                              : noise < best_noise;
      if (!better) continue;
      best = rule;
      best_noise = noise;
      best_bits = entropy;
    }
  return best;
}
/// The rules of all layers, each with the others as they are. Errors: those of clip_rule_for() and recorded_windows().
[[nodiscard]] inline std::vector<clip_rule> clip_rules(model& m, const clip_grid& grid) {
  std::vector<clip_rule> rules;
  for (std::size_t i = 0; i < m.layers().size(); ++i)
    rules.push_back(clip_rule_for(m.layers()[i].layer->weights().value,
                                  recorded_windows(m, i, grid.inputs), grid));
  return rules;
}

/// Trains through clipping and partitioning, then keeps the codes; clipped weights are pruned from then on. Without epochs
/// nothing is trained. Without rules they come from the grid. Errors: weights that have codes already; those of the
/// rules, of the grid and of the training.
struct clip_q {
  std::vector<clip_rule> rules = {};  ///< one for all layers, or one each; none: those of the grid
  index_t epochs = 10;
  float rate = 1e-3f;
  clip_grid grid = {};

  void operator()(model& m) const {
    detail::compress::require_not_shared(m, "compress::clip_q");
    const std::vector<clip_rule> used = rules.empty() ? clip_rules(m, grid) : rules;
    const std::size_t layers = m.layers().size();
    std::vector<shared_weights> made(layers);
    const auto partition = [&](std::size_t i, const nn::float_matrix& latent, nn::float_matrix& w) {
      made[i] = clip_partition(nn::elements(latent),
                               detail::compress::of_layer(used, i, layers, "compress::clip_q"));
      made[i].write(nn::elements(w));
    };
    std::vector<nn::parameter*> weights;
    for (model_layer& l : m.layers()) weights.push_back(&l.layer->weights());
    for (std::size_t i = 0; i < layers && epochs == 0; ++i) {
      const nn::float_matrix latent = weights[i]->value;
      partition(i, latent, weights[i]->value);
    }
    if (epochs > 0)
      m.train(epochs, rate, {}, [&](nn::optimizer& inner) {
        return std::make_shared<nn::projected>(inner, weights, partition);
      });
    for (std::size_t i = 0; i < layers; ++i) {
      const std::span<float> kept = nn::elements(m.layers()[i].kept);
      for (std::size_t k = 0; k < kept.size(); ++k)
        if (made[i].codes[k] == 0) kept[k] = 0;
      m.layers()[i].shared = std::move(made[i]);
    }
  }
};

}  // namespace compress
LOWBIT_END

#endif
