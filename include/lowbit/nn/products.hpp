// lowbit/nn/products.hpp – the matrix products of training.
//
//     y = x w^T          forward                 x: rows x depth     w: outputs x depth     y: rows x outputs
//     dw += g^T x        gradient of weights     g: rows x outputs
//     dx = g w           gradient of inputs
//
// The one seam between training and what multiplies floats for it:
//
//     a BLAS               where the program is compiled with EIGEN_USE_BLAS and linked with one (Eigen calls it)
//     kernel/floats        everywhere else: on the widest registers of the CPU, without any flag
//     Eigen                for vectors, of which most of a tile would be empty
//
// The bits of a result do not depend on how many threads there are. Those of Eigen's matrix products do: with -fopenmp,
// Eigen cuts them for its threads, and adds in another order. Its products with a vector use no threads. A BLAS may have
// threads and orders of its own.
//
// On a Xeon with AVX-512, products of 100 x 256 x 784 ran at 28 to 33 GFLOP/s in Eigen without flags. They ran at 29 to
// 31 with the tiles of SSE2, at 77 to 91 with avx2, at 118 to 133 with avx512bw. (g++ 12, -O2, one thread.)
//
// They are plain functions: a network of ten layer types compiles three products, not thirty. Products with a vector are
// two of Eigen's expressions, not six: each takes a compiler longer than all tiles.
#ifndef LOWBIT_NN_PRODUCTS_HPP
#define LOWBIT_NN_PRODUCTS_HPP

#include "lowbit/arch/run_on.hpp"
#include "lowbit/dispatch/with_isa.hpp"
#include "lowbit/kernel/floats/product.hpp"
#include "lowbit/nn/float_matrix.hpp"

LOWBIT_BEGIN
namespace detail::nn {

/// Rows of a float_matrix, by reference.
using rows_view = Eigen::Map<const lowbit::nn::float_matrix>;
using mutable_rows_view = Eigen::Map<lowbit::nn::float_matrix>;

/// Rows first ... first + rows - 1 of a matrix.
[[nodiscard]] inline rows_view rows_of(const lowbit::nn::float_matrix& m, index_t first,
                                       index_t rows) {
  return {m.data() + first * m.cols(), rows, m.cols()};
}
[[nodiscard]] inline mutable_rows_view mutable_rows_of(lowbit::nn::float_matrix& m, index_t first,
                                                       index_t rows) {
  return {m.data() + first * m.cols(), rows, m.cols()};
}

#if defined(EIGEN_USE_BLAS)

inline void multiply_transposed(rows_view x, const lowbit::nn::float_matrix& w,
                                mutable_rows_view y) {
  y.noalias() = x * w.transpose();
}
inline void add_transposed_product(rows_view g, rows_view x, lowbit::nn::float_matrix& dw) {
  dw.noalias() += g.transpose() * x;
}
inline void multiply(rows_view g, const lowbit::nn::float_matrix& w, mutable_rows_view dx) {
  dx.noalias() = g * w;
}

#else

/// y = m v, or m^T v. `add`: added to y.
inline void multiply_vector(rows_view m, bool transposed, const float* v, float* y, bool add) {
  using vector = Eigen::VectorXf;
  const Eigen::Map<const vector> of_v(v, transposed ? m.rows() : m.cols());
  Eigen::Map<vector> to(y, transposed ? m.cols() : m.rows());
  if (!add) to.setZero();
  if (transposed)
    to.noalias() += m.transpose() * of_v;
  else
    to.noalias() += m * of_v;
}

/// c = a b, or c += a b, where neither side is a vector.
inline void multiply_matrices(const kernel::float_operand& a, const kernel::float_operand& b,
                              index_t steps, mutable_rows_view c, bool add) {
  if (steps >= 4) {
    with_isa([&]<class Tag>(Tag) {
      kernel::multiply_dense(arch::vectors_on<Tag>{}, a, c.rows(), b, c.cols(), steps, c.data(),
                             c.cols(), add);
    });
    return;
  }
  for (index_t r = 0; r < c.rows(); ++r)
    for (index_t j = 0; j < c.cols(); ++j) {
      float sum = 0;
      for (index_t s = 0; s < steps; ++s)
        sum += a.data[r * a.across + s * a.along] * b.data[j * b.across + s * b.along];
      c(r, j) = add ? c(r, j) + sum : sum;
    }
}

/// y = x w^T.
inline void multiply_transposed(rows_view x, const lowbit::nn::float_matrix& w,
                                mutable_rows_view y) {
  if (y.cols() == 1) return multiply_vector(x, false, w.data(), y.data(), false);
  if (y.rows() == 1)
    return multiply_vector({w.data(), w.rows(), w.cols()}, false, x.data(), y.data(), false);
  multiply_matrices({x.data(), x.cols(), 1}, {w.data(), w.cols(), 1}, x.cols(), y, false);
}
/// dw += g^T x.
inline void add_transposed_product(rows_view g, rows_view x, lowbit::nn::float_matrix& dw) {
  if (dw.cols() == 1) return multiply_vector(g, true, x.data(), dw.data(), true);
  if (dw.rows() == 1) return multiply_vector(x, true, g.data(), dw.data(), true);
  multiply_matrices({g.data(), 1, g.cols()}, {x.data(), 1, x.cols()}, g.rows(),
                    {dw.data(), dw.rows(), dw.cols()}, true);
}
/// dx = g w.
inline void multiply(rows_view g, const lowbit::nn::float_matrix& w, mutable_rows_view dx) {
  if (dx.rows() == 1)
    return multiply_vector({w.data(), w.rows(), w.cols()}, true, g.data(), dx.data(), false);
  if (dx.cols() == 1) return multiply_vector(g, false, w.data(), dx.data(), false);
  multiply_matrices({g.data(), g.cols(), 1}, {w.data(), 1, w.cols()}, g.cols(), dx, false);
}

#endif

}  // namespace detail::nn
LOWBIT_END

#endif
