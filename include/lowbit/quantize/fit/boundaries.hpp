// lowbit/quantize/fit/boundaries.hpp – a monotone quantizer is its sorted boundaries.
//
// A formula may round, take a tanh or divide: its codes still rise with x. So between code c and code c + 1 there is
// one smallest float that gets more than c, a boundary. The boundaries say all that the formula says:
//
//     code(x) = how many boundaries are at most x             (NaN: none)
//
// If they are few, comparing with them is cheaper than the formula. If they are many, the codes at least do not
// depend on the last bit of a library function. Boundaries are found by bisection over the floats in their order, with
// 32 evaluations each. This runs at compile time where the formula is constexpr, and in fit() where it needs data. A
// formula whose inverse is known gives an estimate for each boundary: then some 5 evaluations suffice.
#ifndef LOWBIT_QUANTIZE_FIT_BOUNDARIES_HPP
#define LOWBIT_QUANTIZE_FIT_BOUNDARIES_HPP

#include "lowbit/quantize/comparing.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

/// The float with this place in the order of floats: ... -2 -> the smallest negative denormal,
/// -1 -> -0.0, 0 -> +0.0, 1 -> the smallest denormal ...
[[nodiscard]] constexpr float float_at(std::int64_t place) noexcept {
  return float_of(place < 0 ? static_cast<std::uint32_t>(-place - 1) | 0x80000000u
                            : static_cast<std::uint32_t>(place));
}

/// The inverse, of finite numbers.
[[nodiscard]] constexpr std::int64_t place_of_float(float x) noexcept {
  const std::uint32_t bits = bits_of(x);
  return bits >> 31 != 0 ? -static_cast<std::int64_t>(bits & 0x7fffffffu) - 1
                         : static_cast<std::int64_t>(bits);
}

/// The smallest float behind place `low`, whose code does not exceed c, up to place `high`, whose code does.
template <class Formula>
[[nodiscard]] constexpr float first_between(std::int64_t low, std::int64_t high, int c,
                                            const Formula& formula) noexcept {
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (formula(float_at(middle)) > c ? high : low) = middle;
  }
  return float_at(high);
}

/// The smallest float whose code exceeds c: -inf if all do, +inf if no finite one does. `formula` is
/// monotone; it is asked about finite numbers alone.
template <class Formula>
[[nodiscard]] constexpr float first_above(int c, const Formula& formula) noexcept {
  constexpr std::int64_t infinity = 0x7f800000;
  std::int64_t low = -infinity, high = infinity - 1;  // the largest magnitudes
  if (formula(float_at(low)) > c) return float_at(low - 1);
  if (formula(float_at(high)) <= c) return float_at(infinity);
  return first_between(low, high, c, formula);
}

/// The same, looked for around an estimate: steps double until they enclose the boundary.
template <class Formula>
[[nodiscard]] constexpr float first_above(int c, const Formula& formula, float estimate) noexcept {
  constexpr std::int64_t last = 0x7f800000 - 1;  // the place of the largest float
  if (!is_finite(estimate)) return first_above(c, formula);
  const std::int64_t from = place_of_float(estimate);
  const bool above = formula(estimate) > c;
  for (std::int64_t known = from, step = 1;; step *= 2) {
    const std::int64_t next = above ? known - step : known + step;
    if (next < -last - 1 || next > last) return first_above(c, formula);
    if ((formula(float_at(next)) > c) != above)
      return above ? first_between(next, known, c, formula)
                   : first_between(known, next, c, formula);
    known = next;
  }
}

/// The smallest float that is at least x; +inf if none is finite. On the bits, because a conversion rounds
/// as the mode of the processor says, and may flush denormals. x is not NaN.
[[nodiscard]] constexpr float smallest_from(double x) noexcept {
  const auto bits = __builtin_bit_cast(std::uint64_t, x);
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - (1023 - 127);  // as a float has it
  std::uint64_t magnitude_bits = 0x7f7fffff, rest = 1;  // the largest float, and more
  if (exponent < 255) {
    const int cut = exponent > 0 ? 29 : exponent > -24 ? 30 - exponent : 54;
    const std::uint64_t one = std::uint64_t{1} << 52;
    const std::uint64_t digits =
        exponent > 0 ? static_cast<std::uint64_t>(exponent) * one | (bits & (one - 1))
                     : (exponent > 127 - 1023 ? one : 0) | (bits & (one - 1));
    magnitude_bits = digits >> cut;
    rest = digits & ((std::uint64_t{1} << cut) - 1);
  }
  const bool minus = bits >> 63 != 0;
  if (!minus && rest != 0) ++magnitude_bits;
  return float_of(static_cast<std::uint32_t>(magnitude_bits) | (minus ? 0x80000000u : 0u));
}

/// The smallest float that is greater than x; +inf if none is finite.
[[nodiscard]] constexpr float smallest_above(double x) noexcept {
  const float from = smallest_from(x);
  return exact_double(from) > x ? from : next_up(from);
}

/// The largest float that is at most x.
[[nodiscard]] constexpr float largest_to(double x) noexcept {
  return float_of(bits_of(smallest_from(-x)) ^ 0x80000000u);
}

/// The float nearest to x, ties to even; an infinity beyond 2^128 - 2^103.
[[nodiscard]] constexpr float nearest_to(double x) noexcept {
  const float below = largest_to(x), above = smallest_from(x);
  const double down = x - exact_double(below), up = exact_double(above) - x;
  if (!is_finite(above)) return down < 0x1p103 ? below : above;
  if (!is_finite(below)) return up < 0x1p103 ? above : below;
  return down < up || (down == up && (bits_of(below) & 1) == 0) ? below : above;
}

/// The boundaries of a monotone formula with codes 0 ... Steps.
template <std::size_t Steps, class Formula>
[[nodiscard]] constexpr std::array<float, Steps> boundaries_of(const Formula& formula) noexcept {
  std::array<float, Steps> boundaries{};
  for (std::size_t c = 0; c < Steps; ++c) boundaries[c] = first_above(static_cast<int>(c), formula);
  return boundaries;
}

/// The same with an estimate of boundary c.
template <std::size_t Steps, class Formula, class Estimate>
[[nodiscard]] constexpr std::array<float, Steps> boundaries_of(const Formula& formula,
                                                               const Estimate& estimate) noexcept {
  std::array<float, Steps> boundaries{};
  for (std::size_t c = 0; c < Steps; ++c)
    boundaries[c] = first_above(static_cast<int>(c), formula, estimate(static_cast<int>(c)));
  return boundaries;
}

/// The bits of the code: how many of the sorted boundaries are at most x.
/// The answers `reached` of boundaries c = 1, 2, ... are first ones, then zeros. Of the ones, count >> p have a c that
/// is a multiple of 2^p. The parity of this number is bit p: plane p is the XOR of every 2^p-th answer.
template <std::size_t Planes, class Floats, std::size_t Boundaries>
[[nodiscard]] LOWBIT_INLINE constexpr auto count_planes(
    Floats x, const std::array<float, Boundaries>& boundaries) noexcept {
  static_assert(Boundaries < std::size_t{1} << Planes, "the count must fit the planes");
  std::array<typename Floats::answer, Planes> planes{};
  LOWBIT_UNROLL
  for (std::size_t c = 1; c <= Boundaries; ++c) {
    const auto reached = x.at_least(boundaries[c - 1]);
    for (std::size_t p = 0; p < Planes && c % (std::size_t{1} << p) == 0; ++p) planes[p] ^= reached;
  }
  return planes;
}

}  // namespace detail::quantizers
LOWBIT_END

#endif
