// Calls the baseline object everywhere, and the tuned one where the machine has its instructions. Both must agree, and
// a tensor packed by one must be right for the other.
#include "object.hpp"

#include <cstdio>

int main() {
  lowbit::matrix<float> x(5, 131);
  for (lowbit::index_t row = 0; row < x.rows(); ++row) {
    for (lowbit::index_t k = 0; k < x.cols(); ++k)
      x(row, k) = static_cast<float>((row * 37 + k * 11) % 17) / 16.0F - 0.5F;
  }
  const std::int64_t integers = baseline::multiply(baseline::pack(x));
  const float real = baseline::quantize_and_multiply(x);
  std::printf("%lld %.9g", static_cast<long long>(integers), static_cast<double>(real));

  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 0;
  const bool agree = tuned::multiply(baseline::pack(x)) == integers &&
                     baseline::multiply(tuned::pack(x)) == integers &&
                     tuned::quantize_and_multiply(x) == real;
  std::printf(agree ? ", both objects agree" : ", the objects differ");
  return agree ? 0 : 1;
}
