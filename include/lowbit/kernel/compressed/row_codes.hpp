// lowbit/kernel/compressed/row_codes.hpp – rows of codes of a few bits that become floats, each row by numbers of its own.
//
//     planes         M bits of a weight; its float is the sum of M coefficients, each + or -     encoding/planes.hpp
//     ternary        2 bits of a weight; its float is one scale times 0, +1 or -1                encoding/ternary.hpp
//     three_of_four  5 bits of 4 weights, of which one is 0 and the others are + or - one scale: 1.25 bits of a weight
//
// Symbols lie as in kernel/compressed/fixed_width.hpp, and every row begins with a byte. A symbol of three_of_four is
//
//     bits 0, 1    which of the 4 weights is 0
//     bits 2, 3    whether the sign of the second, of the third other weight differs from that of the first
//     bit 4        the sign of the first one: 1 is minus
//
// So the lower four bits are an index, and bit 4 negates all: a look-up in 16 sums of inputs and one sign. A row whose
// length is no multiple of 4 ends in a symbol with places that no weight has.
//
// Source of three_of_four: Huang et al., "Sherry", arXiv:2601.07892. The order of the bits is ours.
#ifndef LOWBIT_KERNEL_COMPRESSED_ROW_CODES_HPP
#define LOWBIT_KERNEL_COMPRESSED_ROW_CODES_HPP

#include <array>

#include "lowbit/core/checked.hpp"
#include "lowbit/encoding/levels.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/kernel/compressed/fixed_width.hpp"

namespace lowbit {

/// What the symbols of a row are; see the head of this file.
enum class row_code : std::uint8_t { planes, ternary, three_of_four };

}  // namespace lowbit

LOWBIT_BEGIN
namespace detail::kernel {

/// The ternary codes of the 4 weights of a symbol.
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
/// The symbol of 4 ternary codes of which exactly one is 0.
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

/// Bits of a symbol, and weights that it stands for.
[[nodiscard]] constexpr int symbol_bits(row_code kind, int planes) noexcept {
  return kind == row_code::planes ? planes : kind == row_code::ternary ? 2 : 5;
}
[[nodiscard]] constexpr index_t symbol_weights(row_code kind) noexcept {
  return kind == row_code::three_of_four ? 4 : 1;
}

/// The floats of one row, in order. The stream must outlive it and hold the row.
class row_code_decoder {
 public:
  /// `levels`: a coefficient per plane, or one scale.
  row_code_decoder(row_code kind, int planes, std::span<const std::byte> stream,
                   const float* levels) noexcept
      : symbols_(symbol_bits(kind, planes), stream),
        weights_(static_cast<std::size_t>(symbol_weights(kind))) {
    const unsigned count = 1u << symbol_bits(kind, planes);
    for (unsigned s = 0; s < count; ++s) {
      float* const to = table_ + s * weights_;
      const auto symbol = static_cast<code_t>(s);
      if (kind == row_code::planes) {
        double sum = 0;
        for (int p = 0; p < planes; ++p)
          sum +=
              (s >> p & 1) != 0 ? static_cast<double>(levels[p]) : -static_cast<double>(levels[p]);
        *to = encoding::clipped(sum);
      } else if (kind == row_code::ternary) {
        *to = float_of<ternary>(affine{*levels, 0}, symbol);
      } else {
        const std::array<code_t, 4> codes = three_of_four_codes(symbol);
        for (std::size_t i = 0; i < 4; ++i) to[i] = float_of<ternary>(affine{*levels, 0}, codes[i]);
      }
    }
  }

  /// The next n floats; where a symbol has 4 weights, n is a multiple of 4 in all calls but the last one. False if the
  /// stream ends before them.
  [[nodiscard]] bool take(float* out, index_t n) noexcept {
    code_t symbols[piece];
    while (n > 0) {
      const index_t most = piece * static_cast<index_t>(weights_), some = n < most ? n : most;
      const index_t count = ceil_div(some, static_cast<index_t>(weights_));
      if (!symbols_.take(symbols, count)) return false;
      for (index_t i = 0; i < some; ++i) {
        const auto at = static_cast<std::size_t>(i);
        out[i] = table_[symbols[at / weights_] * weights_ + at % weights_];
      }
      out += some;
      n -= some;
    }
    return true;
  }

 private:
  static constexpr index_t piece = 64;

  fixed_width_decoder symbols_;
  std::size_t weights_;
  float table_[256];
};

}  // namespace detail::kernel
LOWBIT_END

#endif
