#include <exported.hpp>

int main() {
  lowbit::matrix<float> x(2, 100);
  for (lowbit::index_t i = 0; i < 200; ++i) x.data()[i] = 1.0F;
  const auto sums = square(lowbit::quantize(lowbit::sign{}, x.view()).codes());
  return sums(0, 0) == 100 && sums(1, 0) == 100 ? 0 : 1;
}
