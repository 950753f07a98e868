// lowbit/compress/coded_layer.hpp – layers of a model get codes with levels per filter.
//
//     pipeline.add("TWN", compress::quantize_filters{twn{}, 5, 1e-3f});
//     sequential net(compress::encode_row_coded_linear(m.layers()[0]), relu, ...);
//
// Steps that share weights (compress/pipeline.hpp) leave one table for a whole layer. A quantizer with numbers of each
// filter comes closer to the weights, and its codes go into a row_coded_matrix (tensor/row_coded.hpp): ternary codes, or
// sums of binary planes. These weights stay as they are in later trainings; biases and other layers go on.
#ifndef LOWBIT_COMPRESS_CODED_LAYER_HPP
#define LOWBIT_COMPRESS_CODED_LAYER_HPP

#include "lowbit/compress/encode_layer.hpp"
#include "lowbit/compress/encode_rows.hpp"
#include "lowbit/compress/pipeline.hpp"
#include "lowbit/network/layers/row_coded_layers.hpp"
#include "lowbit/quantize/methods/twn.hpp"

LOWBIT_BEGIN
namespace detail::compress {

[[nodiscard]] inline std::vector<lowbit::nn::parameter*> weights_of(lowbit::compress::model& m) {
  std::vector<lowbit::nn::parameter*> all;
  for (auto& l : m.layers()) all.push_back(&l.layer->weights());
  return all;
}
[[nodiscard]] inline matrix_view<const float> view_of(const lowbit::nn::float_matrix& w) {
  return {w.data(), w.rows(), w.cols()};
}
[[nodiscard]] inline const row_coded_matrix& row_codes_of(const lowbit::compress::model_layer& l) {
  if (!l.coded)
    fail("compress: the weights of %s have no codes per filter: add a step that makes them",
         l.name.c_str());
  if (l.layer->groups() != 1)
    fail("compress: %s has %td groups: compressed layers have one", l.name.c_str(),
         l.layer->groups());
  return *l.coded;
}

}  // namespace detail::compress

namespace compress {

/// The layer's weights become what the codes stand for. Ternary ones get twn per filter as their quantizer, which finds the
/// same codes and scales again: nn::deploy() packs them, where the inputs have codes, too. Errors, before anything changes: another size; a pruned weight
/// that would not be 0; what row_coded_matrix::problem() says.
inline void give_codes(model_layer& l, row_coded_matrix codes) {
  nn::float_matrix& w = l.layer->weights().value;
  if (codes.rows != w.rows() || codes.cols != w.cols())
    detail::fail("compress::give_codes: %tdx%td codes for the %tdx%td weights of %s", codes.rows,
                 codes.cols, w.rows(), w.cols(), l.name.c_str());
  const matrix<float> decoded = codes.decoded();
  const std::span<const float> kept = nn::elements(l.kept);
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i] == 0 && decoded.data()[i] != 0)
      detail::fail("compress::give_codes: weight %zu of %s is pruned and would become %g", i,
                   l.name.c_str(), static_cast<double>(decoded.data()[i]));
  if (codes.kind == row_code::planes)
    l.layer->set_weight_policy(nn::real{}, per::tensor);
  else
    l.layer->set_weight_policy(twn{}, per::row);
  std::copy_n(decoded.data(), w.size(), w.data());
  l.coded = std::move(codes);
}

/// The codes that the layer's quantizer gives its weights. Errors: a quantizer whose codes are neither ternary without
/// an offset nor sums of +-1 planes; one set of numbers for several filters, or several for one.
[[nodiscard]] inline row_coded_matrix coded_filters(const model_layer& l) {
  const nn::straight_through q = l.layer->weight_quantizer();
  const code_format& f = q.policy().format();
  const bool planes = f.kind == code_kind::planes && f.offset == -1;
  if ((!planes && !f.is_ternary()) || q.grain() != per::row)
    detail::fail(
        "compress::coded_filters: %s has weights of %s: they must be ternary or planes, with "
        "numbers of each filter",
        l.name.c_str(), f.name);
  const nn::float_matrix& w = l.layer->weights().value;
  std::vector<float> levels;
  for (index_t r = 0; r < w.rows(); ++r) {
    std::vector<float> of_row = q.of_row(r).levels();
    if (!planes && of_row[1] != 0)
      detail::fail("compress::coded_filters: filter %td of %s has the offset %g: it must be 0", r,
                   l.name.c_str(), static_cast<double>(of_row[1]));
    if (!planes) of_row.resize(1);
    levels.insert(levels.end(), of_row.begin(), of_row.end());
  }
  return encode_rows(planes ? row_code::planes : row_code::ternary, planes ? f.plane_count : 0,
                     q.encode(w).view(), std::move(levels));
}

/// Trains through a quantizer with numbers of each filter, then keeps its codes. Without epochs weights are quantized and
/// nothing is trained. Errors: weights that have codes already; those of coded_filters() and give_codes().
struct quantize_filters {
  any_quantizer weights;
  index_t epochs = 5;
  float rate = 1e-3f;

  void operator()(model& m) const {
    detail::compress::require_not_shared(m, "compress::quantize_filters");
    for (model_layer& l : m.layers()) {
      l.layer->set_weight_policy(weights, per::row);
      for (nn::parameter& number : l.layer->weight_numbers())
        number.rate *= l.layer->weights().rate;
    }
    if (epochs > 0) m.train(epochs, rate);
    for (model_layer& l : m.layers()) give_codes(l, coded_filters(l));
  }
};

/// The layer as a dense layer on whole images. Errors: no codes per filter; groups.
[[nodiscard]] inline layer::row_coded_linear encode_row_coded_linear(const model_layer& l) {
  return layer::row_coded_linear(detail::compress::row_codes_of(l), detail::compress::biases_of(l));
}
/// The layer as a convolution. Errors: as encode_row_coded_linear().
[[nodiscard]] inline layer::row_coded_conv2d encode_row_coded_conv2d(const model_layer& l) {
  return layer::row_coded_conv2d(detail::compress::row_codes_of(l), detail::compress::biases_of(l),
                                 {l.layer->over()});
}

}  // namespace compress
LOWBIT_END

#endif
