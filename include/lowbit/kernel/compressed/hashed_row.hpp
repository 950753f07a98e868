// lowbit/kernel/compressed/hashed_row.hpp – rows of a matrix whose elements are found by a hash of their position.
//
//     h        = XXH32 of (row, column) with a seed                    core/xxh32.hpp
//     bucket   = (h * buckets) / 2^32, rounded down                    which shared value
//     sign     = -1 if the lowest bit of h is 1, else 1                the sign hash
//     element  = sign * values[bucket]
//
// The bucket comes from the upper bits of h and the sign from its lowest bit. Below 2^20 buckets the two depend on each
// other by less than one part in 2^11. Signs make the products of two rows unbiased, whatever buckets they share.
//
// Values that files rely on, for 1000 buckets and seed 0: element (0, 0) is -values[869], (0, 1) is +values[851], (1, 0)
// is -values[34].
//
// Source: Chen et al., "Compressing neural networks with the hashing trick", arXiv:1504.04788, equations 3 and 7. The
// paper takes xxHash, too. How buckets and signs come out of one hash is ours.
#ifndef LOWBIT_KERNEL_COMPRESSED_HASHED_ROW_HPP
#define LOWBIT_KERNEL_COMPRESSED_HASHED_ROW_HPP

#include "lowbit/arch/run_on.hpp"
#include "lowbit/core/float_bits.hpp"
#include "lowbit/core/xxh32.hpp"

LOWBIT_BEGIN
namespace detail::kernel {

/// Which shared value an element has, and its sign bit.
struct hashed_place {
  std::uint32_t bucket;
  std::uint32_t flip;  ///< 0x80000000 for a minus
};

[[nodiscard]] LOWBIT_INLINE constexpr hashed_place hashed_place_of(std::uint32_t row,
                                                                   std::uint32_t col,
                                                                   std::uint32_t seed,
                                                                   std::uint32_t buckets) noexcept {
  const std::uint32_t h = xxh32_of_pair(row, col, seed);
  return {static_cast<std::uint32_t>(std::uint64_t{h} * buckets >> 32), h << 31};
}

/// out[i] = element (row, first + i) for i in [0, n): n hashes, then n look-ups.
template <class Tag>
void decode_hashed(Tag tag, const float* values, std::uint32_t buckets, std::uint32_t seed,
                   index_t row, index_t first, index_t n, float* out) noexcept {
  arch::run_on(tag, [&]() LOWBIT_INLINE_LAMBDA {
    for (index_t i = 0; i < n; ++i) {
      const hashed_place at = hashed_place_of(static_cast<std::uint32_t>(row),
                                              static_cast<std::uint32_t>(first + i), seed, buckets);
      out[i] = float_of(bits_of(values[at.bucket]) ^ at.flip);
    }
  });
}

}  // namespace detail::kernel
LOWBIT_END

#endif
