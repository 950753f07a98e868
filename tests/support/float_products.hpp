// Products of dequantized matrices, in double: what matmul is held to.
#pragma once

#include <algorithm>
#include <cmath>

#include "lowbit/tensor/quantized_matrix.hpp"

namespace test {

/// The largest error of y = a b^T, relative to the sum of the magnitudes of the terms.
template <class A, class B>
double relative_error(const lowbit::matrix<float>& y, const lowbit::quantized_matrix<A>& a,
                      const lowbit::quantized_matrix<B>& b) {
  using lowbit::index_t;
  double worst = 0;
  for (index_t m = 0; m < a.rows(); ++m)
    for (index_t n = 0; n < b.rows(); ++n) {
      double sum = 0, size = 1e-30;
      for (index_t k = 0; k < a.depth(); ++k) {
        const double term = static_cast<double>(a.real(m, k)) * static_cast<double>(b.real(n, k));
        sum += term;
        size += std::abs(term);
      }
      worst = std::max(worst, std::abs(static_cast<double>(y(m, n)) - sum) / size);
    }
  return worst;
}

}  // namespace test
