// Convolution from its definition: seven loops over integers. No bits, no padding in memory, and only the types of
// the library.
#pragma once

#include <ostream>

#include "lowbit/core/window.hpp"
#include "support/random_codes.hpp"

namespace test {

using lowbit::tensor_shape;
using lowbit::window;

/// One convolution to check: images, output channels, window, groups.
struct conv_case {
  tensor_shape in;
  index_t out_channels;
  window w;
  index_t groups = 1;
};

inline std::ostream& operator<<(std::ostream& out, const conv_case& c) {
  const auto axis = [&](const lowbit::window_axis& a) {
    out << a.size << " s" << a.stride << " d" << a.dilation << " b" << a.before << '+' << a.after;
  };
  out << c.in.batch << 'x' << c.in.height << 'x' << c.in.width << 'x' << c.in.channels << " to "
      << c.out_channels << ", window (";
  axis(c.w.vertical);
  out << ", ";
  axis(c.w.horizontal);
  return out << "), groups " << c.groups;
}

/// A row for each output pixel, a column for each output channel. Integers are rows of pixels: images
/// (n, y, x) and filters (o, i, j). Outputs are found by trying, not by a formula.
inline lowbit::matrix<std::int64_t> naive_conv(const lowbit::matrix<std::int32_t>& images,
                                               const lowbit::matrix<std::int32_t>& filters,
                                               const conv_case& c, int beyond) {
  const auto count = [](const lowbit::window_axis& a, index_t n) {
    index_t outputs = 0;
    while (outputs * a.stride + (a.size - 1) * a.dilation < n + a.before + a.after) ++outputs;
    return outputs;
  };
  const index_t height = count(c.w.vertical, c.in.height),
                width = count(c.w.horizontal, c.in.width);
  const index_t in_each = c.in.channels / c.groups, out_each = c.out_channels / c.groups;
  lowbit::matrix<std::int64_t> out(c.in.batch * height * width, c.out_channels);
  for (index_t n = 0; n < c.in.batch; ++n)
    for (index_t y = 0; y < height; ++y)
      for (index_t x = 0; x < width; ++x)
        for (index_t o = 0; o < c.out_channels; ++o) {
          std::int64_t sum = 0;
          for (index_t i = 0; i < c.w.vertical.size; ++i)
            for (index_t j = 0; j < c.w.horizontal.size; ++j) {
              const index_t from_y =
                  y * c.w.vertical.stride + i * c.w.vertical.dilation - c.w.vertical.before;
              const index_t from_x =
                  x * c.w.horizontal.stride + j * c.w.horizontal.dilation - c.w.horizontal.before;
              const bool inside =
                  from_y >= 0 && from_y < c.in.height && from_x >= 0 && from_x < c.in.width;
              for (index_t k = 0; k < in_each; ++k) {
                const int weight =
                    filters((o * c.w.vertical.size + i) * c.w.horizontal.size + j, k);
                const int pixel = inside ? images((n * c.in.height + from_y) * c.in.width + from_x,
                                                  o / out_each * in_each + k)
                                         : beyond;
                sum += std::int64_t{weight} * pixel;
              }
            }
          out((n * height + y) * width + x, o) = sum;
        }
  return out;
}
template <class A, class W>
lowbit::matrix<std::int64_t> naive_conv(const lowbit::matrix<code_t>& images,
                                        const lowbit::matrix<code_t>& filters, const conv_case& c,
                                        int beyond) {
  return naive_conv(meanings<A>(images), meanings<W>(filters), c, beyond);
}

}  // namespace test
