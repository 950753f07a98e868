// Quantized convolutions with random codes and levels, of formats that are values.
#pragma once

#include "lowbit/encoding/codebook.hpp"
#include "lowbit/encoding/planes.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/network/quantized_conv2d_parameters.hpp"
#include "support/networks.hpp"

namespace test {

using namespace lowbit;

/// One format of each kind, and the ends of their widths.
inline const std::vector<code_format>& sampled_formats() {
  static const std::vector<code_format> all{format_of<binary>(),
                                            format_of<ternary>(),
                                            format_of<unsigned_bits<1>>(),
                                            format_of<unsigned_bits<2>>(),
                                            format_of<unsigned_bits<8>>(),
                                            format_of<signed_bits<2>>(),
                                            format_of<signed_bits<8>>(),
                                            format_of<bipolar_bits<2>>(),
                                            format_of<bipolar_bits<3>>(),
                                            format_of<planes<2>>(),
                                            format_of<planes<3, plane_kind::unipolar>>(),
                                            format_of<codebook<2>>(),
                                            format_of<codebook<3>>()};
  return all;
}

/// Codes, levels and everything else, drawn one after the other.
struct random_layers {
  floats numbers;

  int below(int n) { return static_cast<int>((numbers.one() + 1) / 2 * static_cast<float>(n)); }
  code_t code(const code_format& f) {
    for (;;)
      if (const auto c = static_cast<code_t>(below(1 << f.plane_count)); f.is_code(c)) return c;
  }
  packed_tensor<any_encoding> codes(const code_format& f, tensor_shape s) {
    packed_tensor<any_encoding> out(f, s);
    for (index_t r = 0; r < s.pixels(); ++r)
      for (index_t c = 0; c < s.channels; ++c) out.mutable_pixels().set_code(r, c, code(f));
    return out;
  }
  /// Levels of rows of this depth; `offset` 0: multiples of a scale.
  code_levels levels(const code_format& f, index_t rows, index_t depth, bool per_row, index_t group,
                     float offset) {
    code_levels out{f, group, per_row, {}};
    const auto sets = static_cast<std::size_t>((per_row ? rows : 1) * out.groups(depth));
    for (std::size_t i = 0; i < sets * out.set_size(); ++i)
      out.numbers.push_back(f.kind == code_kind::integers && i % 2 == 1 ? offset * numbers.one()
                                                                        : numbers.one());
    return out;
  }
  /// Boundaries of codes of f, between which its codes lie in an order of their own.
  next_codes next(const code_format& f) {
    next_codes out{f, {}};
    std::vector<code_t> all;
    for (int c = 0; c < 1 << f.plane_count; ++c)
      if (f.is_code(static_cast<code_t>(c))) all.push_back(static_cast<code_t>(c));
    for (std::size_t i = all.size(); i > 1; --i)
      std::swap(all[i - 1], all[static_cast<std::size_t>(below(static_cast<int>(i)))]);
    std::vector<float> from;
    for (std::size_t i = 1; i < all.size(); ++i)
      from.push_back(4 * (static_cast<float>(i) / static_cast<float>(all.size()) - 0.5f));
    out.boundaries = {code_boundaries(from, all, all[0])};
    return out;
  }
};

/// What the definition says in double: sums of the floats that the codes stand for.
inline double naive_sum(const quantized_conv2d_parameters& p, const packed_tensor<any_encoding>& x,
                        index_t n, index_t y, index_t col, index_t o) {
  const auto real = [](const code_levels& l, index_t row, index_t group, index_t depth,
                       code_t code) {
    if (l.format.kind == code_kind::indices)
      return static_cast<double>(l.scale(row, group, depth, code));
    double sum = static_cast<double>(l.offset(row, group, depth));
    if (l.format.kind == code_kind::integers)
      return sum + l.format.value(code) * static_cast<double>(l.scale(row, group, depth, 0));
    for (int i = 0; i < l.format.plane_count; ++i)
      sum += l.format.part().value(static_cast<code_t>(code >> i & 1)) *
             static_cast<double>(l.scale(row, group, depth, i));
    return sum;
  };
  const tensor_shape in = x.shape(), f = p.filters.shape();
  const index_t depth = p.depth();
  double sum = 0;
  for (index_t i = 0; i < f.height; ++i)
    for (index_t j = 0; j < f.width; ++j)
      for (index_t c = 0; c < f.channels; ++c) {
        const window_axis &v = p.over.vertical, &h = p.over.horizontal;
        const index_t row = y * v.stride + i * v.dilation - v.before,
                      column = col * h.stride + j * h.dilation - h.before;
        if (row < 0 || row >= in.height || column < 0 || column >= in.width) continue;
        const index_t k = (i * f.width + j) * f.channels + c;
        const index_t channel = o / (f.batch / p.groups) * f.channels + c;
        double value = real(p.inputs, channel, 0, 1, x.code(n, row, column, channel));
        if (!p.input_scale.empty())
          value *= static_cast<double>(p.input_scale[static_cast<std::size_t>(channel)]);
        if (!p.input_shift.empty())
          value += static_cast<double>(p.input_shift[static_cast<std::size_t>(channel)]);
        sum += value * real(p.weights, o, p.weights.group == 0 ? 0 : k / p.weights.group, depth,
                            p.filters.code(o, i, j, c));
      }
  return sum;
}

/// The codes as bytes.
inline image_tensor<code_t> bytes_of(const packed_tensor<any_encoding>& x) {
  image_tensor<code_t> out(x.shape());
  for (index_t r = 0; r < x.shape().pixels(); ++r)
    for (index_t c = 0; c < x.shape().channels; ++c)
      out.mutable_pixels()(r, c) = x.pixels().code(r, c);
  return out;
}

}  // namespace test
