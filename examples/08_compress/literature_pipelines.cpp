// Pipelines of single papers: what each makes of the float network, with and without training.
#include <lowbit/compress/clip_q.hpp>
#include <lowbit/compress/sketch.hpp>
#include <lowbit/compress/three_of_four.hpp>
#include <lowbit/compress/variational_quantization.hpp>

#include "pipelines.hpp"

namespace compress = lowbit::compress;
namespace layer = lowbit::layer;

namespace {

using row_coded_lenet =
    lowbit::sequential<layer::row_coded_linear, layer::function, layer::row_coded_linear,
                       layer::function, layer::row_coded_linear>;
using row_coded_cnn =
    lowbit::sequential<layer::row_coded_conv2d, layer::function, layer::row_coded_conv2d,
                       layer::function, layer::row_coded_conv2d, layer::function,
                       layer::row_coded_linear>;

/// Codes with levels of each filter.
file_plan row_coded_file(const network_plan& network) {
  return {"", [&network](const compress::model& m, const file_place& place) {
            const auto& l = m.layers();
            const auto dense = [&](std::size_t i) { return encode_row_coded_linear(l[i]); };
            const auto conv = [&](std::size_t i) { return encode_row_coded_conv2d(l[i]); };
            if (&network == &lenet)
              return tested(row_coded_lenet(dense(0), rectifier(), dense(1), rectifier(), dense(2)),
                            place);
            return tested(row_coded_cnn(conv(0), rectifier(), conv(1), rectifier(), conv(2),
                                        rectifier(), dense(3)),
                          place);
          }};
}

}  // namespace

std::vector<pipeline_plan> literature_pipelines(const training_length& length) {
  // They start from the float networks of the other lists.
  const lowbit::index_t few = length.epochs(2);
  std::vector<pipeline_plan> all;
  const auto add = [&](const char* name, const network_plan& network,
                       lowbit::index_t trained) -> compress::pipeline& {
    const lowbit::index_t before = length.epochs(&network == &lenet ? 12 : 8);
    pipeline_plan& p = all.emplace_back(pipeline_plan{name, &network, before, trained});
    p.files.push_back(row_coded_file(network));
    return p.steps;
  };
  for (const network_plan* const network : {&lenet, &cnn})
    add("sketch, 3 planes", *network, 0).add("sketch", compress::sketch{{3}});
  add("ABC-Net, 3 planes", cnn, 0)
      .add("sketch", compress::sketch{{3}, compress::sketch_by::shifts});
  add("three of four", cnn, few).add("train", compress::three_of_four{few, 1e-3f});
  return all;
}

std::vector<pipeline_plan> long_pipelines(const training_length& length) {
  const lowbit::index_t before = length.epochs(10), epochs = length.epochs(10),
                        fine = length.epochs(4);
  std::vector<pipeline_plan> all;
  const auto add = [&](const char* name, const network_plan& network) -> compress::pipeline& {
    pipeline_plan& p = all.emplace_back(pipeline_plan{name, &network, before, epochs + fine});
    p.takes_long = true;
    return p.steps;
  };
  compress::clip_q clip{.epochs = epochs, .rate = 1e-3f};
  clip.grid.most_noise = 0.1;
  add("CLIP-Q", lenet).add("clip", clip).add("fine-tune", compress::retrain{fine, 2e-4f});
  add("VNQ", cnn)
      .add("train", compress::variational_quantization{.epochs = epochs, .rate = 1e-3f})
      .add("fine-tune", compress::retrain{fine, 2e-4f});
  add("three of four", lenet).add("train", compress::three_of_four{epochs + fine, 1e-3f});
  all.back().files.push_back(row_coded_file(lenet));
  return all;
}
