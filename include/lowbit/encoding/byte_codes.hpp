// lowbit/encoding/byte_codes.hpp – codes as bytes: what a byte stands for on each side of a product.
//
// The instructions multiply an unsigned byte by a signed one. So a value of the left operand is a signed byte a, and a
// value of the right operand an unsigned byte u. Both are affine:
//
//     left     value = step * a + offset     -128 <= a <= 127     offset 0 if all values are such bytes
//     right    value = step * u + offset     0 <= u               offset is the smallest value
//
// step is 2 where all values are even or all odd (binary, bipolar_bits), else 1. With that a product is
//
//     sum of values = step step' S + offset' A + offset B      S = sum of a u
//
//     A = sum of the left values      computed with the same instruction, 64 bytes per step (only if offset' is not 0)
//     B = sum of the right values     one per panel row, summed when packing
//
// and u needs few bits where a format has few values: 1, 2 or 4, so that a byte of a panel holds 8, 4 or 2 of them.
#ifndef LOWBIT_ENCODING_BYTE_CODES_HPP
#define LOWBIT_ENCODING_BYTE_CODES_HPP

#include "lowbit/encoding/format.hpp"

LOWBIT_BEGIN
namespace detail::encoding {

/// What a byte of a format stands for, and how it is made from the bits of a code. The byte is base + the plane_step of
/// each bit that is 1, modulo 256.
struct byte_codes {
  int step = 1;
  int offset = 0;
  int base = 0;
  std::array<int, 8> plane_step{};

  [[nodiscard]] constexpr int value(int byte) const noexcept { return step * byte + offset; }
  /// The bytes of the extreme values of the format.
  [[nodiscard]] constexpr int smallest(const code_format& f) const noexcept {
    return (f.smallest - offset) / step;
  }
  [[nodiscard]] constexpr int largest(const code_format& f) const noexcept {
    return (f.largest - offset) / step;
  }
};

/// 2 if all values have the same parity, else 1.
[[nodiscard]] constexpr int value_step(const code_format& f) noexcept {
  for (const int w : f.weight)
    if (w % 2 != 0) return 1;
  return 2;
}

[[nodiscard]] constexpr byte_codes bytes_from(const code_format& f, int step, int offset) noexcept {
  byte_codes out{step, offset, (f.offset - offset) / step, {}};
  for (std::size_t i = 0; i < f.weight.size(); ++i) out.plane_step[i] = f.weight[i] / step;
  return out;
}

/// The signed bytes of a left operand.
[[nodiscard]] constexpr byte_codes signed_bytes(const code_format& f) noexcept {
  if (f.smallest >= -128 && f.largest <= 127) return bytes_from(f, 1, 0);
  const int step = value_step(f);
  return bytes_from(f, step, f.smallest + 128 * step);
}
/// The unsigned bytes of a right operand.
[[nodiscard]] constexpr byte_codes unsigned_bytes(const code_format& f) noexcept {
  return bytes_from(f, value_step(f), f.smallest);
}

/// The bits of a panel's byte that a value of a right operand takes: 1, 2, 4 or 8.
[[nodiscard]] constexpr int field_bits(index_t plane_count) noexcept {
  return plane_count <= 2 ? static_cast<int>(plane_count) : plane_count <= 4 ? 4 : 8;
}

/// The same, but whole bytes where the elements of a word fill half a block of smaller fields, or less. Smaller fields
/// would save bytes of a panel there, and no product.
[[nodiscard]] constexpr int field_bits(index_t plane_count, index_t word_depth) noexcept {
  const int bits = field_bits(plane_count);
  return word_depth <= 16 / bits ? 8 : bits;
}

/// True if the values of a left operand are signed bytes.
[[nodiscard]] constexpr bool fits_signed_bytes(const code_format& f) noexcept {
  return f.kind == code_kind::integers && (f.largest - f.smallest) / value_step(f) <= 255;
}
/// True if those of a right operand fit the fields of its panels.
[[nodiscard]] constexpr bool fits_fields(const code_format& f) noexcept {
  return f.kind == code_kind::integers &&
         (f.largest - f.smallest) / value_step(f) < 1 << field_bits(f.plane_count);
}

}  // namespace detail::encoding
LOWBIT_END

#endif
