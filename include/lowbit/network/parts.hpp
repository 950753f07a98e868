// lowbit/network/parts.hpp – the operands of a quantized layer as sums of parts, and the pairs of them in order.
//
// A float of an operand is a sum over parts of coefficient * integer, and an offset:
//
//     integers        one part: the codes, with their scale
//     planes<M>       M parts: the planes, each with its coefficient
//     codebook<K>     one part per entry that is not 0: the 0/1 plane of "the code is c"
//     offset          of weights: a part whose integers are all 1. Of inputs: known before there are inputs, so it goes
//                     into `start` (epilogue/part_sums.hpp)
//
// Levels of the weights may change along depth (per::group, per::pixel), and channels of the inputs may be scaled one
// by one. Then depth is cut into *slices* in which all is constant. Every slice has its own parts, whose integers are 0
// outside of it. So the sum of a slice is a product of its own, over the box of taps that it touches. All slices of
// per::pixel together cost little more than one product. Slices within the channels of a tap cost one tap's product
// each.
//
//     inputs:  x = a(c) * (sum over parts i of u(i) * integer + offset) + b(c)     a = 1, b = 0 without normalisation
//     pair (input part i, weight part w of slice s):   scale(o) = coefficient(w, o) * (a(s) * u(i))
//
// Pairs are ordered by input part, then slice, then weight part. layer::quantized_conv2d and the plain loops of
// network/reference_conv2d.hpp take their parts, pairs and scales from here, so they add the same numbers in the same
// order.
#ifndef LOWBIT_NETWORK_PARTS_HPP
#define LOWBIT_NETWORK_PARTS_HPP

#include <span>

#include "lowbit/convolution/geometry.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/epilogue/affine.hpp"
#include "lowbit/network/code_levels.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// One part of the weights: codes (filter, element of its depth) whose integers are 0 outside of a slice.
struct weight_part {
  code_format format;
  bool shared = false;  ///< all integers of the slice are 1: one filter for all output channels
  std::vector<code_t> codes;  ///< outputs x depth; 1 x depth if shared
  std::vector<float> scale;   ///< one per output
  float input_scale = 1;      ///< a(s)
  float input_offset = 0;     ///< a(s) * offset of the inputs + b(s)
};

/// One part of the inputs.
struct input_part {
  code_format format;
  int index = 0;  ///< plane, or table entry
  float scale = 1;
};

/// What is constant in a slice of depth.
struct depth_slice {
  index_t group;
  float input_scale, input_offset;
  friend bool operator==(const depth_slice&, const depth_slice&) = default;
};

/// x -> scale * x + shift, per input channel of a filter; none: x.
struct channel_map {
  std::span<const float> scale, shift;
};

/// Slices of the depth, and the slice of each element. If there are more than `limit`, it ends early.
struct slice_map {
  std::vector<depth_slice> slices;
  std::vector<std::size_t> of_element;
};

[[nodiscard]] inline slice_map slices_of(const code_levels& weights, index_t depth,
                                         index_t channels, const channel_map& inputs,
                                         float input_offset, std::size_t limit) {
  slice_map made;
  for (index_t k = 0; k < depth && made.slices.size() <= limit; ++k) {
    const auto c = static_cast<std::size_t>(k % channels);
    const float a = inputs.scale.empty() ? 1.0f : inputs.scale[c];
    const float b = inputs.shift.empty() ? 0.0f : inputs.shift[c];
    const depth_slice slice{
        weights.group == 0 ? 0 : k / weights.group, a,
        static_cast<float>(static_cast<double>(a) * static_cast<double>(input_offset) +
                           static_cast<double>(b))};
    std::size_t at = 0;
    while (at < made.slices.size() && !(made.slices[at] == slice)) ++at;
    if (at == made.slices.size()) made.slices.push_back(slice);
    made.of_element.push_back(at);
  }
  return made;
}

/// A format that has 0 besides the integers of `from`, and the code of each of its codes there. None has 0 and odd
/// integers up to 255 (bipolar_bits<8>).
struct format_with_zero {
  code_format format;
  bool exists = true;
  code_t zero = 0;
  code_t code_of[256] = {};

  explicit format_with_zero(const code_format& from) : format(from) {
    for (int c = 0; c < 256; ++c) code_of[c] = static_cast<code_t>(c);
    for (int c = 0; c < 1 << from.plane_count; ++c)
      if (from.is_code(static_cast<code_t>(c)) && from.value(static_cast<code_t>(c)) == 0) {
        zero = static_cast<code_t>(c);
        return;
      }
    const int most = from.largest > -from.smallest ? from.largest : -from.smallest;
    exists = most <= 127;
    if (!exists) return;
    format = most == 1 ? format_of<ternary>() : signed_format(most);
    for (int c = 0; c < 1 << from.plane_count; ++c)
      for (int to = 0; to < 1 << format.plane_count; ++to)
        if (format.is_code(static_cast<code_t>(to)) &&
            format.value(static_cast<code_t>(to)) == from.value(static_cast<code_t>(c)))
          code_of[c] = static_cast<code_t>(to);
  }

