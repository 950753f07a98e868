// lowbit/compress/allocate.hpp – steps of a pipeline that give every layer its bits.
//
//     compress::pipeline p;
//     p.add("allocate", compress::allocate{{.mean = 3}})
//         .add("quantize", compress::quantize{compress::sqnr_widths(), 0})
//         .add("fine-tune", compress::retrain{5, 1e-4f});
//
// allocate looks at the sizes of layers only. allocate_by_output measures what each width changes in the results of each
// layer. Both write model_layer::bits, which compress::quantize reads. compress/bit_budget.hpp has the rules.
//
// Source: Lin, Talathi, Annapureddy, "Fixed point quantization of deep convolutional networks", arXiv:1511.06393,
// section 4. They report models that are more than 20 % smaller than with one width, at equal accuracy.
#ifndef LOWBIT_COMPRESS_ALLOCATE_HPP
#define LOWBIT_COMPRESS_ALLOCATE_HPP

#include "lowbit/compress/bit_budget.hpp"
#include "lowbit/compress/output_noise.hpp"
#include "lowbit/compress/pipeline.hpp"

LOWBIT_BEGIN
namespace compress {

/// What one bit more of a layer costs. `weights` counts a bit for each kept weight: the size of the file.
/// `multiplications` counts a bit for each product of a kept weight in an image: the time of bit-serial kernels.
enum class bit_cost { weights, multiplications };

/// The costs of all layers, as widths_by_sqnr() takes them. Errors: a layer whose weights are all pruned; for
/// multiplications those of recorded_inputs().
[[nodiscard]] inline std::vector<double> bit_costs(model& m, bit_cost by = bit_cost::weights) {
  std::vector<nn::feature_map> inputs;
  if (by == bit_cost::multiplications) inputs = recorded_inputs(m, 1);
  std::vector<double> all;
  for (std::size_t i = 0; i < m.layers().size(); ++i) {
    const model_layer& l = m.layers()[i];
    const double kept = l.kept_share() * static_cast<double>(l.kept.size());
    if (!(kept > 0)) detail::fail("compress::bit_costs: %s has no weights", l.name.c_str());
    all.push_back(inputs.empty() ? kept
                                 : kept * static_cast<double>(
                                              l.layer->output_shape(inputs[i].shape()).pixels()));
  }
  return all;
}

/// Gives the layers their bits. Errors: another number of layers.
inline void set_widths(model& m, std::span<const int> bits) {
  if (bits.size() != m.layers().size())
    detail::fail("compress::set_widths: %zu widths for %zu layers", bits.size(), m.layers().size());
  for (std::size_t i = 0; i < bits.size(); ++i) m.layers()[i].bits = bits[i];
}

/// Bits by SQNR, from the layers' costs. Errors: shared weights; those of bit_costs() and widths_by_sqnr().
struct allocate {
  bit_budget budget = {};
  bit_cost by = bit_cost::weights;
  double decibels_per_bit = 5;

  void operator()(model& m) const {
    detail::compress::require_not_shared(m, "compress::allocate");
    set_widths(m, widths_by_sqnr(bit_costs(m, by), budget, decibels_per_bit));
  }
};

/// Bits by the noise that each width of `weights` makes in each layer's results, for some training images without their
/// labels. Errors: shared weights; those of bit_costs(), output_noises() and widths_by_error().
struct allocate_by_output {
  quantizer_by_width weights;
  bit_budget budget = {};
  bit_cost by = bit_cost::weights;
  index_t images = 256;

  void operator()(model& m) const {
    detail::compress::require_not_shared(m, "compress::allocate_by_output");
    const matrix<double> noise = output_noises(m, weights, budget.least, budget.most, images);
    set_widths(m, widths_by_error(bit_costs(m, by), noise.view(), budget));
  }
};

}  // namespace compress
LOWBIT_END

#endif
