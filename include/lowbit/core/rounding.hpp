// lowbit/core/rounding.hpp – real to integer, by name.
//
//   half_even    nearest, ties to even: the default of the library and of the papers' frameworks
//   half_away    nearest, ties away from zero: C's round(), gemmlowp, Ristretto
//   half_up      nearest, ties towards +inf: floor(x + 1/2) in exact arithmetic
//   half_down    nearest, ties towards -inf: ceil(x - 1/2)
//   down, up     floor and ceil
//   stochastic   floor(x + u) for a uniform u in [0, 1) that the caller passes in
//
// The functions round_... serve any double. The functors in lowbit::rounding serve numbers that were clipped to the
// codes of an encoding before, in 32-bit steps that compilers turn into vectors. Quantizers take them as template
// parameters.
//
// All are independent of the floating-point environment (fesetround) and immune to contraction. They truncate to an
// integer, which C++ defines, and look at the exact remainder. Arguments are double, so that a product of a float and a
// small integer arrives unrounded. The result of round_... saturates at +-2^62; NaN gives 0.
//
// round_quotient() rounds the quotient of two doubles, whatever the mode and the flags: -ffast-math turns a
// division into a product with a rounded reciprocal. The integer near the quotient is only a guess; what
// the dividend is away from that many divisors is exact, and decides.
#ifndef LOWBIT_CORE_ROUNDING_HPP
#define LOWBIT_CORE_ROUNDING_HPP

#include "lowbit/core/float_bits.hpp"

LOWBIT_BEGIN
namespace detail::core {

/// x = whole + rest with whole = x cut towards zero and rest in (-1, 1) of x's sign, both exact.
struct split {
  std::int64_t whole;
  double rest;
};

[[nodiscard]] LOWBIT_INLINE constexpr split split_at_point(double x) noexcept {
  constexpr double limit = 4611686018427387904.0;  // 2^62
  if (!(x > -limit)) x = x < 0 ? -limit : 0;       // NaN takes the second branch
  if (x > limit) x = limit;
  const auto whole = static_cast<std::int64_t>(x);
  return {whole, x - static_cast<double>(whole)};
}

}  // namespace detail::core

/// Nearest integer, ties to the even one: 0.5 -> 0, 1.5 -> 2, -0.5 -> 0, -1.5 -> -2.
[[nodiscard]] LOWBIT_INLINE constexpr std::int64_t round_half_even(double x) noexcept {
  const auto [whole, rest] = detail::core::split_at_point(x);
  const double distance = rest < 0 ? -rest : rest;
  const bool away = distance > 0.5 || (distance == 0.5 && (whole & 1) != 0);
  return whole + (away ? (rest < 0 ? -1 : 1) : 0);
}

/// round_half_even for 0 <= x < 2^31, in 32-bit steps that compilers turn into vectors: what the
/// block loops of quantizers call.
[[nodiscard]] LOWBIT_INLINE constexpr std::int32_t round_half_even_small(double x) noexcept {
  const auto whole = static_cast<std::int32_t>(x);
  const double rest = x - whole;
  const std::int32_t above = rest > 0.5, tie = rest == 0.5;
  return whole + (above | (tie & whole));
}

/// Nearest integer, ties away from zero: 0.5 -> 1, -0.5 -> -1.
[[nodiscard]] LOWBIT_INLINE constexpr std::int64_t round_half_away(double x) noexcept {
  const auto [whole, rest] = detail::core::split_at_point(x);
  return whole + (rest >= 0.5 ? 1 : rest <= -0.5 ? -1 : 0);
}

/// Nearest integer, ties towards +infinity: 0.5 -> 1, -0.5 -> 0.
[[nodiscard]] LOWBIT_INLINE constexpr std::int64_t round_half_up(double x) noexcept {
  const auto [whole, rest] = detail::core::split_at_point(x);
  return whole + (rest >= 0.5 ? 1 : rest < -0.5 ? -1 : 0);
}

