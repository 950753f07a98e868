// lowbit/compress/sketch.hpp – trained filters as sums of binary planes: network sketching and ABC-Net's weights.
//
//     const auto made = compress::sketch_filters(weights, 3);           made.codes, and made.error of each filter
//     pipeline.add("sketch", compress::sketch{{4, 3, 3}});               planes of each layer
//
//     w ~ sum over m of a_m B_m        B_m of -1 and +1, a_m floats, of each filter
//
// No training: a float network becomes a network of M binary ones. Three ways to find the planes:
//
//     direct      B_m is the sign of what is left, a_m the mean of its magnitudes          sketching, algorithm 1
//     refined     the same signs, and all a are solved for anew after each plane           sketching, algorithm 2
//     shifts      signs around M shifts of the mean; a by least squares                    ABC-Net, equations 2 to 5
//
// With `refit`, the planes stay and all a are solved for once more, by least squares on the weights of the filter. That
// changes `direct` alone: the error never rises by it. The error of a filter is ||w - sum a B||^2 / ||w||^2, so 0.1 is 10
// dB. The codes take M bits of a weight and M floats of a filter (tensor/row_coded.hpp).
//
// Sources: Guo et al., "Network sketching", arXiv:1706.02021; Lin, Zhao, Pan, "Towards accurate binary convolutional
// neural network", arXiv:1711.11294, whose paper takes a layer where here a filter is.
#ifndef LOWBIT_COMPRESS_SKETCH_HPP
#define LOWBIT_COMPRESS_SKETCH_HPP

#include "lowbit/compress/coded_layer.hpp"
#include "lowbit/quantize/methods/abc_weight.hpp"
#include "lowbit/quantize/methods/residual_sign.hpp"

LOWBIT_BEGIN
namespace compress {

/// How planes are found; see the head of this file.
enum class sketch_by { direct, refined, shifts };

/// Codes of planes, and what each filter loses.
struct filter_sketch {
  row_coded_matrix codes;
  std::vector<double> error;  ///< squared error over squares; 0 of a filter of zeros
};

}  // namespace compress

namespace detail::compress {

/// Codes and coefficients of one filter.
template <int M, class Quantizer>
void sketch_row(const Quantizer& prototype, bool refit, std::span<const float> w, code_t* codes,
                std::vector<float>& levels) {
  const Quantizer q = prototype.fit(w);
  std::array<float, static_cast<std::size_t>(M)> a = q.levels().coefficient;
  const auto code = [&](float x) { return lowbit::encode(q, x); };
  if (refit)
    a = quantizers::rounded(
        quantizers::best_coefficients<planes<M>>(quantizers::code_moments<M>::of(w, code)));
  for (std::size_t i = 0; i < w.size(); ++i) codes[i] = code(w[i]);
  levels.insert(levels.end(), a.begin(), a.end());
}
template <int M>
void sketch_row(lowbit::compress::sketch_by how, bool refit, std::span<const float> w,
                code_t* codes, std::vector<float>& levels) {
  using lowbit::compress::sketch_by;
  if (how == sketch_by::direct)
    sketch_row<M>(network_sketch<M, residual_fit::greedy>{}, refit, w, codes, levels);
  else if (how == sketch_by::refined)
    sketch_row<M>(network_sketch<M>{}, refit, w, codes, levels);
  else
    sketch_row<M>(abc_weight<M>{}, refit, w, codes, levels);
}

}  // namespace detail::compress

namespace compress {

/// Every row of w as a sum of planes. Cost: n M^2 comparisons per row, and 2^M. Errors: planes are not 1 to 8; a weight
/// is not finite.
[[nodiscard]] inline filter_sketch sketch_filters(matrix_view<const float> w, int planes,
                                                  sketch_by how = sketch_by::refined,
                                                  bool refit = true) {
  if (planes < 1 || planes > 8)
    detail::fail("compress::sketch_filters: %d planes: there must be 1 to 8", planes);
  matrix<code_t> codes(w.rows(), w.cols());
  std::vector<float> levels;
  const auto sketch_all = [&]<int M>() {
    for (index_t r = 0; r < w.rows(); ++r)
      detail::compress::sketch_row<M>(how, refit, w.row(r), codes.data() + r * w.cols(), levels);
  };
  [&]<int... At>(std::integer_sequence<int, At...>) {
    ((planes == At + 1 ? sketch_all.template operator()<At + 1>() : void()), ...);
  }
  (std::make_integer_sequence<int, 8>());
  filter_sketch out{encode_rows(row_code::planes, planes, codes.view(), std::move(levels)), {}};
  const matrix<float> decoded = out.codes.decoded();
  for (index_t r = 0; r < w.rows(); ++r) {
    double lost = 0, all = 0;
    for (index_t c = 0; c < w.cols(); ++c) {
      const double x = static_cast<double>(w(r, c)), off = x - static_cast<double>(decoded(r, c));
      lost += off * off;
      all += x * x;
    }
    out.error.push_back(all > 0 ? lost / all : 0);
  }
  return out;
}

/// Sketches all layers. Errors: weights that have codes or are pruned already: planes have no 0; those of
/// sketch_filters().
struct sketch {
  std::vector<int> planes;
  sketch_by how = sketch_by::refined;
  bool refit = true;
  /// Called with each layer and its sketch.
  std::function<void(const model_layer&, const filter_sketch&)> report = {};

  void operator()(model& m) const {
    detail::compress::require_not_shared(m, "compress::sketch");
    for (std::size_t i = 0; i < m.layers().size(); ++i) {
      model_layer& l = m.layers()[i];
      const int of_layer =
          detail::compress::of_layer(planes, i, m.layers().size(), "compress::sketch");
      filter_sketch made =
          sketch_filters(detail::compress::view_of(l.layer->weights().value), of_layer, how, refit);
      give_codes(l, made.codes);
      if (report) report(l, made);
    }
  }
};

}  // namespace compress
LOWBIT_END

#endif
