// lowbit/kernel/bit_sums.hpp – the weighted bit count of a row: what a product rule adds for offsets.
//
//     bit_sum = sum over planes i of weight(i) * |plane i|
//
// so the sum of the row's values is bit_sum + depth * offset. Costs one pass over the row.
#ifndef LOWBIT_KERNEL_BIT_SUMS_HPP
#define LOWBIT_KERNEL_BIT_SUMS_HPP

#include <bit>

#include "lowbit/arch/isa.hpp"
#include "lowbit/encoding/encoding.hpp"
#include "lowbit/kernel/operand.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

template <class E>
LOWBIT_INLINE std::uint32_t bit_sum_body(const operand& side, index_t row, index_t words) noexcept {
  std::uint32_t sum = 0;
  for (int p = 0; p < E::plane_count; ++p) {
    const word* plane = side.row(row, p);
    std::uint32_t ones = 0;
    for (index_t w = 0; w < words; ++w) ones += static_cast<std::uint32_t>(std::popcount(plane[w]));
    sum += static_cast<std::uint32_t>(E::weight(p)) * ones;
  }
  return sum;
}

/// The bit sum of one row over one run, modulo 2^32.
template <class E>
std::uint32_t bit_sum(isa::scalar, const operand& side, index_t row, index_t words) noexcept {
  return bit_sum_body<E>(side, row, words);
}

#if LOWBIT_X86
template <class E>
LOWBIT_TARGET_POPCNT std::uint32_t bit_sum(isa::popcnt, const operand& side, index_t row,
                                           index_t words) noexcept {
  return bit_sum_body<E>(side, row, words);
}
#endif

}  // namespace detail::kernel
LOWBIT_END

#endif
