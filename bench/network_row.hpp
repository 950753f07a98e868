// The rows of a whole network: each layer in its place, the binary convolutions and the real layers within
// them alone, and what is left, the glue.
//
//     glue = whole network - real layers - binary convolutions alone with int32 sums as output
//
// so the glue is signs, thresholds, batch norms, shortcuts, pools, borders and the passes over memory between.
#pragma once

#include "rounds.hpp"
#include "row.hpp"

namespace bench {

/// A ResNet-18 (resnet.hpp) on one image: a row a layer, then the network on one thread and on two. Errors: its
/// layers one by one give another result than the network, or a binary convolution another than the
/// reference.
[[nodiscard]] std::vector<row> measure_resnet(const effort& how);

}  // namespace bench
