// lowbit/quantize/fit/plane_coefficients.hpp – the best coefficients for given planes.
//
// With the planes B_m of a group fixed, sum_m a_m B_m is closest to x for the solution of the normal
// equations
//
//     (B^T B + r I) a = B^T x + r a_before          r = 0: least squares; r > 0 holds on to a_before
//
// B^T B and B^T x need only two things of the data. These are how often each of the 2^M codes occurs, and the sum of
// the elements with that code. So one pass over the group is enough, whatever M is. The M x M system (M <= 8) is solved
// by its eigenvectors (Jacobi's rotations). Of all best solutions this gives the one of least norm: planes that
// coincide, as in a constant group, share their coefficient.
#ifndef LOWBIT_QUANTIZE_FIT_PLANE_COEFFICIENTS_HPP
#define LOWBIT_QUANTIZE_FIT_PLANE_COEFFICIENTS_HPP

#include <array>
#include <cmath>

#include "lowbit/encoding/planes.hpp"
#include "lowbit/quantize/fit/reduce.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

template <std::size_t M>
using vector_of = std::array<double, M>;
template <std::size_t M>
using square_of = std::array<std::array<double, M>, M>;

/// Turns the symmetric a into a diagonal matrix by rotations, which are collected in the columns of
/// `vectors`. Each sweep squares what is left beside the diagonal; a dozen are more than enough.
template <std::size_t M>
void diagonalize(square_of<M>& a, square_of<M>& vectors) noexcept {
  for (std::size_t i = 0; i < M; ++i)
    for (std::size_t j = 0; j < M; ++j) vectors[i][j] = i == j ? 1 : 0;
  for (int sweep = 0; sweep < 12; ++sweep)
    for (std::size_t p = 0; p + 1 < M; ++p)
      for (std::size_t q = p + 1; q < M; ++q) {
        if (a[p][q] == 0) continue;
        // The smaller angle that makes a[p][q] zero.
        const double ratio = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const double tangent =
            (ratio < 0 ? -1.0 : 1.0) / (std::fabs(ratio) + std::sqrt(ratio * ratio + 1));
        const double c = 1 / std::sqrt(tangent * tangent + 1), s = tangent * c;
        for (std::size_t k = 0; k < M; ++k) {
          const double x = a[k][p], y = a[k][q];
          a[k][p] = c * x - s * y;
          a[k][q] = s * x + c * y;
        }
        for (std::size_t k = 0; k < M; ++k) {
          const double x = a[p][k], y = a[q][k];
          a[p][k] = c * x - s * y;
          a[q][k] = s * x + c * y;
        }
        for (std::size_t k = 0; k < M; ++k) {
          const double x = vectors[k][p], y = vectors[k][q];
          vectors[k][p] = c * x - s * y;
          vectors[k][q] = s * x + c * y;
        }
      }
}

/// The solution of least norm of gram * a = right, gram symmetric and not negative.
template <std::size_t M>
[[nodiscard]] vector_of<M> solve_normal_equations(square_of<M> gram,
                                                  const vector_of<M>& right) noexcept {
  square_of<M> vectors{};
  diagonalize<M>(gram, vectors);
  double largest = 0;
  for (std::size_t i = 0; i < M; ++i) largest = gram[i][i] > largest ? gram[i][i] : largest;
  vector_of<M> solution{};
  for (std::size_t i = 0; i < M; ++i) {
    if (!(gram[i][i] > largest * 1e-12)) continue;  // no data in this direction
    double along = 0;
    for (std::size_t k = 0; k < M; ++k) along += vectors[k][i] * right[k];
    for (std::size_t k = 0; k < M; ++k) solution[k] += vectors[k][i] * (along / gram[i][i]);
  }
  return solution;
}

/// How many elements have each code of M planes, and what they add up to.
template <int M>
struct code_moments {
  std::array<double, std::size_t{1} << M> count{}, sum{};

  template <class Encode>
  [[nodiscard]] static code_moments of(std::span<const float> group, Encode encode) noexcept {
    code_moments m;
    for (const float x : group) {
      const code_t code = encode(x);
      m.count[code] += 1;
      m.sum[code] += static_cast<double>(x);
    }
    return m;
  }
};

/// The coefficients of the first `used` planes of E that are best for elements with these moments; the
/// others are 0.
template <multi_plane_code E, std::size_t M = static_cast<std::size_t>(E::plane_count)>
[[nodiscard]] vector_of<M> best_coefficients(const code_moments<E::plane_count>& of,
                                             std::size_t used = M, double ridge = 0,
                                             const vector_of<M>& before = {}) noexcept {
  square_of<M> gram{};
  vector_of<M> right{};
  const auto plane = [](std::size_t code, std::size_t p) {
    return static_cast<double>(value<typename E::plane>(static_cast<code_t>(code >> p & 1)));
  };
  for (std::size_t code = 0; code < of.count.size(); ++code)
    for (std::size_t i = 0; i < used; ++i) {
      right[i] += plane(code, i) * of.sum[code];
      for (std::size_t j = 0; j < used; ++j)
        gram[i][j] += plane(code, i) * plane(code, j) * of.count[code];
    }
  for (std::size_t i = 0; i < used; ++i) {
    gram[i][i] += ridge;
    right[i] += ridge * before[i];
  }
  return solve_normal_equations<M>(gram, right);
}

/// Coefficients as a tensor keeps them: the largest floats at most.
template <std::size_t M>
[[nodiscard]] std::array<float, M> rounded(const vector_of<M>& x) noexcept {
  constexpr double most = 0x1.fffffep127;
  std::array<float, M> out{};
  for (std::size_t i = 0; i < M; ++i)
    out[i] = static_cast<float>(x[i] > most ? most : x[i] < -most ? -most : x[i]);
  return out;
}

}  // namespace detail::quantizers
LOWBIT_END

#endif
