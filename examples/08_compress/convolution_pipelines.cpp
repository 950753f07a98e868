// Pipelines of the convolution network. Few weights are pruned: codes of three bits have a 0 already.
#include "pipelines.hpp"

namespace compress = lowbit::compress;

std::vector<pipeline_plan> convolution_pipelines(const training_length& length) {
  const lowbit::index_t before = length.epochs(8), prunes = length.epochs(6),
                        fine = length.epochs(10);
  std::vector<pipeline_plan> all;
  const auto distilled = [&](const char* name) -> compress::pipeline& {
    pipeline_plan& p = all.emplace_back(pipeline_plan{name, &cnn, before, prunes + fine});
    p.soft_targets = 0.9;
    return p.steps;
  };
  distilled("distill, prune 33 %, LSQ 3 bits")
      .add("prune", compress::prune_gradually{{0.1, 0.3, 0.35, 0.3}, prunes, 2e-3f})
      .add("LSQ", quantized("lsq3", fine, 2e-3f));
  distilled("distill, TWN").add("TWN", quantized("twn", prunes + fine, 2e-3f));
  return all;
}