/// The largest integer <= x.
[[nodiscard]] LOWBIT_INLINE constexpr std::int64_t round_down(double x) noexcept {
  const auto [whole, rest] = detail::core::split_at_point(x);
  return whole - (rest < 0 ? 1 : 0);
}

/// The smallest integer >= x.
[[nodiscard]] LOWBIT_INLINE constexpr std::int64_t round_up(double x) noexcept {
  const auto [whole, rest] = detail::core::split_at_point(x);
  return whole + (rest > 0 ? 1 : 0);
}

/// floor(x + u) for u in [0, 1), decided on the exact remainder: up with probability x - floor(x)
/// when u is uniform.
[[nodiscard]] LOWBIT_INLINE constexpr std::int64_t round_stochastic(double x, double u) noexcept {
  const auto [whole, rest] = detail::core::split_at_point(x);
  if (rest < 0) return whole - (-rest <= u ? 0 : 1);
  // Of the two forms, the one whose difference is exact: u >= 1/2 is needed where rest < 1/2.
  return whole + ((rest >= 0.5 ? 1 - rest <= u : 1 - u <= rest) ? 1 : 0);
}

namespace detail::core {

/// The largest integer that is at most x, for |x| < 2^29. Next to an integer it may be the one above or below.
[[nodiscard]] LOWBIT_INLINE constexpr std::int32_t floor_near(double x) noexcept {
  constexpr std::int32_t shift = 1 << 29;  // from above 0 the conversion is a floor
  return static_cast<std::int32_t>(x + shift) - shift;
}

}  // namespace detail::core

