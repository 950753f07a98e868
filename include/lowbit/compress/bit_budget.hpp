// lowbit/compress/bit_budget.hpp – whole bits for layers, within the bits of a budget.
//
//     const auto widths = compress::widths_by_sqnr(sizes, {.mean = 3});              from the sizes alone
//     const auto widths = compress::widths_by_error(sizes, table, {.mean = 3});      from measured errors
//
// Both minimise a sum of errors over layers while  sum size_i bits_i <= mean sum size_i.  They give the next bits to the
// layer where a bit of the budget buys most, until nothing fits any more. `size` is what one bit more costs: the weights
// of a layer, or its multiplications.
//
// By SQNR the error of a layer is the noise 10^(-kappa bits / 10) of its weights, relative to their power. The noise of
// all layers adds up at the output: 1 / snr = sum 1 / snr_i. The best real numbers of bits have a closed form, beta
// (quantize/methods/bit_allocation.hpp). A layer gets its next whole bit when the closed form passes the half:
//
//     bits_i = round(beta_i + t)        t as large as the budget allows
//
// By error the errors of each layer at each width are given: the network's, which sensitivity() measures
// (compress/sensitivity.hpp), or those of the layer's output (compress/output_noise.hpp). A step may go to any larger
// width, so the widths on the lower convex hull of a layer's errors follow each other.
//
// Sources: Lin, Talathi, Annapureddy, arXiv:1511.06393, section 4, eq. 10-14; Fox, "Discrete optimization via marginal
// analysis", Management Science 13, 1966.
#ifndef LOWBIT_COMPRESS_BIT_BUDGET_HPP
#define LOWBIT_COMPRESS_BIT_BUDGET_HPP

#include <algorithm>
#include <vector>

#include "lowbit/core/matrix_view.hpp"
#include "lowbit/quantize/methods/bit_allocation.hpp"

LOWBIT_BEGIN
namespace compress {

/// What all layers together may cost, and the widths that a layer may have.
struct bit_budget {
  double mean = 4;          ///< bits per unit of size
  int least = 1, most = 8;  ///< bits of a layer
};

/// sum size_i bits_i / sum size_i. Errors: the lengths differ, or there is no layer.
[[nodiscard]] inline double mean_bits(std::span<const double> sizes, std::span<const int> bits) {
  if (sizes.size() != bits.size() || sizes.empty())
    detail::fail("compress::mean_bits: %zu sizes, %zu widths: one each of one layer or more",
                 sizes.size(), bits.size());
  double all = 0, cost = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    all += sizes[i];
    cost += sizes[i] * bits[i];
  }
  return cost / all;
}

}  // namespace compress

namespace detail::compress {

/// The worth of a step that a layer must not take.
inline constexpr double worth_nothing = -(std::numeric_limits<double>::max)();

/// From the least width of every layer up. worth(layer, from, to) ranks the steps that fit the budget; the first of equal
/// ones is taken. Errors: a budget of no widths or below the least one; a size that is not positive and finite.
template <class Worth>
[[nodiscard]] std::vector<int> spend_bits(std::span<const double> sizes,
                                          const lowbit::compress::bit_budget& budget,
                                          const Worth& worth, const char* who) {
  if (budget.least < 1 || budget.most < budget.least || budget.most > 16)
    fail("%s: widths of %d to %d bits: they must be within 1 ... 16", who, budget.least,
         budget.most);
  double all = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (is_nan(sizes[i]) || !(sizes[i] > 0 && sizes[i] <= -worth_nothing))
      fail("%s: layer %zu has size %g: it must be positive and finite", who, i, sizes[i]);
    all += sizes[i];
  }
  if (!(budget.mean >= budget.least))
    fail("%s: %g bits per weight, where a layer has at least %d", who, budget.mean, budget.least);
  // A budget that is met exactly must not fail by the rounding of its sum.
  double left = all * (budget.mean - budget.least) * (1 + 0x1p-40);
  std::vector<int> bits(sizes.size(), budget.least);
  for (;;) {
    double best = worth_nothing;
    std::size_t layer = 0;
    int width = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i)
      for (int to = bits[i] + 1; to <= budget.most; ++to) {
        if (sizes[i] * (to - bits[i]) > left) break;
        const double here = worth(i, bits[i], to);
        if (!(here > best)) continue;
        best = here;
        layer = i;
        width = to;
      }
    if (width == 0) return bits;
    left -= sizes[layer] * (width - bits[layer]);
    bits[layer] = width;
  }
}

}  // namespace detail::compress

namespace compress {

/// Widths by the closed form. Cost: layers^2 times widths. Errors: a budget whose widths are not 1 <= least <= most <= 16
/// or whose mean is below the least; a size that is not positive and finite; decibels_per_bit is not.
[[nodiscard]] inline std::vector<int> widths_by_sqnr(std::span<const double> sizes,
                                                     const bit_budget& budget,
                                                     double decibels_per_bit = 5) {
  std::vector<double> beta(sizes.size());
  allocate_bits(sizes, 0, beta, decibels_per_bit);
  return detail::compress::spend_bits(
      sizes, budget,
      [&](std::size_t i, int from, int to) {
        return to == from + 1 ? beta[i] - from : detail::compress::worth_nothing;
      },
      "compress::widths_by_sqnr");
}

/// Widths by measured errors: errors(i, k) is that of layer i at least + k bits, for all widths of the budget. A width
/// that has no smaller error than the one before is not paid for. Cost: layers^2 times widths^2. Errors: as
/// widths_by_sqnr(); a table of another size; an error that is not finite.
[[nodiscard]] inline std::vector<int> widths_by_error(std::span<const double> sizes,
                                                      matrix_view<const double> errors,
                                                      const bit_budget& budget) {
  if (errors.rows() != static_cast<index_t>(sizes.size()) ||
      errors.cols() != budget.most - budget.least + 1)
    detail::fail("compress::widths_by_error: %tdx%td errors for %zu layers at %d to %d bits",
                 errors.rows(), errors.cols(), sizes.size(), budget.least, budget.most);
  for (index_t i = 0; i < errors.rows(); ++i)
    for (index_t k = 0; k < errors.cols(); ++k)
      if (const double e = errors(i, k); is_nan(e) || !(e >= detail::compress::worth_nothing &&
                                                        e <= -detail::compress::worth_nothing))
        detail::fail("compress::widths_by_error: the error of layer %td at %td bits is %g", i,
                     k + budget.least, e);
  return detail::compress::spend_bits(
      sizes, budget,
      [&](std::size_t i, int from, int to) {
        const auto row = static_cast<index_t>(i);
        const double gain = errors(row, from - budget.least) - errors(row, to - budget.least);
        return gain > 0 ? gain / (sizes[i] * (to - from)) : detail::compress::worth_nothing;
      },
      "compress::widths_by_error");
}

}  // namespace compress
LOWBIT_END

#endif
