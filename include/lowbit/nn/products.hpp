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
//     Eigen                for vectors and for products of a few steps, of which most of a tile would be empty
//
// The bits of a result do not depend on how many threads there are. Those of Eigen's matrix products do: with -fopenmp,
// Eigen cuts them for its threads, and adds in another order. Products with a vector and lazyProduct() use no threads.
// A BLAS may have threads and orders of its own.
//
// On a Xeon with AVX-512, products of 100 x 256 x 784 ran at 28 to 33 GFLOP/s in Eigen without flags. They ran at 29 to
// 31 with the tiles of SSE2, at 77 to 91 with avx2, at 118 to 133 with avx512bw. (g++ 12, -O2, one thread.)
//
// They are plain functions: a network of ten layer types compiles three products, not thirty.
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

/// c = a b, or c += a b: the expressions, and their numbers in memory.
template <bool Add, class A, class B, class C>
void multiply_into(const A& a, const B& b, C&& c, const kernel::float_operand& of_a,
                   const kernel::float_operand& of_b) {
  const auto put = [](auto&& to, const auto& product) {
    if constexpr (Add)
      to.noalias() += product;
    else
      to.noalias() = product;
  };
#if defined(EIGEN_USE_BLAS)
  put(c, a * b);
#else
  if (c.cols() == 1) return put(c.col(0), a * b.col(0));
  if (c.rows() == 1) return put(c.row(0), a.row(0) * b);
  if (a.cols() < 4) return put(c, a.lazyProduct(b));
  with_isa([&]<class Tag>(Tag) {
    kernel::multiply_dense(arch::vectors_on<Tag>{}, of_a, c.rows(), of_b, c.cols(), a.cols(),
                           c.data(), c.cols(), Add);
  });
#endif
}

/// y = x w^T.
inline void multiply_transposed(rows_view x, const lowbit::nn::float_matrix& w,
                                mutable_rows_view y) {
  multiply_into<false>(x, w.transpose(), y, {x.data(), x.cols(), 1}, {w.data(), w.cols(), 1});
}
/// dw += g^T x.
inline void add_transposed_product(rows_view g, rows_view x, lowbit::nn::float_matrix& dw) {
  multiply_into<true>(g.transpose(), x, dw, {g.data(), 1, g.cols()}, {x.data(), 1, x.cols()});
}
/// dx = g w.
inline void multiply(rows_view g, const lowbit::nn::float_matrix& w, mutable_rows_view dx) {
  multiply_into<false>(g, w, dx, {g.data(), g.cols(), 1}, {w.data(), 1, w.cols()});
}

}  // namespace detail::nn
LOWBIT_END

#endif
