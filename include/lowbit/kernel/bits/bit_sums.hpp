// lowbit/kernel/bits/bit_sums.hpp – the weighted bit count of a row: what a product rule adds for offsets.
//
//     bit_sum = sum over planes i of weight(i) * |plane i|
//
// so the sum of the row's values is bit_sum + depth * offset. Costs one pass over the row. Rows may be as
// short as one word, so the body is looked up once for all of them: bit_sum_on(isa).
#ifndef LOWBIT_KERNEL_BITS_BIT_SUMS_HPP
#define LOWBIT_KERNEL_BITS_BIT_SUMS_HPP

#include <bit>

#include "lowbit/dispatch/any_isa.hpp"
#include "lowbit/encoding/format.hpp"
#include "lowbit/kernel/operand.hpp"
#include "lowbit/simd/neon_counts.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// count(words of a plane, their number) gives their ones.
template <class Count>
LOWBIT_INLINE std::uint32_t bit_sum_body(const code_format& format, const operand& side,
                                         index_t row, index_t words, const Count& count) noexcept {
  std::uint32_t sum = 0;
  for (int p = 0; p < format.plane_count; ++p)
    sum += static_cast<std::uint32_t>(format.weight[static_cast<std::size_t>(p)]) *
           count(side.row(row, p), words);
  return sum;
}

/// Word by word.
struct ones_of_words {
  LOWBIT_INLINE std::uint32_t operator()(const word* plane, index_t words) const noexcept {
    std::uint32_t ones = 0;
    for (index_t w = 0; w < words; ++w) ones += static_cast<std::uint32_t>(std::popcount(plane[w]));
    return ones;
  }
};

/// The bit sum of one row over one run, modulo 2^32.
inline std::uint32_t bit_sum(isa::scalar, const code_format& format, const operand& side,
                             index_t row, index_t words) noexcept {
  return bit_sum_body(format, side, row, words, ones_of_words{});
}

#if LOWBIT_X86
LOWBIT_TARGET_POPCNT inline std::uint32_t bit_sum(isa::popcnt, const code_format& format,
                                                  const operand& side, index_t row,
                                                  index_t words) noexcept {
  return bit_sum_body(format, side, row, words, ones_of_words{});
}
#elif LOWBIT_AARCH64
/// Two words at a time. AArch64 counts in vector registers only. A word alone takes seven instructions to get there, be
/// counted and come back, which is more than its share of a product.
struct ones_of_registers {
  LOWBIT_INLINE std::uint32_t operator()(const word* plane, index_t words) const noexcept {
    using simd::words_neon;
    constexpr index_t most = words_neon::flush_counts * words_neon::width;
    words_neon::sum ones;
    words_neon::reg bits;
    words_neon::zero(ones);
    for (index_t w = 0; w < words;) {
      const index_t end = words - w < most ? words : w + most;
      for (; w + words_neon::width <= end; w += words_neon::width) {
        words_neon::load(bits, plane + w);
        words_neon::count(ones, bits);
      }
      if (w < end) {
        words_neon::load_part(bits, plane + w, end - w);
        words_neon::count(ones, bits);
        w = end;
      }
      words_neon::flush(ones);
    }
    std::uint32_t total;
    words_neon::total(ones, total);
    return total;
  }
};

inline std::uint32_t bit_sum(isa::neon, const code_format& format, const operand& side, index_t row,
                             index_t words) noexcept {
  return bit_sum_body(format, side, row, words, ones_of_registers{});
}
#endif

using bit_sum_function = std::uint32_t (*)(const code_format& format, const operand& side,
                                           index_t row, index_t words) noexcept;

/// The function that sums on an ISA.
template <isa_tag Isa>
[[nodiscard]] bit_sum_function bit_sum_on(Isa isa) noexcept {
  return with_isa(isa, [](auto tag) -> bit_sum_function {
    return [](const code_format& format, const operand& side, index_t row, index_t words) noexcept {
      return bit_sum(decltype(tag){}, format, side, row, words);
    };
  });
}

}  // namespace detail::kernel
LOWBIT_END

#endif