 private:
  [[nodiscard]] static const code_format& signed_format(int most) noexcept {
    return most < 4    ? format_of<signed_bits<3>>()
           : most < 8  ? format_of<signed_bits<4>>()
           : most < 16 ? format_of<signed_bits<5>>()
           : most < 32 ? format_of<signed_bits<6>>()
           : most < 64 ? format_of<signed_bits<7>>()
                       : format_of<signed_bits<8>>();
  }
};

/// The integer that part `part` of a code stands for, as a code of the part's format.
[[nodiscard]] inline code_t part_code(const code_format& format, code_t code, int part) noexcept {
  if (format.kind == code_kind::integers) return code;
  if (format.kind == code_kind::planes) return static_cast<code_t>(code >> part & 1);
  return code == part ? 1 : 0;
}

/// The parts of filters {outputs, height, width, channels} of codes, in order. At least one.
[[nodiscard]] inline std::vector<weight_part> weight_parts(packed_tensor_view<any_encoding> filters,
                                                           const code_levels& levels,
                                                           const slice_map& map) {
  const tensor_shape f = filters.shape();
  const index_t outputs = f.batch, taps = f.height * f.width, depth = taps * f.channels;
  std::vector<code_t> codes;
  for (index_t o = 0; o < outputs; ++o)
    for (index_t t = 0; t < taps; ++t)
      for (index_t c = 0; c < f.channels; ++c)
        codes.push_back(filters.code(o, t / f.width, t % f.width, c));
  std::vector<weight_part> parts;
  for (std::size_t s = 0; s < map.slices.size(); ++s) {
    const depth_slice& slice = map.slices[s];
    const auto in_slice = [&](index_t k) {
      return map.of_element[static_cast<std::size_t>(k)] == s;
    };
    weight_part ones{
        format_of<unsigned_bits<1>>(), true, {}, {}, slice.input_scale, slice.input_offset};
    bool any = false;
    for (index_t o = 0; o < outputs; ++o) {
      ones.scale.push_back(levels.offset(o, slice.group, depth));
      any = any || ones.scale.back() != 0;
    }
    if (any) {
      for (index_t k = 0; k < depth; ++k) ones.codes.push_back(in_slice(k) ? 1 : 0);
      parts.push_back(ones);
    }
    for (int p = 0; p < levels.format.part_count(); ++p) {
      weight_part part{levels.format.part(), false, {}, {}, slice.input_scale, slice.input_offset};
      any = levels.format.kind != code_kind::indices;
      for (index_t o = 0; o < outputs; ++o)
        part.scale.push_back(levels.scale(o, slice.group, depth, p));
      for (std::size_t i = 0; i < codes.size() && !any; ++i)
        any = codes[i] == p && in_slice(static_cast<index_t>(i) % depth) &&
              part.scale[i / static_cast<std::size_t>(depth)] != 0;
      if (!any) continue;
      for (const code_t code : codes) part.codes.push_back(part_code(levels.format, code, p));
      if (map.slices.size() > 1) {
        const format_with_zero wider(part.format);
        for (std::size_t i = 0; i < part.codes.size(); ++i)
          part.codes[i] =
              in_slice(static_cast<index_t>(i) % depth) ? wider.code_of[part.codes[i]] : wider.zero;
        part.format = wider.format;
      }
      parts.push_back(part);
    }
  }
  if (parts.empty()) {  // tables of zeros
    weight_part nothing{format_of<unsigned_bits<1>>(), false, {}, {}};
    nothing.codes.assign(codes.size(), 0);
    nothing.scale.assign(static_cast<std::size_t>(outputs), 0.0f);
    parts.push_back(nothing);
  }
  return parts;
}

/// The parts of inputs with these levels, in order. At least one.
[[nodiscard]] inline std::vector<input_part> input_parts(const code_levels& levels) {
  std::vector<input_part> parts;
  for (int p = 0; p < levels.format.part_count(); ++p) {
    const float scale = levels.scale(0, 0, 0, p);
    if (levels.format.kind != code_kind::indices || scale != 0)
      parts.push_back({levels.format.part(), p, scale});
  }
  if (parts.empty()) parts.push_back({levels.format.part(), 0, 0.0f});
  return parts;
}

/// What the sums of a pair are multiplied by, per output channel.
[[nodiscard]] inline std::vector<float> pair_scales(const weight_part& w, const input_part& x) {
  const float input = combine(w.input_scale, x.scale);
  std::vector<float> scales;
  for (const float scale : w.scale) scales.push_back(combine(scale, input));
  return scales;
}

}  // namespace detail::network
LOWBIT_END

#endif
