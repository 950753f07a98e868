// lowbit/quantize/fit/monotone.hpp – the boundaries of a formula of few bits.
//
// If codes never fall as x grows, each code belongs to one interval of floats. A quotient has this property, and
// any other quantizer says that it has:
//
//     static constexpr bool monotone = true;
//
// Up to 5 bits, these intervals are found by bisection over the floats: 32 calls of encode() per boundary, whatever
// the formula is. The resulting staircase asks the formula itself, so it has the same codes bit for bit. A search in
// it is several times faster than a division (simd/multi_thresholds.hpp). Finding its 2^K - 1 boundaries
// costs as much as the codes of 32 * 2^K floats one by one. So encode() (encode/encode.hpp) does this for more than
// worth_a_staircase floats.
//
// NaN has a code of its own: what the formula gives it.
#ifndef LOWBIT_QUANTIZE_FIT_MONOTONE_HPP
#define LOWBIT_QUANTIZE_FIT_MONOTONE_HPP

#include "lowbit/encoding/codebook.hpp"
#include "lowbit/quantize/fit/staircase.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN

/// Has a monotone formula of at most 5 bits, and no comparisons of its own.
template <class Q>
concept monotone_quantizer =
    deterministic_quantizer<Q> && !comparing_quantizer<Q> && (Q::encoding::plane_count <= 5) &&
    (quotient_quantizer<Q> || requires { requires Q::monotone; });

namespace detail::quantizers {

/// From how many floats on the boundaries are worth their search.
inline constexpr index_t worth_a_staircase = 2048;

/// The boundaries of any monotone quantizer of K bits: one type per K, so that the kernels are compiled once per K. It
/// does not know what the codes stand for.
template <int K>
class boundary_encoder {
 public:
  using encoding = codebook<K>;  // any with K planes

  template <class Q>
  explicit boundary_encoder(const Q& q) noexcept
      : nan_code_(lowbit::encode(q, float_of(0x7fc00000u))) {
    constexpr std::int64_t lowest = -0x7f800001, highest = 0x7f800000;  // -inf and +inf
    std::int64_t from = lowest;
    code_t code = lowbit::encode(q, float_at(lowest));
    const code_t last = lowbit::encode(q, float_at(highest));
    stairs_.set(0, 0, code);
    for (std::size_t rank = 1; code != last && rank < staircase<K>::size; ++rank) {
      std::int64_t same = from, other = highest;
      while (other - same > 1) {
        const std::int64_t middle = same + (other - same) / 2;
        (lowbit::encode(q, float_at(middle)) == code ? same : other) = middle;
      }
      from = other;
      code = lowbit::encode(q, float_at(from));
      stairs_.set(rank, float_at(from), code);
    }
  }
  template <class Floats>
  [[nodiscard]] LOWBIT_INLINE constexpr auto planes(Floats x) const noexcept {
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
