// lowbit/compress/filter_report.hpp – how many binary filters differ, layer by layer.
//
//     for (const compress::layer_filters& l : compress::filter_report(m))
//       std::printf("%s: %.0f %%\n", l.layer.c_str(), 100 * l.kernels.share());
//
// compress/unique_filters.hpp says what is counted, and why.
#ifndef LOWBIT_COMPRESS_FILTER_REPORT_HPP
#define LOWBIT_COMPRESS_FILTER_REPORT_HPP

#include "lowbit/compress/model.hpp"
#include "lowbit/compress/unique_filters.hpp"

LOWBIT_BEGIN
namespace compress {

/// The counts of a layer.
struct layer_filters {
  std::string layer;
  filter_counts kernels;  ///< slices of one channel
  filter_counts filters;  ///< whole ones
};

/// Counts the signs of the latent weights of every layer of a model. Cost: n log n per layer.
[[nodiscard]] inline std::vector<layer_filters> filter_report(model& m) {
  std::vector<layer_filters> all;
  for (model_layer& l : m.layers()) {
    const index_t taps = l.layer->over().taps(), depth = l.layer->weights().value.cols();
    all.push_back(
        {l.name, unique_kernels(l.weights(), l.layer->outputs(), taps, taps > 0 ? depth / taps : 0),
         unique_filters(l.weights(), l.layer->outputs(), depth)});
  }
  return all;
}

}  // namespace compress
LOWBIT_END

#endif
