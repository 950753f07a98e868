// Products on every ISA that has panels: their inner loops are what hot_loops.sh disassembles.
#include <lowbit/lowbit.hpp>

template <class Tag, class A, class B>
void multiply(Tag tag, lowbit::packed_view<A> lhs, const lowbit::prepared_matrix<B>& rhs,
              lowbit::matrix_view<std::int32_t> out) {
  lowbit::gemm(tag, lhs, rhs, out);
}

#define MULTIPLY(Tag, A, B)                                                              \
  template void multiply(Tag, lowbit::packed_view<A>, const lowbit::prepared_matrix<B>&, \
                         lowbit::matrix_view<std::int32_t>);
#define MULTIPLY_ON(Tag)                                       \
  MULTIPLY(lowbit::isa::Tag, lowbit::binary, lowbit::binary)   \
  MULTIPLY(lowbit::isa::Tag, lowbit::ternary, lowbit::ternary) \
  MULTIPLY(lowbit::isa::Tag, lowbit::unsigned_bits<2>, lowbit::binary)

MULTIPLY_ON(avx512vpopcntdq)
MULTIPLY_ON(avx512bw)
MULTIPLY_ON(avx2)
MULTIPLY_ON(ssse3)
