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
//                    Cost: d^2 n for A, d per sweep and per weight that changes (depth d, n samples)
//
// lambda grows from round to round (tsq_behind_clip). tsq_ternary alone, on the real outputs, is the paper's OTWA, where
// the alternation starts. Filters of a layer have the same inputs: tsq_inputs makes A once for all.
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

/// Recorded inputs of a layer, which all its filters share: A = X X^T is made once.
class tsq_inputs {
 public:
  /// x is depth x samples, and must outlive this. Cost: d^2 n. Errors: a number is not finite.
  explicit tsq_inputs(matrix_view<const float> x) : x_(x), a_(x.rows(), x.rows()) {
    for (index_t j = 0; j < x.rows(); ++j)
      detail::quantizers::require_finite(x.row(j), "tsq_ternary: inputs");
    for (index_t j = 0; j < x.rows(); ++j)
      for (index_t k = 0; k <= j; ++k) {
        double sum = 0;
        for (index_t s = 0; s < x.cols(); ++s) sum += at(j, s) * at(k, s);
        a_(j, k) = a_(k, j) = sum;
      }
  }

  /// The filter for wanted outputs y, one per sample. It starts from signs, or from another filter. Cost: d n, then d per
  /// sweep and per weight that changes. Errors: y has another length than there are samples; a number is not finite; a
  /// start of another depth.
  [[nodiscard]] tsq_filter fit(std::span<const float> y, int sweeps = 20,
                               const tsq_filter* start = nullptr) const {
    const index_t d = x_.rows(), n = x_.cols();
    if (static_cast<index_t>(y.size()) != n)
      detail::fail("tsq_ternary: %zu outputs for %tdx%td inputs (depth x samples)", y.size(), d, n);
    detail::quantizers::require_finite(y, "tsq_ternary: outputs");
    if (start != nullptr && start->t.size() != d)
      detail::fail("tsq_ternary: a start of depth %td for inputs of %td", start->t.size(), d);
    buffer<double> b(d), sums(d);  // X y, and A t
    for (index_t j = 0; j < d; ++j)
      for (index_t s = 0; s < n; ++s)
        b[j] += at(j, s) * static_cast<double>(y[static_cast<std::size_t>(s)]);
    tsq_filter filter{buffer<std::int32_t>(d), 0, 0};
    for (index_t j = 0; j < d; ++j)
      filter.t[j] = start != nullptr ? start->t[j] : b[j] < 0 ? -1 : 1;
    for (index_t j = 0; j < d; ++j) add_row(j, filter.t[j], sums);
    filter.scale = best_scale(filter.t, b, sums);
    for (int sweep = 0; sweep < sweeps && filter.scale != 0; ++sweep) {
      bool moved = false;
      for (index_t j = 0; j < d; ++j) {
        const double others = sums[j] - a_(j, j) * filter.t[j];
        const double best = a_(j, j) > 0 ? (b[j] / filter.scale - others) / a_(j, j) : 0;
        const std::int32_t t = best > 0.5 ? 1 : best < -0.5 ? -1 : 0;
        if (t == filter.t[j]) continue;
        add_row(j, t - filter.t[j], sums);
        filter.t[j] = t;
        moved = true;
      }
      filter.scale = best_scale(filter.t, b, sums);
      if (!moved) break;
    }
    for (index_t s = 0; s < n; ++s) {
      const double off = static_cast<double>(y[static_cast<std::size_t>(s)]) - output(filter, s);
      filter.squared_error += off * off;
    }
    return filter;
  }
  /// scale * <t, x_s>. Errors: none; s is a sample, and the filter has the depth of the inputs.
  [[nodiscard]] double output(const tsq_filter& filter, index_t s) const noexcept {
    double sum = 0;
    for (index_t j = 0; j < x_.rows(); ++j) sum += at(j, s) * filter.t[j];
    return filter.scale * sum;
  }
  [[nodiscard]] index_t samples() const noexcept { return x_.cols(); }

 private:
  [[nodiscard]] double at(index_t j, index_t s) const noexcept {
    return static_cast<double>(x_(j, s));
  }
  /// sums += times * column j of A, which is its row j.
  void add_row(index_t j, std::int32_t times, buffer<double>& sums) const noexcept {
    for (index_t k = 0; k < sums.size(); ++k) sums[k] += a_(j, k) * times;
  }
  [[nodiscard]] static double best_scale(const buffer<std::int32_t>& t, const buffer<double>& b,
                                         const buffer<double>& sums) noexcept {
    double along = 0, squares = 0;
    for (index_t j = 0; j < t.size(); ++j) {
      along += b[j] * t[j];
      squares += sums[j] * t[j];
    }
    return squares > 0 ? along / squares : 0;
  }

  matrix_view<const float> x_;
  matrix<double> a_;
};

/// The filter for inputs x (depth x samples) and wanted outputs y, one per sample. Errors: y has another length; a
/// number is not finite.
[[nodiscard]] inline tsq_filter tsq_ternary(matrix_view<const float> x, std::span<const float> y,
                                            int sweeps = 20) {
  return tsq_inputs(x).fit(y, sweeps);
}

/// The filter whose outputs come close behind a clip of z + bias to [0, top], where the next layer's quantizer ends:
/// alternates tsq_auxiliary() and a fit from the filter before. `lambdas` are the rounds. `before` is the filter of the
/// linear outputs (OTWA), `wanted` what the clip should give. Errors: as tsq_inputs::fit().
[[nodiscard]] inline tsq_filter tsq_behind_clip(const tsq_inputs& x, std::span<const float> wanted,
                                                double bias, double top, tsq_filter before,
                                                std::span<const double> lambdas, int sweeps = 20) {
  buffer<float> z(static_cast<index_t>(wanted.size()));
  if (z.size() != x.samples())
    detail::fail("tsq_behind_clip: %zu outputs for %td samples", wanted.size(), x.samples());
  for (const double lambda : lambdas) {
    for (index_t s = 0; s < z.size(); ++s) {
      const double y = static_cast<double>(wanted[static_cast<std::size_t>(s)]);
      const tsq_sample best = tsq_auxiliary(x.output(before, s) + bias, y, lambda, top);
      z[s] = static_cast<float>(best.z - bias);
    }
    before = x.fit({z.data(), wanted.size()}, sweeps, &before);
  }
  return before;
}

LOWBIT_END

#endif
