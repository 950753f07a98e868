// Finite differences for the gradients that are derivatives of something.
#pragma once

#include <functional>
#include <lowbit/core/random.hpp>
#include <lowbit/nn/float_matrix.hpp>

#include "support/catch.hpp"

/// Uniform numbers in [-bound, bound) from a fixed stream.
inline lowbit::nn::float_matrix random_matrix(lowbit::index_t rows, lowbit::index_t cols,
                                              std::uint64_t seed, float bound = 1) {
  const lowbit::random_stream stream(seed);
  lowbit::nn::float_matrix m(rows, cols);
  for (lowbit::index_t i = 0; i < m.size(); ++i) m.data()[i] = (2 * stream.uniform(i) - 1) * bound;
  return m;
}

/// sum of a * b: a scalar function of b whose gradient is a.
inline double dot(const lowbit::nn::float_matrix& a, const lowbit::nn::float_matrix& b) {
  return a.cast<double>().cwiseProduct(b.cast<double>()).sum();
}

/// Checks `gradient` against central differences of f, moving the elements of x one by one.
inline void check_gradient(lowbit::nn::float_matrix& x, const lowbit::nn::float_matrix& gradient,
                           const std::function<double()>& f, float step = 1e-2f) {
  REQUIRE(gradient.rows() == x.rows());
  REQUIRE(gradient.cols() == x.cols());
  for (lowbit::index_t i = 0; i < x.size(); ++i) {
    const float kept = x.data()[i];
    x.data()[i] = kept + step;
    const double above = f();
    x.data()[i] = kept - step;
    const double below = f();
    x.data()[i] = kept;
    INFO("element " << i);
    CHECK(static_cast<double>(gradient.data()[i]) ==
          Approx((above - below) / (2 * static_cast<double>(step))).epsilon(5e-3).margin(5e-3));
  }
}
