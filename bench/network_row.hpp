// The rows of a whole network: each layer, its binary convolution or float convolution alone, and the rest, the glue:
//
//     glue = whole network - float layers - binary convolutions alone with int32 sums as output
//
// The glue is signs, thresholds, batch norms, shortcuts, pools, padding and the passes over memory between.
#pragma once

#include "rounds.hpp"
#include "row.hpp"

namespace bench {

/// A ResNet-18 (resnet.hpp) on one image: one row per layer, then the network on one thread and on two. Errors: its
/// layers one by one give another result than the network, or a binary convolution another than the
/// reference.
[[nodiscard]] std::vector<row> measure_resnet(const effort& how);

}  // namespace bench
