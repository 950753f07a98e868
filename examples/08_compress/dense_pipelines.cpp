// Pipelines of LeNet-300-100. The first layer has the most weights and loses the largest share of them.
#include "pipelines.hpp"

namespace compress = lowbit::compress;
using lowbit::index_t;

std::vector<pipeline_plan> dense_pipelines(const training_length& length) {
  // All are as long, so one float network is the twin of all.
  const index_t before = length.epochs(12), prunes = length.epochs(22), fine = length.epochs(16);
  std::vector<pipeline_plan> all;
  const auto pruned = [&](const char* name, std::vector<double> shares) -> compress::pipeline& {
    return all.emplace_back(pipeline_plan{name, &lenet, before, prunes + fine})
        .steps.add("prune", compress::prune_gradually{std::move(shares), prunes, 1e-3f});
  };
  pruned("Deep Compression", {0.90, 0.88, 0.6})
      .add("share", compress::share{{5}})
      .add("fine-tune", compress::retrain{fine, 2e-4f});
  for (const auto coding :
       {lowbit::symbol_coding::raw, lowbit::symbol_coding::huffman, lowbit::symbol_coding::rans})
    all.back().files.push_back(sparse_file(lenet, coding));

  // Here the float network is the teacher.
  const auto distilled = [&](const char* name, std::vector<double> shares) -> compress::pipeline& {
    compress::pipeline& steps = pruned(name, std::move(shares));
    all.back().soft_targets = 0.9;
    return steps;
  };
  distilled("distill, prune 78 %, TTQ", {0.785, 0.72, 0.3})
      .add("TTQ", quantized("ttq", fine, 1e-3f));
  distilled("distill, prune 86 %, TTQ", {0.865, 0.81, 0.4})
      .add("TTQ", quantized("ttq", fine, 1e-3f));
  return all;
}
