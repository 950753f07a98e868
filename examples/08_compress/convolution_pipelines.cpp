// The pipeline of the convolution network. Few weights are pruned: codes of three bits have a 0 already.
#include "pipelines.hpp"

namespace compress = lowbit::compress;

std::vector<pipeline_plan> convolution_pipelines(const training_length& length) {
  const lowbit::index_t before = length.epochs(8), prunes = length.epochs(6),
                        fine = length.epochs(10);
  pipeline_plan plan{"distill, prune 33 %, LSQ 3 bits", &cnn, before, prunes + fine};
  plan.teacher = {&cnn, before};
  plan.steps.add("prune", compress::prune_gradually{{0.1, 0.3, 0.35, 0.3}, prunes, 2e-3f})
      .add("LSQ", quantized("lsq3", fine, 2e-3f));
  return {plan};
}
