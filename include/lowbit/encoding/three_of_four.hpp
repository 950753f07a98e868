// lowbit/encoding/three_of_four.hpp – four ternary codes of which exactly one is 0, in a symbol of five bits.
//
//     bits 0, 1    which of the four is 0
//     bits 2, 3    whether the sign of the second, of the third other code differs from that of the first
//     bit 4        the sign of the first one: 1 is minus
//
// 4 places of the 0 and 8 choices of signs are 32 symbols: 1.25 bits per code. The lower four bits are an index, and bit 4
// negates all: a look-up in a table of 16, and one sign.
//
// Source: Huang et al., "Sherry: hardware-efficient 1.25-bit ternary quantization", arXiv:2601.07892. The order of the bits
// is ours.
#ifndef LOWBIT_ENCODING_THREE_OF_FOUR_HPP
#define LOWBIT_ENCODING_THREE_OF_FOUR_HPP

#include <array>

#include "lowbit/encoding/ternary.hpp"

LOWBIT_BEGIN
namespace detail::encoding {

/// The codes of a symbol.
[[nodiscard]] constexpr std::array<code_t, 4> three_of_four_codes(code_t symbol) noexcept {
  std::array<code_t, 4> out{};
  const auto zero = static_cast<std::size_t>(symbol & 3);
  for (std::size_t i = 0, kept = 0; i < 4; ++i) {
    if (i == zero) continue;
    const int differs = kept == 0 ? 0 : symbol >> (kept + 1) & 1;
    out[i] = (symbol >> 4 ^ differs) != 0 ? ternary::minus : ternary::plus;
    ++kept;
  }
  return out;
}

/// The symbol of four codes of which exactly one is 0. Zeros at the end, where a row has no more codes, count as one.
[[nodiscard]] constexpr code_t three_of_four_symbol(const std::array<code_t, 4>& codes) noexcept {
  int symbol = 0, first = 0;
  for (std::size_t i = 0, kept = 0; i < 4; ++i) {
    const int minus = codes[i] == ternary::minus ? 1 : 0;
    if (codes[i] == ternary::zero) {
      symbol |= static_cast<int>(i);
      continue;
    }
    if (kept == 0) first = minus;
    if (kept > 0) symbol |= (minus ^ first) << (kept + 1);
    ++kept;
  }
  return static_cast<code_t>(symbol | first << 4);
}

}  // namespace detail::encoding
LOWBIT_END

#endif
