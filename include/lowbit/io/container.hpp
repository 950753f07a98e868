// lowbit/io/container.hpp – the file of a packed network, byte by byte.
//
// All numbers are little-endian, whatever the machine; floats are IEEE 754 bits.
//
//     0   8  89 'L' 'B' 'N' 0D 0A 1A 0A    the signature: not text, and hurt by what hurts line ends
//     8   2  version (1)
//     10  1  bit order (0: element k of a plane is bit k mod 64 of word k / 64)
//     11  1  bits of a word (64)
//     12  4  0
//     16  8  bytes of the body
//     24  4  CRC-32 of the body            io/crc32.hpp
//     28  4  CRC-32 of bytes 0 ... 27
//     32  n  body: records, and nothing behind them
//
//     record    8 bytes of name (cut, or zeros behind it), then its fields in order:
//     integer   8 bytes, two's complement
//     constant  a record name and an integer, both known from the type: an encoding and its planes
//     window    10 integers: size, stride, dilation, before, after; down, across
//     floats    their count, 4 bytes each
//     images    batch, height, width, channels (each at least 1), 4 bytes per element, NHWC
//     codes     batch, height, width, channels (each at least 1), words pixel by pixel, plane by plane
//     format    integers: kind (0 integers, 1 planes, 2 indices), planes, offset, 8 weights; 4 words: bit c says that c is
//               a code. All 0: no codes
//     levels    a format, integers: elements of a group (0: all), 1 if each row has its own, else 0; floats
//     boundaries    a count of lists; each floats, then 1 byte for each code, one more than floats, and 1 byte for the
//               code of NaN
//     thresholds    their count, 4 bytes a bound, ceil(count / 64) words of flips
//     repeat    a record name and the number of layers (at least 1), then the records of each layer
//     batch norm    its channels, then all means, all scales, all betas
//     sparse        a sparse matrix with a codebook: tensor/sparse_fields.hpp
//     row-coded     codes with levels per row: tensor/row_coded.hpp
//
// There is one file for a network: unused bits are zero, so what was loaded saves to the same bytes.
#ifndef LOWBIT_IO_CONTAINER_HPP
#define LOWBIT_IO_CONTAINER_HPP

#include <cstddef>
#include <cstring>
#include <span>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::io {

inline constexpr unsigned char signature[8] = {0x89, 'L', 'B', 'N', 0x0D, 0x0A, 0x1A, 0x0A};
inline constexpr std::uint64_t version = 1;
inline constexpr std::size_t header_bytes = 32;
inline constexpr std::size_t name_bytes = 8;
/// Elements along one axis of a stored tensor: the product of two fits 64 bits.
inline constexpr std::int64_t largest_axis = std::int64_t{1} << 31;

/// The lowest `count` bytes of n at `to`, the least significant first.
inline void put_little(std::byte* to, std::uint64_t n, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<std::byte>(n >> 8 * i & 255);
}
[[nodiscard]] inline std::uint64_t take_little(const std::byte* from, std::size_t count) noexcept {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < count; ++i) n |= std::to_integer<std::uint64_t>(from[i]) << 8 * i;
  return n;
}

}  // namespace detail::io
LOWBIT_END

#endif
