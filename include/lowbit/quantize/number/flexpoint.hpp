// lowbit/quantize/number/flexpoint.hpp – integers with one exponent a tensor, and the controller that guesses it.
//
//     m = clip(round(x / kappa), -2^(N-1), 2^(N-1) - 1)  half to even         y = m kappa,  kappa = 2^e
//
// The exponent has to be there before the numbers are: a kernel writes integers while it runs. Autoflex
// predicts it from the tensor's own past. After each use it gets Gamma, the largest |m| written (what encode_words()
// returns), and keeps the last 16 values f of Gamma kappa:
//
//     Gamma >= 2^(N-1) - 1: it overflowed; the history is cleared and Gamma counts twice
//     chi   = alpha (max f + beta std f + gamma kappa)          alpha = 2, beta = 3, gamma = 100
//     kappa = 2^(ceil(log2 chi) - N + 1)
//
// std is the population's. A new tensor has no past: start() makes large jumps until the mantissas fill at
// least half of their bits,
//
//     overflow: kappa *= 2^floor((N-1)/2)        Gamma < 2^(N-2): kappa *= 2^(ceil(log2 max(Gamma, 1)) - N + 2)
//     done when Gamma > 2^(floor(N/2) - 2)
//
// The exponent field of a device has few bits: `least` and `most` bound e.
//
// Source: Köster et al., "Flexpoint", arXiv:1711.02213, section 3 and algorithms 1-2.
#ifndef LOWBIT_QUANTIZE_NUMBER_FLEXPOINT_HPP
#define LOWBIT_QUANTIZE_NUMBER_FLEXPOINT_HPP

#include <array>
#include <cmath>

#include "lowbit/core/power_of_two.hpp"
#include "lowbit/core/rounding.hpp"
#include "lowbit/quantize/number/word_code.hpp"

LOWBIT_BEGIN

/// N-bit multiples of 2^exponent.
template <int N = 16>
struct flexpoint {
  static_assert(N >= 2 && N <= 16, "lowbit::flexpoint<N>: N must be 2 to 16");
  static constexpr int largest_code = (1 << (N - 1)) - 1;

  int exponent = 1 - N;

  void validate() const {
    if (exponent < -126 || exponent > 120)
      detail::fail("flexpoint: exponent is %d: it must be in -126 ... 120", exponent);
  }
  [[nodiscard]] LOWBIT_INLINE constexpr std::int16_t encode(float x) const noexcept {
    const double position = exact_double(x) * wide_power_of_two(-exponent);
    return static_cast<std::int16_t>(
        rounding::half_even::to(clip(position, -largest_code - 1, largest_code)));
  }
  [[nodiscard]] constexpr float decode(std::int16_t m) const noexcept {
    return static_cast<float>(m * wide_power_of_two(exponent));
  }
};

/// The exponent of one tensor, predicted from its past.
template <int N = 16>
class autoflex {
 public:
  /// The constants of chi, and the bounds of the exponent.
  struct options {
    double alpha = 2, beta = 3, gamma = 100;
    int least = -126, most = 120;
  };

  explicit autoflex(int exponent, options chosen = {}) : chosen_(chosen) { set(exponent); }

  /// The format to write the next numbers with.
  [[nodiscard]] flexpoint<N> format() const noexcept { return {exponent_}; }

  /// True once the first numbers filled their mantissas well enough; until then numbers are written again
  /// with the new format. `largest` is the largest |m|.
  [[nodiscard]] bool start(int largest) noexcept {
    const bool done = largest < flexpoint<N>::largest_code && largest > 1 << (N / 2 - 2);
    if (largest >= flexpoint<N>::largest_code)
      set(exponent_ + (N - 1) / 2);
    else if (largest < 1 << (N - 2))
      set(exponent_ + ceil_log2(static_cast<float>(largest > 1 ? largest : 1)) - (N - 2));
    return done;
  }

  /// Takes the largest |m| of a use and predicts the exponent of the next.
  void update(int largest) noexcept {
    double gamma = largest;
    if (largest >= flexpoint<N>::largest_code) {
      count_ = 0;
      gamma *= 2;
    }
    const double kappa = wide_power_of_two(exponent_);
    history_[count_ % window] = gamma * kappa;
    ++count_;
    const std::size_t n = count_ < window ? count_ : window;
    double top = 0, mean = 0, square = 0;
    for (std::size_t i = 0; i < n; ++i) {
      top = history_[i] > top ? history_[i] : top;
      mean += history_[i] / static_cast<double>(n);
    }
    for (std::size_t i = 0; i < n; ++i)
      square += (history_[i] - mean) * (history_[i] - mean) / static_cast<double>(n);
    const double chi =
        chosen_.alpha * (top + chosen_.beta * std::sqrt(square) + chosen_.gamma * kappa);
    int ceiling = 0;
    const double fraction = std::frexp(chi, &ceiling);  // chi = fraction * 2^ceiling, in [1/2, 1)
    set((fraction == 0.5 ? ceiling - 1 : ceiling) - N + 1);
  }

  static constexpr std::size_t window = 16;

  /// What predictions rest on, for checkpoints: the exponent, the count of uses, the last values of Gamma kappa.
  using memory = std::array<double, window + 2>;
  [[nodiscard]] memory state() const noexcept {
    memory all{static_cast<double>(exponent_), static_cast<double>(count_)};
    for (std::size_t i = 0; i < window; ++i) all[i + 2] = history_[i];
    return all;
  }
  /// The inverse; the exponent is kept in its bounds. The count is an integer from 0 to 2^53.
  void restore(const memory& all) noexcept {
    set(static_cast<int>(all[0]));
    count_ = static_cast<std::size_t>(all[1]);
    for (std::size_t i = 0; i < window; ++i) history_[i] = all[i + 2];
  }

 private:
  void set(int exponent) noexcept {
    exponent_ = exponent < chosen_.least  ? chosen_.least
                : exponent > chosen_.most ? chosen_.most
                                          : exponent;
  }

  options chosen_;
  int exponent_ = 0;
  std::array<double, window> history_{};
  std::size_t count_ = 0;
};

LOWBIT_END

#endif
