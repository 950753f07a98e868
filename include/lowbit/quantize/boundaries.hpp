// lowbit/quantize/boundaries.hpp – a monotone quantizer is its sorted boundaries.
//
// Where a formula rounds, takes a tanh or divides, its codes still rise with x, so between code c and
// code c + 1 there is one smallest float that gets more than c. Those floats say all that the formula
// says:
//
//     code(x) = how many boundaries are at most x             (NaN: none)
//
// and comparing with them is cheaper than the formula if they are few, and independent of the last bit
// of a library function if they are many. They are found by bisection over the floats in their order,
// 32 evaluations each: at compile time where the formula is constexpr, in fit() where it needs data.
#ifndef LOWBIT_QUANTIZE_BOUNDARIES_HPP
#define LOWBIT_QUANTIZE_BOUNDARIES_HPP

#include "lowbit/quantize/comparing.hpp"

LOWBIT_BEGIN
namespace detail::fitting {

/// The float with this place in the order of floats: ... -2 -> the smallest negative denormal,
/// -1 -> -0.0, 0 -> +0.0, 1 -> the smallest denormal ...
[[nodiscard]] constexpr float float_at(std::int64_t place) noexcept {
  return place < 0 ? -float_of(static_cast<std::uint32_t>(-place - 1))
                   : float_of(static_cast<std::uint32_t>(place));
}

/// The smallest float whose code exceeds c; +inf if none does. `formula` is monotone.
template <class Formula>
[[nodiscard]] constexpr float first_above(int c, const Formula& formula) noexcept {
  std::int64_t low = -0x7f800001, high = 0x7f800000;  // -inf and +inf
  if (formula(float_at(low)) > c) return float_at(low);
  if (formula(float_at(high)) <= c) return float_at(high);
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (formula(float_at(middle)) > c ? high : low) = middle;
  }
  return float_at(high);
}

/// The smallest float that is at least x; +inf if none is finite.
[[nodiscard]] constexpr float smallest_from(double x) noexcept {
  constexpr double most = 0x1.fffffep127;
  if (!(x <= most)) return float_of(0x7f800000u);
  if (x < -most) return float_of(0xff7fffffu);
  const auto nearest = static_cast<float>(x);
  return static_cast<double>(nearest) >= x ? nearest : next_up(nearest);
}

/// The smallest float that is greater than x; +inf if none is finite.
[[nodiscard]] constexpr float smallest_above(double x) noexcept {
  const float from = smallest_from(x);
  return static_cast<double>(from) > x ? from : next_up(from);
}

/// The largest float that is at most x.
[[nodiscard]] constexpr float largest_to(double x) noexcept { return -smallest_from(-x); }

/// The boundaries of a monotone formula with codes 0 ... Steps.
template <std::size_t Steps, class Formula>
[[nodiscard]] constexpr std::array<float, Steps> boundaries_of(const Formula& formula) noexcept {
  std::array<float, Steps> boundaries{};
  for (std::size_t c = 0; c < Steps; ++c) boundaries[c] = first_above(static_cast<int>(c), formula);
  return boundaries;
}

/// The bits of the code: how many of the sorted boundaries are at most x.
/// If `reached` of boundary c = 1, 2, ... are a row of ones and then zeros, the number of multiples of
/// 2^p among the ones is count >> p, whose parity is bit p: plane p is the XOR of every 2^p-th answer.
template <std::size_t Planes, class Numbers, std::size_t Boundaries>
[[nodiscard]] LOWBIT_INLINE constexpr auto count_planes(
    Numbers x, const std::array<float, Boundaries>& boundaries) noexcept {
  static_assert(Boundaries < std::size_t{1} << Planes, "the count must fit the planes");
  std::array<typename Numbers::answer, Planes> planes{};
  LOWBIT_UNROLL
  for (std::size_t c = 1; c <= Boundaries; ++c) {
    const auto reached = x.at_least(boundaries[c - 1]);
    for (std::size_t p = 0; p < Planes && c % (std::size_t{1} << p) == 0; ++p) planes[p] ^= reached;
  }
  return planes;
}

}  // namespace detail::fitting
LOWBIT_END

#endif
