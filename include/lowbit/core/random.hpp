// lowbit/core/random.hpp – random numbers as a function of a position.
//
// A stream has no state: number i of a stream is a bijective scrambling of i under the key (seed, stream). So
// any thread may compute any number, in any order, and a tensor has the same bytes on one thread and on seven.
//
// The scrambling is Philox4x32-10 with its published constants. Source: Salmon, Moraes, Dror, Shaw: "Parallel random
// numbers: as easy as 1, 2, 3", SC'11, section 4.3 and table 2. The tests compare it with the known answers that the
// authors distribute with Random123.
#ifndef LOWBIT_CORE_RANDOM_HPP
#define LOWBIT_CORE_RANDOM_HPP

#include <array>

#include "lowbit/core/types.hpp"

LOWBIT_BEGIN

namespace detail::core {

/// One round on a counter of four words.
LOWBIT_INLINE constexpr void philox_round(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c,
                                          std::uint32_t& d, std::uint32_t key0,
                                          std::uint32_t key1) noexcept {
  const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * a, p1 = std::uint64_t{0xCD9E8D57u} * c;
  a = static_cast<std::uint32_t>(p1 >> 32) ^ b ^ key0;
  b = static_cast<std::uint32_t>(p1);
  c = static_cast<std::uint32_t>(p0 >> 32) ^ d ^ key1;
  d = static_cast<std::uint32_t>(p0);
}

inline constexpr int philox_rounds = 10;
inline constexpr std::uint32_t philox_key0 = 0x9E3779B9u, philox_key1 = 0xBB67AE85u;

}  // namespace detail::core

/// Philox4x32-10: four 32-bit numbers from a 128-bit counter and a 64-bit key.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox4x32(
    std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) noexcept {
  for (int round = 0; round < detail::core::philox_rounds; ++round) {
    detail::core::philox_round(counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
    key = {key[0] + detail::core::philox_key0, key[1] + detail::core::philox_key1};
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
    return block(position / 4)[position % 4];
  }

  /// A uniform float in [0, 1): a multiple of 2^-24, never 1.
  [[nodiscard]] constexpr float uniform(index_t i) const noexcept { return unit(bits(i)); }

  /// out[i] = bits(first + i) for i in [0, 64), in an eighth of the time of 64 calls. Sixteen counters give
  /// four numbers each, in loops that compilers vectorize. If first is no multiple of 4, a seventeenth counter
  /// gives the last few.
  LOWBIT_INLINE constexpr void many_bits(index_t first, std::uint32_t (&out)[64]) const noexcept {
    constexpr std::size_t blocks = 16;
    const std::uint64_t counter = static_cast<std::uint64_t>(first) / 4;
    const auto skip = static_cast<std::size_t>(first % 4);
    std::uint32_t a[blocks], b[blocks], c[blocks], d[blocks];
    for (std::size_t l = 0; l < blocks; ++l) {
      a[l] = low(counter + l);
      b[l] = high(counter + l);
      c[l] = low(stream_);
      d[l] = high(stream_);
    }
    std::uint32_t key0 = low(seed_), key1 = high(seed_);
    for (int round = 0; round < detail::core::philox_rounds; ++round) {
      for (std::size_t l = 0; l < blocks; ++l)
        detail::core::philox_round(a[l], b[l], c[l], d[l], key0, key1);
      key0 += detail::core::philox_key0;
      key1 += detail::core::philox_key1;
    }
    std::uint32_t all[64 + 4];
    for (std::size_t l = 0; l < blocks; ++l) {
      all[4 * l] = a[l];
      all[4 * l + 1] = b[l];
      all[4 * l + 2] = c[l];
      all[4 * l + 3] = d[l];
    }
    const auto last = skip == 0 ? std::array<std::uint32_t, 4>{} : block(counter + blocks);
    for (std::size_t i = 0; i < 4; ++i) all[64 + i] = last[i];
    for (std::size_t i = 0; i < 64; ++i) out[i] = all[skip + i];
  }

  /// out[i] = uniform(first + i) for i in [0, 64), as many_bits().
  LOWBIT_INLINE constexpr void uniforms(index_t first, float (&out)[64]) const noexcept {
    std::uint32_t all[64];
    many_bits(first, all);
    for (std::size_t i = 0; i < 64; ++i) out[i] = unit(all[i]);
  }

 private:
  [[nodiscard]] static constexpr std::uint32_t low(std::uint64_t x) noexcept {
    return static_cast<std::uint32_t>(x);
  }
  [[nodiscard]] static constexpr std::uint32_t high(std::uint64_t x) noexcept {
    return static_cast<std::uint32_t>(x >> 32);
  }
  /// Numbers 4 * counter ... 4 * counter + 3.
  [[nodiscard]] constexpr std::array<std::uint32_t, 4> block(std::uint64_t counter) const noexcept {
    return philox4x32({low(counter), high(counter), low(stream_), high(stream_)},
                      {low(seed_), high(seed_)});
  }
  [[nodiscard]] static constexpr float unit(std::uint32_t bits) noexcept {
    return static_cast<float>(bits >> 8) * 0x1p-24f;
  }

  std::uint64_t seed_;
  std::uint64_t stream_;
};

LOWBIT_END

#endif
