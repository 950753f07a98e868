// lowbit/quantize/methods/three_of_four.hpp – ternary weights of which one in each 4 is 0: 1.25 bits.
//
//     of weights 4 i ... 4 i + 3 of a row, the one of least magnitude becomes 0, of equal ones the last
//     the others become +-scale by their signs        scale = mean |w| of those
//
// This is the least squared error that the pattern allows. For any scale s, a 0 in place of a sign adds w^2 -
// (|w| - s)^2 = 2 s |w| - s^2, which is least for the least |w|, whatever s is. For given places of zeros the best scale
// is the mean.
//
// 4 places of the 0 and 8 choices of signs are 32 patterns, 5 bits (encoding/three_of_four.hpp). The codes are
// those of `ternary`: they pack and multiply like any others. If a row's length is no multiple of 4, its last one to
// three weights have no 0 among them.
//
// Codes depend on their neighbours, so this is no quantizer that encodes floats one by one. nn::projected
// (nn/optimizers/projected.hpp) trains through it, with the straight-through gradient.
//
// Source: Huang et al., "Sherry: hardware-efficient 1.25-bit ternary quantization", arXiv:2601.07892. Its annealing
// residual synapse in training is not here.
#ifndef LOWBIT_QUANTIZE_METHODS_THREE_OF_FOUR_HPP
#define LOWBIT_QUANTIZE_METHODS_THREE_OF_FOUR_HPP

#include "lowbit/encoding/levels.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/quantize/fit/reduce.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

/// Which of up to 4 weights is 0; 3 where there are fewer.
[[nodiscard]] constexpr std::size_t zero_of_four(std::span<const float> four) noexcept {
  if (four.size() < 4) return 3;
  std::size_t least = 0;
  for (std::size_t i = 1; i < 4; ++i)
    if (!is_above(magnitude(four[i]), magnitude(four[least]))) least = i;
  return least;
}

}  // namespace detail::quantizers

/// The codes of a row, each of `ternary`; returns the scale, 0 for a row without weights. Allocates nothing. Errors,
/// before anything is written: another number of codes than weights; a weight is not finite.
[[nodiscard]] inline float fit_three_of_four(std::span<const float> row, std::span<code_t> codes) {
  if (row.size() != codes.size())
    detail::fail("fit_three_of_four: %zu weights, %zu codes: one each", row.size(), codes.size());
  detail::quantizers::require_finite(row, "fit_three_of_four");
  double sum = 0;
  std::size_t kept = 0;
  for (std::size_t first = 0; first < row.size(); first += 4) {
    const auto four = row.subspan(first, row.size() - first < 4 ? row.size() - first : 4);
    const std::size_t zero = detail::quantizers::zero_of_four(four);
    for (std::size_t i = 0; i < four.size(); ++i) {
      codes[first + i] = i == zero              ? ternary::zero
                         : is_negative(four[i]) ? ternary::minus
                                                : ternary::plus;
      if (i == zero) continue;
      sum += static_cast<double>(magnitude(four[i]));
      ++kept;
    }
  }
  return kept == 0 ? 0 : static_cast<float>(sum / static_cast<double>(kept));
}

LOWBIT_END

#endif