/// Rounding modes as types. Each has three functions:
///
///     to(x)                         x rounded, for |x| < 2^30
///     of(whole, rest, unit)         whole + rest / unit rounded, for |rest| <= 1.5 unit in the modes to nearest,
///                                   |rest| < unit in the others
///     quotient(dividend, divisor)   the quotient rounded, for |quotient| < 2^28: fewer comparisons than of(),
///                                   because each mode takes the integer that serves it best. Limits as in
///                                   detail::core::divide
namespace rounding {

/// to(x) of a mode from its of(): cuts off the fraction, which is exact, and rounds it.
template <class Mode>
struct truncating {
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t to(double x) noexcept {
    const auto whole = static_cast<std::int32_t>(x);
    return Mode::of(whole, x - whole, 1);
  }
};

/// Nearest, ties to even.
struct half_even : truncating<half_even> {
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t of(std::int32_t whole, double rest,
                                                               double unit) noexcept {
    const double twice = 2 * rest;
    const std::int32_t odd = whole & 1;
    const std::int32_t up = (twice > unit) | ((twice == unit) & odd);
    const std::int32_t down = (twice < -unit) | ((twice == -unit) & odd);
    return whole + up - down;
  }
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t quotient(double dividend,
                                                                     double divisor) noexcept {
    // From an even integer that is at most 1 away, both ties go back to it: no parity is asked.
    const std::int32_t even = 2 * detail::core::floor_near(dividend * (0.5 / divisor) + 0.5);
    const double twice = 2 * (dividend - even * divisor);
    return even + (twice > divisor) - (twice < -divisor);
  }
};

/// Nearest, ties away from zero.
struct half_away : truncating<half_away> {
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t of(std::int32_t whole, double rest,
                                                               double unit) noexcept {
    const double twice = 2 * rest;
    const std::int32_t up = (twice > unit) | ((twice == unit) & (whole >= 0));
    const std::int32_t down = (twice < -unit) | ((twice == -unit) & (whole <= 0));
    return whole + up - down;
  }
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t quotient(double dividend,
                                                                     double divisor) noexcept {
    const auto whole = static_cast<std::int32_t>(dividend * (1 / divisor));  // cut towards zero
    const double twice = 2 * (dividend - whole * divisor);
    return whole + (twice >= divisor) - (twice <= -divisor);
  }
};

/// Nearest, ties up.
struct half_up : truncating<half_up> {
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t of(std::int32_t whole, double rest,
                                                               double unit) noexcept {
    const double twice = 2 * rest;
    return whole + (twice >= unit) - (twice < -unit);
  }
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t quotient(double dividend,
                                                                     double divisor) noexcept {
    const std::int32_t whole = detail::core::floor_near(dividend * (1 / divisor));
    return whole + (2 * (dividend - whole * divisor) >= divisor);
  }
};

/// Nearest, ties down.
struct half_down : truncating<half_down> {
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t of(std::int32_t whole, double rest,
                                                               double unit) noexcept {
    const double twice = 2 * rest;
    return whole + (twice > unit) - (twice <= -unit);
  }
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t quotient(double dividend,
                                                                     double divisor) noexcept {
    const std::int32_t whole = detail::core::floor_near(dividend * (1 / divisor));
    return whole + (2 * (dividend - whole * divisor) > divisor);
  }
};

/// Floor.
struct down : truncating<down> {
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t of(std::int32_t whole, double rest,
                                                               double) noexcept {
    return whole - (rest < 0);
  }
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t quotient(double dividend,
                                                                     double divisor) noexcept {
    const std::int32_t nearest = detail::core::floor_near(dividend * (1 / divisor) + 0.5);
    return nearest - (dividend - nearest * divisor < 0);
  }
};

/// Ceil.
struct up : truncating<up> {
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t of(std::int32_t whole, double rest,
                                                               double) noexcept {
    return whole + (rest > 0);
  }
  [[nodiscard]] LOWBIT_INLINE static constexpr std::int32_t quotient(double dividend,
                                                                     double divisor) noexcept {
    const std::int32_t nearest = detail::core::floor_near(dividend * (1 / divisor) + 0.5);
    return nearest + (dividend - nearest * divisor > 0);
  }
};

/// Floor of x + u for u in [0, 1): round_stochastic() for |x| < 2^30.
[[nodiscard]] LOWBIT_INLINE constexpr std::int32_t stochastic_to(double x, double u) noexcept {
  const auto whole = static_cast<std::int32_t>(x);
  const double rest = x - whole;
  const std::int32_t down = (rest < 0) & (-rest > u);
  const std::int32_t up = ((rest >= 0.5) & (1 - rest <= u)) | ((rest < 0.5) & (1 - u <= rest));
  return whole + up - down;
}

}  // namespace rounding

namespace detail::core {

/// An integer next to dividend / divisor for divisor > 0, and what is left: dividend - whole * divisor. The quotient is
/// only a guess, clipped to [low - 1, high + 1], |low| and |high| < 2^29. The rest is exact where the dividend has at
/// most 44 significant bits and whole * divisor at most 53.
[[nodiscard]] LOWBIT_INLINE constexpr split divide(double dividend, double divisor,
                                                   std::int32_t low, std::int32_t high) noexcept {
  const double guess = clip(dividend * (1 / divisor), low - 1, high + 1);
  const std::int32_t shift = 2 - low;  // from above 0 the conversion is a floor
  const std::int32_t whole = static_cast<std::int32_t>(guess + (shift + 0.5)) - shift;
  return {whole, dividend - whole * divisor};
}

}  // namespace detail::core

/// clip(dividend / divisor rounded, low, high); limits as in detail::core::divide.
template <class Rounding>
[[nodiscard]] LOWBIT_INLINE constexpr std::int32_t round_quotient(double dividend, double divisor,
                                                                  std::int32_t low,
                                                                  std::int32_t high) noexcept {
  const auto [whole, rest] = detail::core::divide(dividend, divisor, low, high);
  const std::int32_t rounded = Rounding::of(static_cast<std::int32_t>(whole), rest, divisor);
  const std::int32_t raised = rounded > low ? rounded : low;
  return raised < high ? raised : high;
}

LOWBIT_END

#endif
