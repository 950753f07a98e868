// lowbit/compress/fine_grained.hpp – a step that makes weights ternary in small groups, without retraining (FGQ).
//
//     compress::pipeline p;
//     p.add("inputs", compress::calibrate{.inputs = {8}, .weights = {0}}).add("FGQ", compress::fine_grained{16});
//     p.run(m);
//     auto packed = nn::deploy(net, ...);
//
// Every group of weights along the depth of a filter gets the best ternary codes and a scale of 8 bits
// (quantize/methods/fgq.hpp). The first layer and the last one may need more bits: leave them out of the model. The
// weights themselves stay, so that retraining may follow. The paper's ResNet-101 has 73.85 % top-1 with 8-bit inputs.
//
// Choose groups that divide the channels: others hold weights of two taps. nn::deploy() takes at most 128 groups
// of a filter.
//
// Source: Mellempudi et al., arXiv:1705.01462.
#ifndef LOWBIT_COMPRESS_FINE_GRAINED_HPP
#define LOWBIT_COMPRESS_FINE_GRAINED_HPP

#include "lowbit/compress/pipeline.hpp"
#include "lowbit/quantize/methods/fgq.hpp"

LOWBIT_BEGIN
namespace compress {

/// Ternary weights in groups of a size, for all layers of the model; inputs stay as they are. Errors, before anything is
/// written: shared weights; less than one weight in a group; a layer that is an nn::conv2d.
struct fine_grained {
  index_t group = 64;

  void operator()(model& m) const {
    detail::compress::require_not_shared(m, "compress::fine_grained");
    if (group < 1)
      detail::fail("compress::fine_grained: groups of %td weights: they must have at least 1",
                   group);
    for (model_layer& l : m.layers())
      l.layer->set_weight_policy(fgq<>{}, {granularity::map::group, group});
  }
};

}  // namespace compress
LOWBIT_END

#endif
