// lowbit/quantize/granularity.hpp – which elements of a matrix share one scale.
//
// A weight matrix is (outputs x depth), an activation matrix (tokens x depth); depth runs along rows.
//
//     per::tensor      one scale for all
//     per::row         one per row: per output channel of weights
//     per::token       one per row: the same map, for activations
//     per::group<N>    one per N consecutive elements along depth; the last group of a row may be shorter. In
//                      packed form every group starts at a word boundary.
//     per::pixel<C>    the same groups, but all rows share the scale of a group: with depth in the order (height,
//                      width, channel) of a kernel of C channels, one scale per pixel of the kernel
//     per::kernel_row<C, W>   groups of C * W: one scale per row of the kernel, shared by all rows of the matrix
#ifndef LOWBIT_QUANTIZE_GRANULARITY_HPP
#define LOWBIT_QUANTIZE_GRANULARITY_HPP

#include "lowbit/core/types.hpp"
#include "lowbit/quantize/quantizer.hpp"

namespace lowbit {

/// One of the maps above. `group_size` is 0 where there are no groups along depth.
struct granularity {
  enum class map : std::uint8_t { tensor, row, token, group, pixel };
  map kind = map::tensor;
  index_t group_size = 0;

  /// True if depth is cut into groups.
  [[nodiscard]] LOWBIT_INLINE constexpr bool grouped() const noexcept {
    return kind == map::group || kind == map::pixel;
  }
  /// True if all rows share one scale, or one per group.
  [[nodiscard]] LOWBIT_INLINE constexpr bool shares_rows() const noexcept {
    return kind == map::tensor || kind == map::pixel;
  }
  /// Elements along depth that share a scale.
  [[nodiscard]] LOWBIT_INLINE constexpr index_t extent(index_t depth) const noexcept {
    return grouped() ? group_size : depth;
  }

  LOWBIT_INLINE friend constexpr bool operator==(granularity a, granularity b) noexcept {
    return a.kind == b.kind && a.group_size == b.group_size;
  }
};

}  // namespace lowbit

LOWBIT_BEGIN
namespace per {

inline constexpr granularity tensor{granularity::map::tensor, 0};
inline constexpr granularity row{granularity::map::row, 0};
inline constexpr granularity token{granularity::map::token, 0};
/// N >= 1 consecutive elements along depth. Multiples of 64 pack without gaps.
template <index_t N>
inline constexpr granularity group{granularity::map::group, N};
/// One per pixel of kernels with `Channels` channels.
template <index_t Channels>
inline constexpr granularity pixel{granularity::map::pixel, Channels};
/// One per row of kernels with `Channels` channels that are `Width` wide.
template <index_t Channels, index_t Width>
inline constexpr granularity kernel_row{granularity::map::pixel, Channels* Width};

}  // namespace per

/// A quantizer and the granularity to fit it with: quantize(per_group(twn{}, per::row), weights).
template <fitted Q>
struct per_group {
  Q prototype;
  granularity grain;
  constexpr per_group(Q q, granularity g) : prototype(q), grain(g) {
    if (g.grouped() && g.group_size < 1)
      detail::fail("per_group: a group of %td elements: it must have at least 1", g.group_size);
  }
};

LOWBIT_END

#endif
