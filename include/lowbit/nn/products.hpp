// lowbit/nn/products.hpp – the matrix products of training.
//
//     y = x w^T          forward                 x: rows x depth     w: outputs x depth     y: rows x outputs
//     dw += g^T x        gradient of weights     g: rows x outputs
//     dx = g w           gradient of inputs
//
// The one seam between training and what multiplies floats for it:
//
//     a BLAS               where the program is compiled with EIGEN_USE_BLAS and linked with one (Eigen calls it)
//     kernel/floats        where the CPU has wider registers than the unit's flags give Eigen: no flag is needed
//     Eigen                everywhere else, and for products of a few columns or steps
//
// Without flags, Eigen multiplies with 16-byte vectors. On a Xeon with AVX-512, products of 100 x 256 x 784 ran at 27
// GFLOP/s so. They ran at 110 with the tiles of avx512bw and at 70 with those of avx2 (g++ 12, -O2, one thread).
//
// They are plain functions: a network of ten layer types compiles three products, not thirty.
#ifndef LOWBIT_NN_PRODUCTS_HPP
#define LOWBIT_NN_PRODUCTS_HPP

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

/// Floats in the registers of Eigen's products, in this unit.
#if defined(EIGEN_VECTORIZE_AVX512)
inline constexpr index_t eigen_lanes = 16;
#elif defined(EIGEN_VECTORIZE_AVX)
inline constexpr index_t eigen_lanes = 8;
#else
inline constexpr index_t eigen_lanes = 4;
#endif

/// c = a b or c += a b by the tiles of the chosen ISA. False, and nothing is done, where they would be slower than
/// Eigen. Then most columns or steps of a tile would be empty, or Eigen's registers are as wide.
inline bool multiplied_by_tiles(const kernel::float_operand& a, index_t rows,
                                const kernel::float_operand& b, index_t cols, index_t steps,
                                float* c, bool add) {
#if defined(EIGEN_USE_BLAS)
  return false;
#endif
  if (cols < 16 || steps < 4) return false;
  return with_isa([&]<class Tag>(Tag) {
    using target = arch::vectors_on<Tag>;
    if constexpr (kernel::product_tile_of<target>.lanes > eigen_lanes) {
      kernel::multiply_floats(target{}, a, rows, b, cols, steps, c, cols, add);
      return true;
    } else {
      return false;
    }
  });
}

/// y = x w^T.
inline void multiply_transposed(rows_view x, const lowbit::nn::float_matrix& w,
                                mutable_rows_view y) {
  if (!multiplied_by_tiles({x.data(), x.cols(), 1}, x.rows(), {w.data(), w.cols(), 1}, w.rows(),
                           x.cols(), y.data(), false))
    y.noalias() = x * w.transpose();
}
/// dw += g^T x.
inline void add_transposed_product(rows_view g, rows_view x, lowbit::nn::float_matrix& dw) {
  if (!multiplied_by_tiles({g.data(), 1, g.cols()}, g.cols(), {x.data(), 1, x.cols()}, x.cols(),
                           g.rows(), dw.data(), true))
    dw.noalias() += g.transpose() * x;
}
/// dx = g w.
inline void multiply(rows_view g, const lowbit::nn::float_matrix& w, mutable_rows_view dx) {
  if (!multiplied_by_tiles({g.data(), g.cols(), 1}, g.rows(), {w.data(), 1, w.cols()}, w.cols(),
                           g.cols(), dx.data(), false))
    dx.noalias() = g * w;
}

}  // namespace detail::nn
LOWBIT_END

#endif
