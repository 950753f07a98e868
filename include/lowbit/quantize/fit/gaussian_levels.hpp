// lowbit/quantize/fit/gaussian_levels.hpp – levels and steps that are best for normal numbers.
//
// What leaves a batch norm is close to N(0, 1), so one table serves all layers. For a cell (a, b] with
// level q, and phi, Phi the density and distribution of N(0, 1),
//
//     mass = Phi(b) - Phi(a)     first = phi(a) - phi(b)     second = mass + a phi(a) - b phi(b)
//     error = second - 2 q first + q^2 mass                  best q = first / mass
//
// and the cells end at the midpoints of levels. From these follow
//
//     half_wave_levels(levels, eps)   Lloyd's levels on (eps, inf): HWGQ for eps = 0, TSQ's sparse
//                                     half-wave otherwise
//     half_wave_step(m)               the step of levels D, 2D, ..., mD on (0, inf): HWGQ's uniform table
//                                     (0.538 for m = 3; anything positive is at least D)
//     midrise_step(bits)              the step of 2^bits levels +-D/2, +-3D/2, ... on the whole line, and
//     midrise_sqnr(bits)              its signal-to-noise ratio in dB: 6 dB a bit, less a little
//
// Multiply by the standard deviation. Errors of a step are smooth with one minimum, which a golden-section
// search finds to the square root of double precision. Offline functions: microseconds to milliseconds.
//
// Sources: Cai et al., "Deep learning with low precision by half-wave Gaussian quantization", arXiv:1702.00953, eq.
// 10-17; Wang et al., "Two-step quantization", CVPR 2018; Lin, Talathi, Annapureddy, "Fixed point quantization of deep
// convolutional networks", arXiv:1511.06393, table 1.
#ifndef LOWBIT_QUANTIZE_FIT_GAUSSIAN_LEVELS_HPP
#define LOWBIT_QUANTIZE_FIT_GAUSSIAN_LEVELS_HPP

#include <cmath>
#include <span>

#include "lowbit/core/buffer.hpp"
#include "lowbit/core/error.hpp"
#include "lowbit/core/float_bits.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

/// Where N(0, 1) ends: beyond it, its density and distribution are 0 in double.
inline constexpr double all_of_gaussian = 40;

/// The moments of N(0, 1) within (from, to].
struct gaussian_cell {
  double mass, first, second;

  gaussian_cell(double from, double to) noexcept {
    constexpr double root_half = 0.70710678118654752440, root_two_pi = 2.50662827463100050242;
    const auto density = [&](double x) { return std::exp(-x * x / 2) / root_two_pi; };
    const auto above = [&](double x) { return std::erfc(x * root_half) / 2; };
    mass = above(from) - above(to);
    first = density(from) - density(to);
    second = mass + from * density(from) - to * density(to);
  }
  [[nodiscard]] double error(double level) const noexcept {
    return second - 2 * level * first + level * level * mass;
  }
};

/// Where a function with one minimum between low and high has it.
template <class F>
[[nodiscard]] double minimum_of(F f, double low, double high) {
  constexpr double golden = 0.61803398874989484820;
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double at_left = f(left), at_right = f(right);
  for (int i = 0; i < 80; ++i) {
    if (at_left < at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - golden * (high - low);
      at_left = f(left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + golden * (high - low);
      at_right = f(right);
    }
  }
  return (low + high) / 2;
}

}  // namespace detail::quantizers

/// Fills `levels` with Lloyd's ascending levels for the part of N(0, 1) above eps >= 0, to about nine
/// digits. Cost: a round is one erfc a level; 3 levels take a hundred rounds, 255 some ten thousand.
/// Errors: eps is negative, NaN, or so large (8) that nothing is left.
inline void half_wave_levels(std::span<double> levels, double eps = 0) {
  if (is_nan(eps) || !(eps >= 0 && eps <= 8))
    detail::fail("half_wave_levels: eps is %g: it must be in [0, 8]", eps);
  const std::size_t m = levels.size();
  for (std::size_t i = 0; i < m; ++i)
    levels[i] = eps + 3 * (static_cast<double>(i) + 0.5) / static_cast<double>(m);
  double moved = 1;
  for (int round = 0; round < 100000 && moved > 1e-12; ++round) {
    moved = 0;
    double from = eps;
    for (std::size_t i = 0; i < m; ++i) {
      const double to =
          i + 1 < m ? (levels[i] + levels[i + 1]) / 2 : detail::quantizers::all_of_gaussian;
      const detail::quantizers::gaussian_cell cell(from, to);
      const double best = cell.mass > 0 ? cell.first / cell.mass : levels[i];
      moved = std::fmax(moved, std::fabs(best - levels[i]));
      levels[i] = best;
      from = to;
    }
  }
}

/// The squared error on (0, inf) of the levels step, 2 step, ..., m step for N(0, 1); it counts half of the
/// mass. Errors: m < 1.
[[nodiscard]] inline double half_wave_error(int m, double step) {
  if (m < 1) detail::fail("half_wave_error: %d levels: there must be at least 1", m);
  double sum = 0;
  for (int i = 1; i <= m; ++i)
    sum += detail::quantizers::gaussian_cell(
               i == 1 ? 0 : (i - 0.5) * step,
               i == m ? detail::quantizers::all_of_gaussian : (i + 0.5) * step)
               .error(i * step);
  return sum;
}

/// The best step of m half-wave levels. Errors: m < 1.
[[nodiscard]] inline double half_wave_step(int m) {
  return detail::quantizers::minimum_of([&](double d) { return half_wave_error(m, d); }, 0.5 / m,
                                        4.0 / m);
}

/// The squared error of 2^bits mid-rise levels for N(0, 1). Errors: bits is not in 1 ... 16.
[[nodiscard]] inline double midrise_error(int bits, double step) {
  if (bits < 1 || bits > 16) detail::fail("midrise_error: %d bits: there must be 1 to 16", bits);
  const int half = 1 << (bits - 1);
  double sum = 0;
  for (int i = 0; i < half; ++i)
    sum += detail::quantizers::gaussian_cell(
               i * step, i + 1 == half ? detail::quantizers::all_of_gaussian : (i + 1) * step)
               .error((i + 0.5) * step);
  return 2 * sum;
}

/// The best step of 2^bits mid-rise levels for N(0, 1): 1.596, 0.996, 0.586, 0.335, 0.188, 0.104, 0.0569,
/// 0.0308 for 1 ... 8 bits. Errors: bits is not in 1 ... 16.
[[nodiscard]] inline double midrise_step(int bits) {
  const double levels = static_cast<double>(1 << (bits > 0 && bits < 17 ? bits : 1));
  return detail::quantizers::minimum_of([&](double d) { return midrise_error(bits, d); },
                                        1 / levels, 24 / levels);
}

/// Signal over noise of that step in dB: 4.40, 9.25, 14.27, 19.38, 24.57, 29.83, 35.17, 40.57.
[[nodiscard]] inline double midrise_sqnr(int bits) {
  return -10 * std::log10(midrise_error(bits, midrise_step(bits)));
}

LOWBIT_END

#endif
