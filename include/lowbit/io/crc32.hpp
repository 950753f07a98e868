// lowbit/io/crc32.hpp – the checksum of saved networks: CRC-32 as in Ethernet, zlib and PNG.
//
// The remainder of the message as a polynomial over GF(2), divided by
//
//     x^32 + x^26 + x^23 + x^22 + x^16 + x^12 + x^11 + x^10 + x^8 + x^7 + x^5 + x^4 + x^2 + x + 1
//
// Bits are taken least significant first (0xEDB88320). The remainder starts with ones and is inverted at the end. It
// finds every error of up to 32 consecutive bits, so every changed byte. It is no signature: a file can be changed
// together with its sum. So loaders check every field even if the sum is right.
//
// Source: ISO/IEC 13239 (HDLC), RFC 1952 section 8; "CRC-32/ISO-HDLC" in the catalogue of parametrised CRC
// algorithms: the sum of "123456789" is 0xCBF43926.
#ifndef LOWBIT_IO_CRC32_HPP
#define LOWBIT_IO_CRC32_HPP

#include <array>
#include <cstddef>
#include <span>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::io {

/// The remainder of each byte.
inline constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0xEDB88320u : 0);
    table[byte] = rest;
  }
  return table;
}();

/// CRC-32 of some bytes.
[[nodiscard]] constexpr std::uint32_t crc32(std::span<const std::byte> bytes) noexcept {
  std::uint32_t rest = 0xFFFFFFFFu;
  for (const std::byte b : bytes)
    rest = (rest >> 8) ^ crc_table[(rest ^ std::to_integer<std::uint32_t>(b)) & 255];
  return ~rest;
}

}  // namespace detail::io
LOWBIT_END

#endif
