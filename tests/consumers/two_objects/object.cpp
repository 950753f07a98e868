// One object of the pair: compiled twice, with different flags, as namespace OBJECT.
#include "object.hpp"

namespace OBJECT {

lowbit::packed_matrix<lowbit::binary> pack(const lowbit::matrix<float>& x) {
  return lowbit::quantize(lowbit::sign{}, x.view()).codes();
}

std::int64_t multiply(const lowbit::packed_matrix<lowbit::binary>& x) {
  const lowbit::matrix<std::int32_t> product = lowbit::gemm(x, x);
  std::int64_t sum = 0;
  for (lowbit::index_t row = 0; row < product.rows(); ++row) {
    for (lowbit::index_t column = 0; column < product.cols(); ++column)
      sum += (row + 2 * column) * product(row, column);
  }
  return sum;
}

float quantize_and_multiply(const lowbit::matrix<float>& x) {
  const auto weights = lowbit::quantize(lowbit::twn{}, x.view());
  const auto activations = lowbit::quantize(lowbit::dorefa_activation<2>{}, x.view());
  return lowbit::matmul(activations, weights)(1, 2);
}

}  // namespace OBJECT
