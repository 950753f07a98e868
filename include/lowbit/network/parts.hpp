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
// Levels of the weights may change along depth (per::group, per::pixel). Channels of the inputs may be scaled one by
// one, or have levels of their own. Then depth is cut into *slices* in which all is constant. Every slice has its own
// parts, whose integers are 0 outside of it. So the sum of a slice is a product of its own, over the box of taps that
// it touches. All slices of per::pixel together cost little more than one product. Slices within the channels of a tap
// cost one tap's product each.
//
//     inputs:  x = a(c) * (sum over parts i of u(i, c) * integer + offset(c)) + b(c)    a = 1, b = 0 unless normalised
//     pair (input part i, weight part w of slice s):  scale(o) = coefficient(w, o) * (a * u(i)) of the slice's channel
//
// In a convolution of groups, channel c of a filter meets another input channel in each group. So a slice holds the
// numbers of one input channel per group, and depthwise convolutions have one slice.
//
// Pairs are ordered by input part, then slice, then weight part. layer::quantized_conv2d and the plain loops of
// network/reference_conv2d.hpp take their parts, pairs and scales from here, so they add the same numbers in the same
// order.
#ifndef LOWBIT_NETWORK_PARTS_HPP
#define LOWBIT_NETWORK_PARTS_HPP

#include <algorithm>
#include <span>

#include "lowbit/convolution/geometry.hpp"
#include "lowbit/encoding/ternary.hpp"
#include "lowbit/epilogue/affine.hpp"
#include "lowbit/network/code_levels.hpp"
#include "lowbit/tensor/packed_tensor.hpp"

LOWBIT_BEGIN
namespace detail::network {

/// What the floats of an input channel are: scale * (sum over parts of u * integer) + offset.
struct channel_input {
  float scale = 1;   ///< a(c)
  float offset = 0;  ///< a(c) * offset of the levels + b(c)
  index_t set = 0;   ///< u's set of levels
};

/// One part of the weights: codes (filter, element of its depth) whose integers are 0 outside of a slice.
struct weight_part {
  code_format format{};
  bool shared = false;  ///< all integers of the slice are 1: one filter for all output channels
  std::vector<code_t> codes;          ///< outputs x depth; 1 x depth if shared
  std::vector<float> scale;           ///< one per output
  std::vector<channel_input> inputs;  ///< one per group of the convolution

  /// What output o multiplies.
  [[nodiscard]] const channel_input& input_of(index_t o) const noexcept {
    const auto outputs = static_cast<index_t>(scale.size());
    return inputs[static_cast<std::size_t>(o * static_cast<index_t>(inputs.size()) / outputs)];
  }
  [[nodiscard]] bool has_input_offsets() const noexcept {
    return std::any_of(inputs.begin(), inputs.end(),
                       [](const channel_input& each) { return each.offset != 0; });
  }
};

/// One part of the inputs.
struct input_part {
  code_format format{};
  int index = 0;             ///< plane, or table entry
  std::vector<float> scale;  ///< u, one per set of levels
};

/// What is constant in a slice of depth.
struct depth_slice {
  index_t group;
  std::size_t inputs;  ///< class of channels of a filter
  friend bool operator==(const depth_slice&, const depth_slice&) = default;
};

/// The inputs of a convolution: levels, one set for all or one per channel, and x -> scale * x + shift per channel.
/// Without scales and shifts it is x.
struct channel_map {
  const code_levels& levels;
  std::span<const float> scale, shift;
  index_t channels, groups;  ///< channels of a filter

