// lowbit/quantize/methods/l2_step.hpp – the uniform step of least squared error.
//
//     z = clip(round(w / D), -M, M)        D = <w, z> / <z, z>        M = 2^(K-1) - 1
//
// by turns from D = max |w| / M until z is stable; ties to even. Each of the two steps minimises the squared error with
// the other fixed, so the error never rises. If all z are 0 the step stays. The elements with the same z follow each
// other in sorted order, so a round costs 2^K log n, after n log n once.
//
// K = 2 is ternary. An all-zero group has step 0 and codes 0. Gradient: identity (latent weights).
//
// Source: Anwar, Hwang, Sung, "Fixed point optimization of deep convolutional neural networks for object
// recognition", ICASSP 2015.
#ifndef LOWBIT_QUANTIZE_METHODS_L2_STEP_HPP
#define LOWBIT_QUANTIZE_METHODS_L2_STEP_HPP

#include "lowbit/gradient/surrogate.hpp"
#include "lowbit/quantize/fit/sorted_sample.hpp"
#include "lowbit/quantize/integer_grid.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// Symmetric K-bit codes with a fitted step.
template <int K, surrogate Surrogate = ste::identity>
struct l2_step {
  static_assert(K >= 2 && K <= 8, "lowbit::l2_step<K>: the bit width K must be 2 to 8");
  using encoding = narrow_bits<K>;
  static constexpr int largest_code = narrow_grid<K>::high;

  Surrogate surrogate_gradient{};
  int most_rounds = 100;
  float step = 1;  ///< fitted
  int rounds = 0;  ///< fitted: until the codes were stable

  void validate() const {
    if (most_rounds < 0)
      detail::fail("l2_step: at most %d rounds: it cannot be less than 0", most_rounds);
  }
  /// Errors: those of validate(); an element is not finite.
  [[nodiscard]] l2_step fit(std::span<const float> group) const {
    validate();
    const detail::quantizers::sorted_sample sample(group, "l2_step");
    const index_t n = sample.size();
    l2_step q{surrogate_gradient, most_rounds, 0, 0};
    if (n == 0) return q;
    const float low = magnitude(sample[0]), high = magnitude(sample[n - 1]);
    double d = static_cast<double>(low > high ? low : high) / largest_code;
    if (!(d > 0)) return q;
    std::array<index_t, std::size_t{2 * largest_code + 2}> cuts{}, before{};
    for (q.rounds = 0; q.rounds < most_rounds; ++q.rounds) {
      double along = 0, squares = 0;
      for (int z = -largest_code; z <= largest_code; ++z) {
        const auto at = static_cast<std::size_t>(z + largest_code);
        cuts[at + 1] = sample.end_of(cuts[at], [&](float w) { return integer(w, d) <= z; });
        const auto here = sample.over({cuts[at], cuts[at + 1]});
        along += z * here.sum;
        squares += static_cast<double>(z) * z * static_cast<double>(here.count);
      }
      if (q.rounds > 0 && cuts == before) break;
      before = cuts;
      if (squares > 0) d = along / squares;
    }
    q.step = static_cast<float>(d);
    return q;
  }
  [[nodiscard]] constexpr affine levels() const noexcept { return {step, 0}; }
  /// Without a step (an all-zero group) every float has code 0.
  [[nodiscard]] LOWBIT_INLINE constexpr auto quotient() const noexcept {
    const bool none = !is_above(step, 0);
    return narrow_grid<K>::template quotient<rounding::half_even>(none ? 0 : 1,
                                                                  none ? 1 : exact_double(step));
  }

 private:
  [[nodiscard]] static constexpr int integer(float w, double d) noexcept {
    return rounding::half_even::to(clip(static_cast<double>(w) / d,
                                        static_cast<double>(-largest_code),
                                        static_cast<double>(largest_code)));
  }
};

LOWBIT_END

#endif
