#include "exported.hpp"

lowbit::matrix<std::int32_t> square(const lowbit::packed_matrix<lowbit::binary>& bits) {
  return lowbit::gemm(bits, bits);
}