  [[nodiscard]] channel_input at(index_t channel) const noexcept {
    const auto c = static_cast<std::size_t>(channel);
    const double a = scale.empty() ? 1.0 : static_cast<double>(scale[c]);
    const double b = shift.empty() ? 0.0 : static_cast<double>(shift[c]);
    const index_t set = levels.per_row ? channel : 0;
    return {static_cast<float>(a),
            static_cast<float>(a * static_cast<double>(levels.offset(set, 0, 1)) + b), set};
  }
  /// What channel c of all filters meets, group by group.
  [[nodiscard]] std::vector<channel_input> of_filters(index_t c) const {
    std::vector<channel_input> met;
    for (index_t g = 0; g < groups; ++g) met.push_back(at(g * channels + c));
    return met;
  }
  [[nodiscard]] bool same(const std::vector<channel_input>& a,
                          const std::vector<channel_input>& b) const noexcept {
    return std::equal(
        a.begin(), a.end(), b.begin(), [&](const channel_input& x, const channel_input& y) {
          return x.scale == y.scale && x.offset == y.offset && levels.same_set(x.set, y.set);
        });
  }
};

/// Slices of the depth, and the slice of each element. If there are more than `limit`, it ends early.
struct slice_map {
  std::vector<std::vector<channel_input>> inputs;  ///< per class of channels of a filter
  std::vector<depth_slice> slices;
  std::vector<std::size_t> of_element;
};

/// The place of an element in a list, where it is put if there is none that is the same.
template <class T, class Same>
[[nodiscard]] std::size_t place_in(std::vector<T>& all, const T& wanted, const Same& same) {
  std::size_t at = 0;
  while (at < all.size() && !same(all[at], wanted)) ++at;
  if (at == all.size()) all.push_back(wanted);
  return at;
}

[[nodiscard]] inline slice_map slices_of(const code_levels& weights, index_t depth,
                                         const channel_map& inputs, std::size_t limit) {
  slice_map made;
  std::vector<std::size_t> classes;
  for (index_t c = 0; c < inputs.channels && made.inputs.size() <= limit; ++c)
    classes.push_back(place_in(made.inputs, inputs.of_filters(c),
                               [&](const auto& a, const auto& b) { return inputs.same(a, b); }));
  for (index_t k = 0; k < depth && made.slices.size() <= limit; ++k) {
    const depth_slice slice{weights.group == 0 ? 0 : k / weights.group,
                            classes[static_cast<std::size_t>(k % inputs.channels)]};
    made.of_element.push_back(place_in(made.slices, slice, std::equal_to<>()));
  }
  return made;
}

/// A format that has 0 besides the integers of `from`, and the code of each of its codes there. None has 0 and odd
/// integers up to 255 (bipolar_bits<8>).
struct format_with_zero {
  code_format format{};
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
    const std::vector<channel_input>& inputs = map.inputs[slice.inputs];
    weight_part ones{format_of<unsigned_bits<1>>(), true, {}, {}, inputs};
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
      weight_part part{levels.format.part(), false, {}, {}, inputs};
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
    weight_part nothing{format_of<unsigned_bits<1>>(), false, {}, {}, map.inputs[0]};
    nothing.codes.assign(codes.size(), 0);
    nothing.scale.assign(static_cast<std::size_t>(outputs), 0.0f);
    parts.push_back(nothing);
  }
  return parts;
}

/// The parts of inputs with these levels, in order. At least one.
[[nodiscard]] inline std::vector<input_part> input_parts(const code_levels& levels) {
  std::vector<input_part> parts;
  const index_t sets = levels.sets();
  for (int p = 0; p < levels.format.part_count(); ++p) {
    input_part part{levels.format.part(), p, {}};
    bool any = levels.format.kind != code_kind::indices;
    for (index_t s = 0; s < sets; ++s) {
      part.scale.push_back(levels.scale(s, 0, 1, p));
      any = any || part.scale.back() != 0;
    }
    if (any) parts.push_back(part);
  }
  if (parts.empty())
    parts.push_back(
        {levels.format.part(), 0, std::vector<float>(static_cast<std::size_t>(sets), 0.0f)});
  return parts;
}

/// What the sums of a pair are multiplied by, per output channel.
[[nodiscard]] inline std::vector<float> pair_scales(const weight_part& w, const input_part& x) {
  std::vector<float> scales;
  for (const float scale : w.scale) {
    const channel_input& input = w.input_of(static_cast<index_t>(scales.size()));
    scales.push_back(
        combine(scale, combine(input.scale, x.scale[static_cast<std::size_t>(input.set)])));
  }
  return scales;
}

}  // namespace detail::network
LOWBIT_END

#endif
