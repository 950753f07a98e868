// lowbit/compress/bit_budget.hpp – whole bits for layers, within the bits of a budget.
//
//     const auto widths = compress::widths_by_sqnr(sizes, {.mean = 3});              from the sizes alone
//     const auto widths = compress::widths_by_error(sizes, table, {.mean = 3});      from measured errors
//
// Both minimise a sum of errors over layers while  sum size_i bits_i <= mean sum size_i.  `size` is what one bit more
// costs: the weights of a layer, or its multiplications.
//
// By SQNR the error of a layer is the noise 10^(-kappa bits / 10) of its weights, relative to their power. The noise of
// all layers adds up at the output: 1 / snr = sum 1 / snr_i. The best real numbers of bits have a closed form, in which
// large layers have fewer bits (quantize/methods/bit_allocation.hpp). Here bits are whole. Where the closed form is, both
// are the same; else whole bits fill the budget better than rounded ones.
//
// By error the errors of each layer at each width are given: the network's, which sensitivity() measures
// (compress/sensitivity.hpp), or those of the layer's output (compress/output_noise.hpp).
//
// The search keeps, layer after layer, the sums of errors that no cheaper choice of widths has. Of more than 4096 such
// sums it keeps one in each 4096th of the budget. So it is exact for a few layers and near to it for many.
//
// Sources: Lin, Talathi, Annapureddy, arXiv:1511.06393, section 4, eq. 10-14; Kellerer, Pferschy, Pisinger, "Knapsack
// problems", Springer 2004, chapter 11 (the multiple-choice knapsack problem and its dominated states).
#ifndef LOWBIT_COMPRESS_BIT_BUDGET_HPP
#define LOWBIT_COMPRESS_BIT_BUDGET_HPP

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/matrix_view.hpp"

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

/// The cost and the error of widths of the first layers, and how the last of these came about.
struct width_state {
  double cost = 0, error = 0;
  std::size_t before = 0;  ///< among the states of one layer less
  int bits = 0;
};

/// Drops states that cost no less than another one and have no smaller error; then thins what is left.
inline void drop_dominated(std::vector<width_state>& all, double budget) {
  constexpr std::size_t most_states = 4096;
  std::stable_sort(all.begin(), all.end(), [](const width_state& a, const width_state& b) {
    return a.cost < b.cost || (a.cost == b.cost && a.error < b.error);
  });
  std::vector<width_state> kept;
  for (const width_state& s : all)
    if (kept.empty() || s.error < kept.back().error) kept.push_back(s);
  if (kept.size() > most_states) {
    const auto part = [&](const width_state& s) {
      return static_cast<int>(s.cost / budget * static_cast<double>(most_states));
    };
    std::vector<width_state> thin;
    for (const width_state& s : kept)
      if (thin.empty() || part(s) != part(thin.back()))
        thin.push_back(s);
      else
        thin.back() = s;
    kept = std::move(thin);
  }
  all = std::move(kept);
}

inline constexpr double most_finite = (std::numeric_limits<double>::max)();

/// Errors: a budget of no widths or below the least one; a size that is not positive and finite.
inline void require_budget(std::span<const double> sizes,
                           const lowbit::compress::bit_budget& budget, const char* who) {
  if (budget.least < 1 || budget.most < budget.least || budget.most > 16)
    fail("%s: widths of %d to %d bits: they must be within 1 ... 16", who, budget.least,
         budget.most);
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (is_nan(sizes[i]) || !(sizes[i] > 0 && sizes[i] <= most_finite))
      fail("%s: layer %zu has size %g: it must be positive and finite", who, i, sizes[i]);
  if (!(budget.mean >= budget.least))
    fail("%s: %g bits per weight, where a layer has at least %d", who, budget.mean, budget.least);
}

/// The widths within a budget whose sum of error(layer, bits) is smallest; of equal ones, the cheapest.
template <class Error>
[[nodiscard]] std::vector<int> best_widths(std::span<const double> sizes,
                                           const lowbit::compress::bit_budget& budget,
                                           const Error& error) {
  double all = 0;
  for (const double size : sizes) all += size;
  // A budget that is met exactly must not fail by the rounding of its sum.
  const double left = all * (budget.mean - budget.least) * (1 + 0x1p-40);
  std::vector<std::vector<width_state>> states{{width_state{}}};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    std::vector<width_state> next;
    for (std::size_t s = 0; s < states.back().size(); ++s)
      for (int bits = budget.least; bits <= budget.most; ++bits) {
        const double cost = states.back()[s].cost + sizes[i] * (bits - budget.least);
        if (cost <= left) next.push_back({cost, states.back()[s].error + error(i, bits), s, bits});
      }
    drop_dominated(next, left);
    states.push_back(std::move(next));
  }
  std::vector<int> bits(sizes.size());
  std::size_t at = states.back().size() - 1;
  for (std::size_t i = sizes.size(); i-- > 0;) {
    bits[i] = states[i + 1][at].bits;
    at = states[i + 1][at].before;
  }
  return bits;
}

}  // namespace detail::compress

namespace compress {

/// Widths by SQNR. Cost: layers times states times widths. Errors: a budget whose widths are not 1 <= least <= most <= 16
/// or whose mean is below the least; a size that is not positive and finite; decibels_per_bit is not.
[[nodiscard]] inline std::vector<int> widths_by_sqnr(std::span<const double> sizes,
                                                     const bit_budget& budget,
                                                     double decibels_per_bit = 5) {
  detail::compress::require_budget(sizes, budget, "compress::widths_by_sqnr");
  if (is_nan(decibels_per_bit) ||
      !(decibels_per_bit > 0 && decibels_per_bit <= detail::compress::most_finite))
    detail::fail("compress::widths_by_sqnr: %g dB per bit: it must be positive and finite",
                 decibels_per_bit);
  return detail::compress::best_widths(sizes, budget, [&](std::size_t, int bits) {
    return std::pow(10.0, -decibels_per_bit * bits / 10);
  });
}

/// Widths by measured errors: errors(i, k) is that of layer i at least + k bits, for all widths of the budget. A width
/// that has no smaller error than one below it is not paid for. Cost and errors: as widths_by_sqnr(); a table of another
/// size; an error that is not finite.
[[nodiscard]] inline std::vector<int> widths_by_error(std::span<const double> sizes,
                                                      matrix_view<const double> errors,
                                                      const bit_budget& budget) {
  constexpr const char* who = "compress::widths_by_error";
  detail::compress::require_budget(sizes, budget, who);
  if (errors.rows() != static_cast<index_t>(sizes.size()) ||
      errors.cols() != budget.most - budget.least + 1)
    detail::fail("%s: %tdx%td errors for %zu layers at %d to %d bits", who, errors.rows(),
                 errors.cols(), sizes.size(), budget.least, budget.most);
  constexpr double most = detail::compress::most_finite;
  for (index_t i = 0; i < errors.rows(); ++i)
    for (index_t k = 0; k < errors.cols(); ++k)
      if (const double e = errors(i, k); is_nan(e) || !(e >= -most && e <= most))
        detail::fail("%s: the error of layer %td at %td bits is %g", who, i, k + budget.least, e);
  return detail::compress::best_widths(sizes, budget, [&](std::size_t i, int bits) {
    return errors(static_cast<index_t>(i), bits - budget.least);
  });
}

}  // namespace compress
LOWBIT_END

#endif
