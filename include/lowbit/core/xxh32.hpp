// lowbit/core/xxh32.hpp – XXH32, a fast hash of bytes that is the same everywhere.
//
// Hashed weights (tensor/hashed_matrix.hpp) are found by a hash of their position. A file of such weights means the same
// on every machine only if the hash is fixed. So this one has a published definition and published values:
//
//     XXH32("", 0) = 02cc5d05      XXH32("abc", 0) = 32d153ff
//     XXH32("Nobody inspects the spammish repetition", 0) = e2293b2f
//
// It is no cryptographic hash. Source: Collet, "xxHash fast digest algorithm", version 0.1.1, section "XXH32".
#ifndef LOWBIT_CORE_XXH32_HPP
#define LOWBIT_CORE_XXH32_HPP

#include <bit>
#include <span>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN
namespace detail::core {

inline constexpr std::uint32_t xxh_prime1 = 0x9E3779B1u, xxh_prime2 = 0x85EBCA77u,
                               xxh_prime3 = 0xC2B2AE3Du, xxh_prime4 = 0x27D4EB2Fu,
                               xxh_prime5 = 0x165667B1u;

/// A step of four bytes behind the last whole 16.
[[nodiscard]] LOWBIT_INLINE constexpr std::uint32_t xxh_word(std::uint32_t sum,
                                                             std::uint32_t next) noexcept {
  sum += next * xxh_prime3;
  return (sum << 17 | sum >> 15) * xxh_prime4;
}
/// The last step.
[[nodiscard]] LOWBIT_INLINE constexpr std::uint32_t xxh_avalanche(std::uint32_t sum) noexcept {
  sum = (sum ^ sum >> 15) * xxh_prime2;
  sum = (sum ^ sum >> 13) * xxh_prime3;
  return sum ^ sum >> 16;
}

}  // namespace detail::core

/// The hash of some bytes.
[[nodiscard]] constexpr std::uint32_t xxh32(std::span<const std::uint8_t> bytes,
                                            std::uint32_t seed = 0) noexcept {
  using namespace detail::core;
  const auto number = [&](std::size_t at) {
    return std::uint32_t{bytes[at]} | std::uint32_t{bytes[at + 1]} << 8 |
           std::uint32_t{bytes[at + 2]} << 16 | std::uint32_t{bytes[at + 3]} << 24;
  };
  std::size_t at = 0;
  std::uint32_t sum = seed + xxh_prime5;
  if (bytes.size() >= 16) {
    std::uint32_t lane[4] = {seed + xxh_prime1 + xxh_prime2, seed + xxh_prime2, seed,
                             seed - xxh_prime1};
    for (; at + 16 <= bytes.size(); at += 16)
      for (std::size_t l = 0; l < 4; ++l) {
        const std::uint32_t next = lane[l] + number(at + 4 * l) * xxh_prime2;
        lane[l] = (next << 13 | next >> 19) * xxh_prime1;
      }
    sum = (lane[0] << 1 | lane[0] >> 31) + (lane[1] << 7 | lane[1] >> 25) +
          (lane[2] << 12 | lane[2] >> 20) + (lane[3] << 18 | lane[3] >> 14);
  }
  sum += static_cast<std::uint32_t>(bytes.size());
  for (; at + 4 <= bytes.size(); at += 4) sum = xxh_word(sum, number(at));
  for (; at < bytes.size(); ++at) {
    sum += bytes[at] * xxh_prime5;
    sum = (sum << 11 | sum >> 21) * xxh_prime1;
  }
  return xxh_avalanche(sum);
}

/// XXH32 of eight bytes: two 32-bit numbers, each with its lowest byte first. What hashes a position.
[[nodiscard]] LOWBIT_INLINE constexpr std::uint32_t xxh32_of_pair(std::uint32_t first,
                                                                  std::uint32_t second,
                                                                  std::uint32_t seed) noexcept {
  using namespace detail::core;
  return xxh_avalanche(xxh_word(xxh_word(seed + xxh_prime5 + 8, first), second));
}

LOWBIT_END

#endif
