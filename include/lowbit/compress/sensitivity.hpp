// lowbit/compress/sensitivity.hpp – how much a network suffers when one layer has few bits and the others none less.
//
//     const auto table = compress::sensitivity(m, {2, 3, 4}, compress::weights_at(compress::l2_step_widths()),
//                                              [&] { return 1 - nn::evaluate(net, validation).accuracy; },
//                                              [](const compress::sensitivity_progress& p) { ... });
//     table.error(0, 1)                                       of the first layer at 3 bits
//
// Each layer in turn is switched to each width while the others stay as they are, and is switched back. Nothing is
// trained. Layers that bear few bits can have them (widths_by_error() in compress/bit_budget.hpp); a search with
// retraining begins with them (compress/width_search.hpp). A switch is a function, so weights, inputs, or both can be
// switched: weights_at() here, inputs_at() in compress/calibrate.hpp.
//
// Measure on images that neither trained nor test the network: widths that were chosen on test images say nothing about
// new ones.
//
// Source: Anwar, Hwang, Sung, "Fixed point optimization of deep convolutional neural networks for object recognition",
// ICASSP 2015, section 3 (layer-wise sensitivity).
#ifndef LOWBIT_COMPRESS_SENSITIVITY_HPP
#define LOWBIT_COMPRESS_SENSITIVITY_HPP

#include <functional>

#include "lowbit/compress/layer_restore.hpp"
#include "lowbit/compress/quantizer_by_width.hpp"
#include "lowbit/core/matrix.hpp"

LOWBIT_BEGIN
namespace compress {

/// Errors by layer and width.
struct sensitivity_table {
  std::vector<std::string> layers;
  std::vector<int> widths;
  double start = 0;      ///< of the network as it is
  matrix<double> error;  ///< a row per layer, a column per width

  /// The smallest of the table's widths at which a layer costs at most `more` than `start`; the last one where none does.
  /// Widths ascend. Errors: there is no such layer.
  [[nodiscard]] int least_width(std::size_t layer, double more) const {
    if (layer >= layers.size())
      detail::fail("compress::sensitivity_table: layer %zu of %zu", layer, layers.size());
    for (std::size_t k = 0; k < widths.size(); ++k)
      if (error(static_cast<index_t>(layer), static_cast<index_t>(k)) <= start + more)
        return widths[k];
    return widths.back();
  }
};

/// What was measured last.
struct sensitivity_progress {
  const std::string& layer;
  int bits;
  double error;
  index_t done, all;  ///< measurements
};

/// Changes a layer to a width.
using width_switch = std::function<void(model_layer&, int bits)>;

/// Weights by the quantizer of the width (quantize_weights()).
[[nodiscard]] inline width_switch weights_at(quantizer_by_width weights) {
  return [weights = std::move(weights)](model_layer& l, int bits) {
    quantize_weights(l, weights.at(bits));
  };
}

/// Measures every layer at every width. `error` is called with the network in evaluation, once more than the table has
/// entries; `after`, if given, after every entry. The model is afterwards as before, and after an error too. Errors: no
/// width, or widths that do not ascend; those of the switch and of `error`.
[[nodiscard]] inline sensitivity_table sensitivity(
    model& m, std::vector<int> widths, const width_switch& at, const std::function<double()>& error,
    const std::function<void(const sensitivity_progress&)>& after = {}) {
  if (widths.empty() ||
      std::adjacent_find(widths.begin(), widths.end(), std::greater_equal<int>{}) != widths.end())
    detail::fail("compress::sensitivity: %zu widths: there must be some, in ascending order",
                 widths.size());
  const auto measured = [&] {
    m.network().set_training(false);
    return error();
  };
  sensitivity_table table{{}, std::move(widths), measured(), {}};
  const auto layers = static_cast<index_t>(m.layers().size());
  const auto columns = static_cast<index_t>(table.widths.size());
  table.error = matrix<double>(layers, columns);
  index_t done = 0;
  for (index_t i = 0; i < layers; ++i) {
    model_layer& l = m.layers()[static_cast<std::size_t>(i)];
    table.layers.push_back(l.name);
    for (index_t k = 0; k < columns; ++k) {
      const int bits = table.widths[static_cast<std::size_t>(k)];
      const layer_restore restore(l);
      at(l, bits);
      table.error(i, k) = measured();
      ++done;
      if (after) after({l.name, bits, table.error(i, k), done, layers * columns});
    }
  }
  return table;
}

}  // namespace compress
LOWBIT_END

#endif
