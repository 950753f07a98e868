// lowbit/compress/three_of_four.hpp – a step: ternary weights of which one in each four is 0, 1.25 bits of a weight.
//
//     pipeline.add("three of four", compress::three_of_four{10, 1e-3f});
//
// Every step of the training decides anew which weight of four is 0 and what the scale of a filter is
// (quantize/methods/three_of_four.hpp). Latent weights move along the straight-through gradient
// (nn/optimizers/projected.hpp). The codes take 5 bits of 4 weights in the file (tensor/row_coded.hpp), and are ternary
// codes like others where the inputs have codes, too.
//
// Source: Huang et al., "Sherry: hardware-efficient 1.25-bit ternary quantization", arXiv:2601.07892. Its annealing
// residual synapse in training is not here.
#ifndef LOWBIT_COMPRESS_THREE_OF_FOUR_HPP
#define LOWBIT_COMPRESS_THREE_OF_FOUR_HPP

#include "lowbit/compress/coded_layer.hpp"
#include "lowbit/nn/optimizers/projected.hpp"

LOWBIT_BEGIN
namespace compress {

/// Trains through the pattern, then keeps its codes. Without epochs weights are quantized and nothing is trained. Errors:
/// weights that have codes or are pruned already, whose pattern is another one; those of the training.
struct three_of_four {
  index_t epochs = 10;
  float rate = 1e-3f;

  void operator()(model& m) const {
    detail::compress::require_not_shared(m, "compress::three_of_four");
    for (const model_layer& l : m.layers())
      if (l.kept_share() != 1)
        detail::fail("compress::three_of_four: %s is pruned: this pattern has zeros of its own",
                     l.name.c_str());
    const auto project = [](std::size_t, const nn::float_matrix& latent, nn::float_matrix& used) {
      const matrix<float> w = encode_three_of_four(detail::compress::view_of(latent)).decoded();
      std::copy_n(w.data(), used.size(), used.data());
    };
    if (epochs > 0)
      m.train(epochs, rate, {}, [&](nn::optimizer& inner) {
        return std::make_shared<nn::projected>(inner, detail::compress::weights_of(m), project);
      });
    for (model_layer& l : m.layers())
      give_codes(l, encode_three_of_four(detail::compress::view_of(l.layer->weights().value)));
  }
};

}  // namespace compress
LOWBIT_END

#endif
