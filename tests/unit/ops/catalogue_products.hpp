// The promise that every quantizer multiplies: weights of each catalogue entry, fitted per row, times
// activations of one kind, against the product of the dequantized numbers, and the integers exactly
// against the sums of the values.
#pragma once

#include <cmath>

#include "lowbit/ops/gemm.hpp"
#include "lowbit/ops/matmul.hpp"
#include "lowbit/ops/quantize.hpp"
#include "lowbit/quantize/catalogue.hpp"
#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "support/random_codes.hpp"

namespace test {

/// Rows of normal numbers.
inline lowbit::matrix<float> normal_rows(lowbit::index_t rows, lowbit::index_t cols,
                                         std::uint64_t salt) {
  auto random = generator(salt);
  std::normal_distribution<float> normal(0.1f, 0.7f);
  lowbit::matrix<float> x(rows, cols);
  for (lowbit::index_t i = 0; i < rows * cols; ++i) x.data()[i] = normal(random);
  return x;
}

/// quantize() per row where the method fits, with what it needs besides the numbers.
template <class Q>
auto quantized_rows(const Q& q, lowbit::matrix_view<const float> x) {
  using namespace lowbit;
  const auto all = [&](const auto& what) {
    if constexpr (stochastic_quantizer<Q>)
      return quantize(isa::scalar{}, what, x, random_stream(7));
    else
      return quantize(isa::scalar{}, what, x);
  };
  if constexpr (fitted<Q>)
    return all(per_group(q, per::row));
  else
    return all(q);
}

template <class A, class W>
void check_product(const lowbit::quantized_matrix<A>& a, const lowbit::quantized_matrix<W>& w) {
  using namespace lowbit;
  const matrix<float> y = matmul(isa::scalar{}, a, w);
  for (index_t m = 0; m < a.rows(); ++m)
    for (index_t n = 0; n < w.rows(); ++n) {
      double expected = 0, size = 0;
      for (index_t k = 0; k < a.depth(); ++k) {
        const double product =
            static_cast<double>(a.real(m, k)) * static_cast<double>(w.real(n, k));
        expected += product;
        size += std::abs(product);
      }
      INFO("element " << m << ", " << n);
      CHECK(std::abs(static_cast<double>(y(m, n)) - expected) <= 1e-5 * size + 1e-12);
    }
  if constexpr (plane_code<A> && plane_code<W>) {
    const matrix<std::int32_t> c = gemm(isa::scalar{}, a.codes(), w.codes());
    for (index_t m = 0; m < a.rows(); ++m)
      for (index_t n = 0; n < w.rows(); ++n) {
        std::int32_t sum = 0;
        for (index_t k = 0; k < a.depth(); ++k)
          sum += value<A>(a.codes().code(m, k)) * value<W>(w.codes().code(n, k));
        CHECK(c(m, n) == sum);
      }
  }
}

/// Every entry as weights, times activations by q.
template <class Activations>
void check_products_with(const Activations& q) {
  using namespace lowbit;
  const auto a = quantized_rows(q, normal_rows(2, 131, 500).view());
  const auto w = normal_rows(3, 131, 501);
  for_each_quantizer([&](const auto& entry) {
    using Q = typename std::remove_cvref_t<decltype(entry)>::policy;
    INFO(entry.name << ", " << reproduce());
    check_product(a, quantized_rows(Q{}, w.view()));
  });
}

}  // namespace test
