// lowbit/quantize/fit/monotone.hpp – a formula of few bits, turned into the staircase that it is.
//
// A quantizer whose code never goes back as x grows says so:
//
//     static constexpr bool rising = true;
//
// Each of its codes then belongs to one interval of numbers, and up to 5 bits these intervals are found by
// bisection over the floats, 32 calls of encode() a boundary, whatever the formula is: a division in
// double, a rounding by name, a logarithm. The staircase has the same codes bit for bit, since it asks
// the formula itself, and is searched several times faster than a division takes (simd/multi_thresholds.hpp).
// What it costs is the search for 2^K - 1 boundaries, as much as the codes of 32 * 2^K numbers one by one:
// encode() (encode/encode.hpp) takes this way for more than worth_a_staircase numbers.
//
// NaN has a code of its own: what the formula gives it.
#ifndef LOWBIT_QUANTIZE_FIT_MONOTONE_HPP
#define LOWBIT_QUANTIZE_FIT_MONOTONE_HPP

#include "lowbit/encoding/codebook.hpp"
#include "lowbit/quantize/fit/staircase.hpp"

LOWBIT_BEGIN

/// Has a formula that rises, of at most 5 bits, and no comparisons of its own.
template <class Q>
concept rising_quantizer = deterministic_quantizer<Q> && !comparing_quantizer<Q> && Q::monotone &&
                           Q::encoding::plane_count <= 5;

namespace detail::quantizers {

/// From how many numbers on the boundaries are worth their search.
inline constexpr index_t worth_a_staircase = 2048;

/// What a rising quantizer of K bits does to numbers, without its formula: one type for all of them, so
/// that the kernels are compiled once for each K. What the codes stand for is not its business.
template <int K>
class boundary_encoder {
 public:
  using encoding = codebook<K>;  // any with K planes

  template <class Q>
  explicit boundary_encoder(const Q& q) noexcept : nan_code_(q.encode(float_of(0x7fc00000u))) {
    constexpr std::int64_t lowest = -0x7f800001, highest = 0x7f800000;  // -inf and +inf
    std::int64_t from = lowest;
    code_t code = q.encode(float_at(lowest));
    const code_t last = q.encode(float_at(highest));
    stairs_.set(0, 0, code);
    for (std::size_t rank = 1; code != last && rank < staircase<K>::size; ++rank) {
      std::int64_t same = from, other = highest;
      while (other - same > 1) {
        const std::int64_t middle = same + (other - same) / 2;
        (q.encode(float_at(middle)) == code ? same : other) = middle;
      }
      from = other;
      code = q.encode(float_at(from));
      stairs_.set(rank, float_at(from), code);
    }
  }
  [[nodiscard]] LOWBIT_INLINE constexpr code_t encode(float x) const noexcept {
    return code_of(planes(one_float{x}));
  }
  template <class Numbers>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Numbers x) const noexcept {
    auto bits = x.search(stairs_);
    if (nan_code_ != stairs_.codes[0]) {
      const auto number = x.at_least(float_of(0xff800000u));  // -inf
      for (std::size_t p = 0; p < bits.size(); ++p)
        bits[p] = (nan_code_ >> p & 1) != 0 ? bits[p] | ~number : bits[p] & number;
    }
    return bits;
  }

 private:
  code_t nan_code_;
  staircase<K> stairs_;
};

}  // namespace detail::quantizers
LOWBIT_END

#endif
