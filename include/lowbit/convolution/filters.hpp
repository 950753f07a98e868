// lowbit/convolution/filters.hpp – filters: which serve a window, and how they become rows of a product.
//
// Operations, layers and loaders of files refuse the same filters with the same words.
#ifndef LOWBIT_CONVOLUTION_FILTERS_HPP
#define LOWBIT_CONVOLUTION_FILTERS_HPP

#include <cstring>

#include "lowbit/convolution/geometry.hpp"
#include "lowbit/encoding/product_rule.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::convolution {

/// What is wrong with packed filters for a convolution of such images, or nothing; `limit` bounds the window.
[[nodiscard]] inline reason filters_problem(const code_format& images, const code_format& filters,
                                            const geometry& g, depth_layout layout,
                                            index_t limit = largest_size) noexcept {
  for (const code_format* const f : {&images, &filters})
    if (f->kind != code_kind::integers)
      return make_reason("codes of %s do not stand for integers: convolve their planes", f->name);
  const index_t most = encoding::depth_bound(images, filters);
  if (const reason why = g.problem(limit)) return why;
  const index_t channels = g.filters().channels;
  if (!(layout == depth_layout(channels)))
    return make_reason(
        "filters of %td channels are packed in segments of %td: pack them without gaps", channels,
        layout.segment());
  if (channels > most / g.over().taps())
    return make_reason(
        "%tdx%td taps of %td channels: sums of %s x %s fit 32 bits only up to %td products",
        g.over().vertical.size, g.over().horizontal.size, channels, images.name, filters.name,
        most);
  return {};
}

/// The filters of one group as rows: taps in order, the channels of each tap from a word on.
[[nodiscard]] inline packed_matrix<any_encoding> rows_of_filters(
    const packed_tensor_view<any_encoding>& filters) {
  const tensor_shape s = filters.shape();
  packed_matrix<any_encoding> rows(filters.format(), s.batch, s.height * s.width * s.channels,
                                   s.channels);
  const index_t words = filters.layout().words();
  if (words == 0) return rows;
  for (index_t o = 0; o < s.batch; ++o)
    for (index_t t = 0; t < s.height * s.width; ++t)
      for (int p = 0; p < filters.plane_count(); ++p)
        std::memcpy(rows.mutable_row(o) + p * rows.plane_stride() + t * words,
                    filters.pixel(o, t / s.width, t % s.width) + p * filters.plane_stride(),
                    static_cast<std::size_t>(words) * sizeof(word));
  return rows;
}

}  // namespace detail::convolution
LOWBIT_END

#endif
