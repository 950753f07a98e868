// lowbit/core/random.hpp – random numbers as a function of a position.
//
// A stream has no state: number i of a stream is a bijective scrambling of i under the key (seed,
// stream). So any thread may ask for any number, in any order, and a tensor quantized by seven
// threads has the bytes of one quantized by one.
//
// The scrambling is Philox4x32-10 with its published constants (Salmon, Moraes, Dror, Shaw:
// "Parallel random numbers: as easy as 1, 2, 3", SC'11, section 4.3 and table 2); the tests hold it to
// the known answers that the authors distribute with Random123.
#ifndef LOWBIT_CORE_RANDOM_HPP
#define LOWBIT_CORE_RANDOM_HPP

#include <array>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN

/// Philox4x32-10: four 32-bit numbers from a 128-bit counter and a 64-bit key.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox4x32(
    std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) noexcept {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {
        static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
        static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key = {key[0] + 0x9E3779B9u, key[1] + 0xBB67AE85u};
  }
  return counter;
}

/// An endless row of random numbers; number i depends on (seed, stream, i) and on nothing else.
class random_stream {
 public:
  constexpr explicit random_stream(std::uint64_t seed, std::uint64_t stream = 0) noexcept
      : seed_(seed), stream_(stream) {}

  /// 32 uniform bits for position i >= 0.
  [[nodiscard]] constexpr std::uint32_t bits(index_t i) const noexcept {
    const auto position = static_cast<std::uint64_t>(i);
    const auto block = philox4x32(
        {static_cast<std::uint32_t>(position >> 2), static_cast<std::uint32_t>(position >> 34),
         static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)},
        {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)});
    return block[position & 3];
  }

  /// A uniform float in [0, 1): a multiple of 2^-24, never 1.
  [[nodiscard]] constexpr float uniform(index_t i) const noexcept {
    return static_cast<float>(bits(i) >> 8) * 0x1p-24f;
  }

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
};

LOWBIT_END

#endif
