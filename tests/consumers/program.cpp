// What a first user writes: quantize, multiply, look at the result.
#ifdef WITH_EIGEN
#include <lowbit/eigen.hpp>
#endif
#include <lowbit/lowbit.hpp>

#include <cstdio>

int main() {
  lowbit::matrix<float> x(2, 100);
  for (lowbit::index_t k = 0; k < 100; ++k) {
    x(0, k) = 1.0F;
    x(1, k) = -1.0F;
  }
  const auto bits = lowbit::quantize(lowbit::sign{}, x.view());
  const auto product = lowbit::gemm(bits.codes(), bits.codes());
  std::printf("%d %d\n", product(0, 0), product(0, 1));
  return product(0, 0) == 100 && product(0, 1) == -100 ? 0 : 1;
}
