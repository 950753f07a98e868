// lowbit/nn/float_matrix.hpp – the real numbers that training works on.
//
// Training is float linear algebra around a few quantizers, so this room is written on Eigen; nothing
// in the packed path needs it. Rows are images (or output channels, for weights), columns are depth:
// the same order as everywhere else in the library.
//
// Threads. Training runs on one thread, and random numbers depend on their position only. Products have an order that
// does not depend on how many threads there are (nn/products.hpp). So real sums have the same bits on any number of
// threads, with and without -fopenmp. Their last bits may differ between ISAs, compilers and flags. Sums of integers
// (pixels or signs times signs) are exact below 2^24 in any order. So is everything that is compared with the packed
// path.
#ifndef LOWBIT_NN_FLOAT_MATRIX_HPP
#define LOWBIT_NN_FLOAT_MATRIX_HPP

#include "lowbit/eigen/interop.hpp"

LOWBIT_BEGIN
namespace nn {

/// Row-major float matrix: rows are images or output channels, columns depth.
using float_matrix = row_major<float>;

/// All elements of a matrix, row after row. The matrix must outlive the span.
[[nodiscard]] inline std::span<const float> elements(const float_matrix& m) noexcept {
  return {m.data(), static_cast<std::size_t>(m.size())};
}
[[nodiscard]] inline std::span<float> elements(float_matrix& m) noexcept {
  return {m.data(), static_cast<std::size_t>(m.size())};
}

/// Bytes (pixels, codes) as real numbers, one for one.
[[nodiscard]] inline float_matrix to_real(matrix_view<const code_t> bytes) {
  float_matrix x(bytes.rows(), bytes.cols());
  for (index_t r = 0; r < x.rows(); ++r)
    for (index_t c = 0; c < x.cols(); ++c) x(r, c) = static_cast<float>(bytes(r, c));
  return x;
}

}  // namespace nn
LOWBIT_END

#endif
