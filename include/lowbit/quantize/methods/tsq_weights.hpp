// lowbit/quantize/methods/tsq_weights.hpp – step two of two-step quantization: ternary weights that reproduce
// outputs.
//
// The activations are quantized already. A ternary filter is chosen so that its outputs on recorded inputs x_s come
// close to those of the float filter. The comparison is made behind the quantizer of the next layer, a clip of the
// scaled sum to [0, top]:
//
//     min over alpha, t, z of  sum_s (y_s - clip(z_s))^2 + lambda (z_s - alpha <x_s, t>)^2
//
// by turns:
//
//   tsq_auxiliary    z for given alpha and t, each sample on its own: the best of three candidates, one
//                    for each piece of the clip
//   tsq_ternary      alpha and t for given z: least squares. From t = sign(X y): alpha = <t, b> / <t, A t>,
//                    then each t_j in turn the ternary number nearest to what is best for it alone, with
//                    A = X X^T, b = X y; until t is stable, 20 sweeps at most. No half raises the error.
//                    Cost: d^2 n for A, d^2 per sweep (depth d, n samples)
//
// lambda grows from round to round. tsq_ternary alone, on the real outputs, is the paper's OTWA, where the
// alternation starts.
//
// Source: Wang et al., "Two-step quantization for low-bit neural networks", CVPR 2018, section 3.2.
#ifndef LOWBIT_QUANTIZE_METHODS_TSQ_WEIGHTS_HPP
#define LOWBIT_QUANTIZE_METHODS_TSQ_WEIGHTS_HPP

#include "lowbit/core/error.hpp"
#include "lowbit/core/matrix.hpp"
#include "lowbit/quantize/fit/reduce.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// z of one sample and what it costs.
struct tsq_sample {
  double z = 0;
  double cost = 0;
};

/// The z of least (y - clip(z, 0, top))^2 + lambda (z - v)^2 for v = alpha <x, t>; lambda >= 0.
[[nodiscard]] constexpr tsq_sample tsq_auxiliary(double v, double y, double lambda,
                                                 double top) noexcept {
  const auto clipped = [top](double x) { return x < 0 ? 0 : x > top ? top : x; };
  const double candidates[] = {v < 0 ? v : 0, clipped((lambda * v + y) / (1 + lambda)),
                               v > top ? v : top};
  tsq_sample best;
  bool first = true;
  for (const double z : candidates) {
    const double off = y - clipped(z), away = z - v, cost = off * off + lambda * (away * away);
    if (first || cost < best.cost) best = {z, cost};
    first = false;
  }
  return best;
}

/// A ternary filter: out ~ scale * <t, x>.
struct tsq_filter {
  buffer<std::int32_t> t;
  double scale = 0;
  double squared_error = 0;
};

/// The filter for inputs x (depth x samples) and wanted outputs y, one per sample. Errors: y has another length; a
/// number is not finite.
[[nodiscard]] inline tsq_filter tsq_ternary(matrix_view<const float> x, std::span<const float> y,
                                            int sweeps = 20) {
  if (static_cast<index_t>(y.size()) != x.cols())
    detail::fail("tsq_ternary: %zu outputs for %tdx%td inputs (depth x samples)", y.size(),
                 x.rows(), x.cols());
  const index_t d = x.rows(), n = x.cols();
  for (index_t j = 0; j < d; ++j)
    detail::quantizers::require_finite(x.row(j), "tsq_ternary: inputs");
  detail::quantizers::require_finite(y, "tsq_ternary: outputs");
  const auto at = [&](index_t j, index_t s) { return static_cast<double>(x(j, s)); };
  const auto wanted = [&](index_t s) {
    return static_cast<double>(y[static_cast<std::size_t>(s)]);
  };
  matrix<double> a(d, d);
  buffer<double> b(d);
  for (index_t j = 0; j < d; ++j)
    for (index_t s = 0; s < n; ++s) {
      b[j] += at(j, s) * wanted(s);
      for (index_t k = 0; k < d; ++k) a(j, k) += at(j, s) * at(k, s);
    }
  tsq_filter filter{buffer<std::int32_t>(d), 0, 0};
  for (index_t j = 0; j < d; ++j) filter.t[j] = b[j] < 0 ? -1 : 1;
  // sum over k of a(j, k) t_k, but for k = without.
  const auto against = [&](index_t j, index_t without) {
    double sum = 0;
    for (index_t k = 0; k < d; ++k)
      if (k != without) sum += a(j, k) * filter.t[k];
    return sum;
  };
  const auto best_scale = [&] {
    double along = 0, squares = 0;
    for (index_t j = 0; j < d; ++j) {
      along += b[j] * filter.t[j];
      squares += against(j, -1) * filter.t[j];
    }
    return squares > 0 ? along / squares : 0;
  };
  filter.scale = best_scale();
  for (int sweep = 0; sweep < sweeps && filter.scale != 0; ++sweep) {
    bool moved = false;
    for (index_t j = 0; j < d; ++j) {
      const double best = a(j, j) > 0 ? (b[j] / filter.scale - against(j, j)) / a(j, j) : 0;
      const std::int32_t t = best > 0.5 ? 1 : best < -0.5 ? -1 : 0;
      moved |= t != filter.t[j];
      filter.t[j] = t;
    }
    filter.scale = best_scale();
    if (!moved) break;
  }
  for (index_t s = 0; s < n; ++s) {
    double sum = 0;
    for (index_t j = 0; j < d; ++j) sum += at(j, s) * filter.t[j];
    const double off = wanted(s) - filter.scale * sum;
    filter.squared_error += off * off;
  }
  return filter;
}

LOWBIT_END

#endif
