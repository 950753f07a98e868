// lowbit/kernel/compressed/row_codes.hpp – rows of codes of a few bits that become floats, each row by numbers of its own.
//
//     planes         M bits of a weight; its float is the sum of M coefficients, each + or -     encoding/planes.hpp
//     ternary        2 bits of a weight; its float is one scale times 0, +1 or -1                encoding/ternary.hpp
//     three_of_four  5 bits of 4 weights, of which one is 0 and the others are + or - one scale: 1.25 bits of a weight
//
// Symbols lie as in kernel/compressed/fixed_width.hpp, and every row begins with a byte. Those of three_of_four are in
// encoding/three_of_four.hpp. A row whose length is no multiple of 4 ends in a symbol with places that no weight has.
#ifndef LOWBIT_KERNEL_COMPRESSED_ROW_CODES_HPP
#define LOWBIT_KERNEL_COMPRESSED_ROW_CODES_HPP

#include "lowbit/core/checked.hpp"
#include "lowbit/encoding/levels.hpp"
#include "lowbit/encoding/three_of_four.hpp"
#include "lowbit/kernel/compressed/fixed_width.hpp"

namespace lowbit {

/// What the symbols of a row are; see the head of this file.
enum class row_code : std::uint8_t { planes, ternary, three_of_four };

}  // namespace lowbit

LOWBIT_BEGIN
namespace detail::kernel {

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
        const std::array<code_t, 4> codes = encoding::three_of_four_codes(symbol);
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
