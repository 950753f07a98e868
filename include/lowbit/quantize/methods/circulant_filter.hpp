// lowbit/quantize/methods/circulant_filter.hpp – rotated copies of one 3x3 filter.
//
// Eight weights surround the centre of a 3x3 filter. A rotation by 45 degrees moves each to the place of its neighbour:
//
//     1 2 3         4 1 2         7 4 1
//     4 5 6   -->   7 5 3   -->   8 5 2   --> ...          the ring clockwise from the top left corner,
//     7 8 9         8 9 6         9 6 3                    the centre stays
//
// Eight rotated copies of one trained filter (four by 90 degrees) form a group of filters that detects a pattern in any
// direction. They are binarized after the expansion. Circulant back-propagation rotates the gradient of each copy back
// and adds the results.
//
// Source: Liu et al., "Circulant binary convolutional networks", arXiv:1910.10853, section 3.
#ifndef LOWBIT_QUANTIZE_METHODS_CIRCULANT_FILTER_HPP
#define LOWBIT_QUANTIZE_METHODS_CIRCULANT_FILTER_HPP

#include <array>
#include <span>

#include "lowbit/core/matrix.hpp"
#include "lowbit/quantize/quantizer.hpp"

LOWBIT_BEGIN
namespace detail::quantizers {

/// The places of the ring in a row-major 3x3 filter, clockwise from the top left corner.
inline constexpr std::array<std::size_t, 8> filter_ring{0, 1, 2, 5, 8, 7, 6, 3};

inline index_t circulant_step(index_t copies) {
  if (copies != 4 && copies != 8)
    fail("circulant_filter: %td copies: it must be 4 (90 degrees apart) or 8 (45)", copies);
  return 8 / copies;
}

}  // namespace detail::quantizers

/// The place (0 ... 8, row-major) to which a rotation clockwise by `steps` times 45 degrees (>= 0) moves a weight.
[[nodiscard]] constexpr std::size_t turned_place(std::size_t place, index_t steps) noexcept {
  const auto& ring = detail::quantizers::filter_ring;
  for (std::size_t i = 0; i < 8; ++i)
    if (ring[i] == place) return ring[(i + static_cast<std::size_t>(steps)) % 8];
  return place;
}

/// A 3x3 filter rotated clockwise by `steps` times 45 degrees (>= 0).
[[nodiscard]] constexpr std::array<float, 9> turned_filter(std::span<const float, 9> filter,
                                                           index_t steps) noexcept {
  std::array<float, 9> out{};
  for (std::size_t i = 0; i < 9; ++i) out[turned_place(i, steps)] = filter[i];
  return out;
}

/// The rotated copies, one per row: a copies x 9 matrix. Errors: copies is neither 4 nor 8.
[[nodiscard]] inline matrix<float> circulant_filter(std::span<const float, 9> filter,
                                                    index_t copies = 8) {
  const index_t step = detail::quantizers::circulant_step(copies);
  matrix<float> out(copies, 9);
  for (index_t r = 0; r < copies; ++r) {
    const std::array<float, 9> turned = turned_filter(filter, r * step);
    for (std::size_t i = 0; i < 9; ++i) out(r, static_cast<index_t>(i)) = turned[i];
  }
  return out;
}

/// dL/dfilter from the gradient of every copy (copies x 9): each rotated back, added in order in double.
/// Errors: the shape is neither 4x9 nor 8x9.
[[nodiscard]] inline std::array<float, 9> circulant_gradient(matrix_view<const float> upstream) {
  if (upstream.cols() != 9)
    detail::fail("circulant_gradient: upstream is %tdx%td: it must have 9 columns", upstream.rows(),
                 upstream.cols());
  const index_t step = detail::quantizers::circulant_step(upstream.rows());
  std::array<double, 9> sum{};
  for (index_t r = 0; r < upstream.rows(); ++r) {
    const auto back =
        turned_filter(std::span<const float, 9>(upstream.row(r).data(), 9), 8 - r * step);
    for (std::size_t i = 0; i < 9; ++i) sum[i] += static_cast<double>(back[i]);
  }
  std::array<float, 9> out{};
  for (std::size_t i = 0; i < 9; ++i) out[i] = static_cast<float>(sum[i]);
  return out;
}

LOWBIT_END

#endif
