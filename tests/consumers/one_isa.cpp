// A product that is compiled for one instruction set, by LOWBIT_STATIC_ARCH or by a tag, against its definition.
#include <lowbit/lowbit.hpp>

#include <cstdio>
#include <cstring>

int main() {
  using lowbit::index_t;
  constexpr index_t rows = 5, cols = 9, depth = 300;
  lowbit::packed_matrix<lowbit::binary> a(rows, depth), b(cols, depth);
  const lowbit::random_stream random(1);
  const auto bit = [&](index_t i) { return static_cast<lowbit::code_t>(random.bits(i) & 1); };
  for (index_t k = 0; k < depth; ++k) {
    for (index_t r = 0; r < rows; ++r) a.set_code(r, k, bit(r * depth + k));
    for (index_t c = 0; c < cols; ++c) b.set_code(c, k, bit((rows + c) * depth + k));
  }
#ifdef LOWBIT_STATIC_ARCH
  const auto sums = lowbit::gemm(a, b);
  if (std::strcmp(lowbit::active_isa(), EXPECTED) != 0) {
    std::printf("%s instead of %s\n", lowbit::active_isa(), EXPECTED);
    return 1;
  }
#else
  const auto sums = lowbit::gemm(a, b, lowbit::on(lowbit::isa::avx2{}));
#endif
  for (index_t r = 0; r < rows; ++r)
    for (index_t c = 0; c < cols; ++c) {
      int expected = 0;
      for (index_t k = 0; k < depth; ++k) expected += a.code(r, k) == b.code(c, k) ? 1 : -1;
      if (sums(r, c) != expected) {
        std::printf("sum (%td, %td) is %d instead of %d\n", r, c, sums(r, c), expected);
        return 1;
      }
    }
  return 0;
}
