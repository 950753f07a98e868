// lowbit/convolution/filters.hpp – filters: which serve a window, and how they become rows of a product.
//
// Operations, layers and files ask the same questions, and refuse with the same words.
#ifndef LOWBIT_CONVOLUTION_FILTERS_HPP
#define LOWBIT_CONVOLUTION_FILTERS_HPP

#include <cstring>

#include "lowbit/core/reason.hpp"
#include "lowbit/core/window.hpp"
#include "lowbit/encoding/product_rule.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// Why filters of this shape have not the size of a window, if they have not.
[[nodiscard]] inline reason size_problem(tensor_shape f, const window& w) noexcept {
  if (f.height == w.vertical.size && f.width == w.horizontal.size) return {};
  return make_reason("filters of %tdx%td for a window of %tdx%td", f.height, f.width,
                     w.vertical.size, w.horizontal.size);
}

/// Why packed filters of W do not serve a convolution of codes of A, if they do not. The window's sizes are
/// right.
template <plane_code A, plane_code W>
[[nodiscard]] reason filters_problem(tensor_shape f, depth_layout layout, const window& w,
                                     index_t groups) noexcept {
  static constexpr product_rule rule = multiply<A, W>();
  if (const reason why = size_problem(f, w)) return why;
  if (groups < 1 || f.batch % groups != 0)
    return make_reason("%td groups for %td output channels: they must divide them", groups,
                       f.batch);
  if (!(layout == depth_layout(f.channels)))
    return make_reason(
        "filters of %td channels are packed in segments of %td: pack them without gaps", f.channels,
        layout.segment());
  if (f.channels > rule.max_depth / w.taps())
    return make_reason(
        "%tdx%td taps of %td channels: sums of %s x %s fit 32 bits only up to %td products",
        w.vertical.size, w.horizontal.size, f.channels, A::name, W::name, rule.max_depth);
  return {};
}

/// The filters of one group as rows: taps in order, the channels of each from a word on.
template <class W>
[[nodiscard]] packed_matrix<W> rows_of_filters(packed_tensor_view<W> filters) {
  const tensor_shape s = filters.shape();
  packed_matrix<W> rows(s.batch, s.height * s.width * s.channels, s.channels);
  const index_t words = filters.layout().words();
  if (words == 0) return rows;
  for (index_t o = 0; o < s.batch; ++o)
    for (index_t t = 0; t < s.height * s.width; ++t)
      for (int p = 0; p < W::plane_count; ++p)
        std::memcpy(rows.mutable_row(o) + p * rows.plane_stride() + t * words,
                    filters.pixel(o, t / s.width, t % s.width) + p * filters.plane_stride(),
                    static_cast<std::size_t>(words) * sizeof(word));
  return rows;
}

}  // namespace detail::convolution
LOWBIT_END

#endif
