// Pipelines of LeNet-300-100. The first layer has the most weights and loses the largest share of them.
#include "pipelines.hpp"

namespace compress = lowbit::compress;
using lowbit::index_t;

std::vector<pipeline_plan> dense_pipelines(const training_length& length) {
  // All are as long, so one float network is the twin of all.
  const index_t before = length.epochs(12), prunes = length.epochs(22), fine = length.epochs(13);
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

  // The teacher is the float CNN that width_pipelines() start from. A few epochs make a good teacher: later its logits say
  // little more than labels do.
  const index_t of_teacher = width_pipelines(length).front().epochs_before;
  const auto distilled = [&](const char* name, std::vector<double> shares) -> compress::pipeline& {
    compress::pipeline& steps = pruned(name, std::move(shares));
    all.back().teacher = {&cnn, of_teacher, 0.7, 2};
    return steps;
  };
  distilled("distill, prune 85 %, share 3 bits", {0.85, 0.79, 0.4})
      .add("share", compress::share{{3}})
      .add("fine-tune", compress::retrain{fine, 3e-4f});
  distilled("distill, prune 90 %, share 3 bits", {0.904, 0.85, 0.5})
      .add("share", compress::share{{3}})
      .add("fine-tune", compress::retrain{fine, 3e-4f});
  distilled("distill, prune 86 %, TTQ", {0.865, 0.81, 0.4})
      .add("TTQ", quantized("ttq", fine, 1e-3f));
  all.back().takes_long = true;
  return all;
}
