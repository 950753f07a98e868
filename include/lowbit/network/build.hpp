// lowbit/network/build.hpp – inference layers from plain arrays of floats: bring your own weights.
//
// A network that was trained elsewhere is a list of arrays (network/conv2d_arrays.hpp) and the names of its quantizers.
// These functions make of it the layers that lowbit::nn::deploy() makes of a network that was trained here, with the
// same exactness, and without Eigen:
//
//     conv2d_arrays a{.weights = w, .order = filter_order::oihw, .inputs = 16, .outputs = 32,
//                     .over = square_window(3, 1, 1), .gamma = ..., .beta = ..., .mean = ..., .variance = ...};
//     auto hidden = build_conv2d(a, {.weights = twn<>{}, .grain = per::row,
//                                    .inputs = input_levels(act1), .next = codes_of(act2)});
//     auto last = build_conv2d(b, {.weights = lsq<8>{.step = s}, .inputs = input_levels(act2)});    floats
//     sequential net(build_encode(act1), std::move(hidden), std::move(last));
//
// `weights` is fitted if its method has a fit; a quantizer with learned numbers (a step, a clip) gets them as its
// members. Activations' quantizers are used as they are: their numbers were fitted or learned in training. A layer
// reads what the layer in front of it writes. So each format appears twice: as `next` of one layer and as `inputs` of
// the other.
//
// First layers read pixels (layer::pixels, pixel_levels()) or floats that build_encode() turns into codes. The usual
// normalisation (x - mean) / std of the images is a scale and a shift. `mean` and `std` have one number for all
// channels, or one each. For pixels it is folded into the sums: their thresholds, if one integer decides.
#ifndef LOWBIT_NETWORK_BUILD_HPP
#define LOWBIT_NETWORK_BUILD_HPP

#include "lowbit/network/conv2d_arrays.hpp"
#include "lowbit/network/layers/encode_layers.hpp"
#include "lowbit/network/layers/float_layers.hpp"
#include "lowbit/network/layers/quantized_conv2d.hpp"
#include "lowbit/quantize/any_quantizer.hpp"
#include "lowbit/quantize/granularity.hpp"

LOWBIT_BEGIN

/// What the codes of a quantizer of activations stand for.
[[nodiscard]] inline code_levels input_levels(const any_quantizer& q) {
  return {q.format(), 0, false, q.deterministic().levels()};
}
/// Bytes as they are, times a scale: 1 / 255 for pixels in [0, 1].
[[nodiscard]] inline code_levels pixel_levels(float scale = 1) {
  return {format_of<unsigned_bits<8>>(), 0, false, {scale, 0}};
}
/// What a quantizer of activations does to floats, as data. A stochastic one is its deterministic twin. 32 calls per
/// boundary. Errors: a code has more than one interval of floats.
[[nodiscard]] inline next_codes codes_of(const any_quantizer& q) {
  const any_quantizer used = q.deterministic();
  const auto encode = [&](float x) {
    code_t code = 0;
    used.encode({&x, 1}, {&code, 1});
    return code;
  };
  return {used.format(), {code_boundaries(encode)}};
}

/// The normalisation (x - mean) / std of images, per channel or one for all; none: x.
struct input_normalisation {
  std::span<const float> mean{}, std{};
};

/// How a convolution's operands are quantized.
struct conv2d_quantizers {
  any_quantizer weights;
  granularity grain =
      per::tensor;               ///< what shares one fit: per::tensor, per::row, per::group<N>, ...
  code_levels inputs{};          ///< input_levels(quantizer), pixel_levels()
  next_codes next{};             ///< codes_of(the next layer's quantizer); none: floats
  input_normalisation images{};  ///< of inputs that are pixels
};

namespace detail::network {

/// scale = float(1 / std), shift = float(-mean / std), one each per channel.
struct channel_numbers {
  std::vector<float> scale, shift;
};
[[nodiscard]] inline channel_numbers numbers_of(const input_normalisation& images, index_t channels,
                                                const char* who) {
  channel_numbers made;
  if (images.mean.empty() && images.std.empty()) return made;
  const auto of_channel = [&](std::span<const float> numbers, index_t c, float otherwise) {
    if (numbers.size() > 1 && static_cast<index_t>(numbers.size()) != channels)
      fail("%s: a normalisation of %zu channels for images of %td", who, numbers.size(), channels);
    return numbers.empty()       ? otherwise
           : numbers.size() == 1 ? numbers[0]
                                 : numbers[static_cast<std::size_t>(c)];
  };
  for (index_t c = 0; c < channels; ++c) {
    const double std = static_cast<double>(of_channel(images.std, c, 1));
    if (!(std > 0)) fail("%s: images with a standard deviation of %g: it must be > 0", who, std);
    made.scale.push_back(static_cast<float>(1 / std));
    made.shift.push_back(
        static_cast<float>(-static_cast<double>(of_channel(images.mean, c, 0)) / std));
  }
  return made;
}

/// Codes and levels of rows of weights.
struct quantized_rows {
  std::vector<code_t> codes;
  code_levels levels;
};

/// Quantizes rows x depth weights as lowbit::quantize() does. Errors: those of the quantizer.
[[nodiscard]] inline quantized_rows quantize_rows(const any_quantizer& prototype, granularity grain,
                                                  matrix_view<const float> x) {
  any_quantizer q = prototype.deterministic();
  q.validate();
  const bool fits = q.traits().fitted;
  if (grain.grouped() && grain.group_size < 1)
    fail("build_conv2d: a group of %td elements: it must have at least 1", grain.group_size);
  if (!fits) grain = per::tensor;
  const index_t depth = x.cols(), extent = grain.extent(depth);
  const index_t groups = grain.grouped() ? ceil_div(depth, extent) : 1;
  const bool shared = grain.shares_rows();
  quantized_rows made{std::vector<code_t>(static_cast<std::size_t>(x.rows() * depth)),
                      {q.format(), grain.grouped() ? extent : 0, !shared, {}}};
  if (fits) q = q.fit_layer({x.data(), made.codes.size()});
  std::vector<float> block;
  std::vector<code_t> codes;
  for (index_t row = 0; row < (shared ? 1 : x.rows()); ++row)
    for (index_t g = 0; g < groups; ++g) {
      const index_t first = g * extent, end = min_of(first + extent, depth);
      const index_t last = shared ? x.rows() : row + 1;
      block.clear();
      for (index_t r = row; r < last; ++r)
        for (index_t k = first; k < end; ++k) block.push_back(x(r, k));
      const any_quantizer fitted = q.fit(block);
      codes.resize(block.size());
      fitted.encode(block, codes);
      std::size_t next = 0;
      for (index_t r = row; r < last; ++r)
        for (index_t k = first; k < end; ++k)
          made.codes[static_cast<std::size_t>(r * depth + k)] = codes[next++];
      const std::vector<float> levels = fitted.levels();
      made.levels.numbers.insert(made.levels.numbers.end(), levels.begin(), levels.end());
    }
  return made;
}

/// The filters of a layer {outputs, height, width, channels / groups}, packed.
[[nodiscard]] inline quantized_conv2d_parameters assemble(tensor_shape s, quantized_rows rows) {
  quantized_conv2d_parameters p;
  p.filters = packed_tensor<any_encoding>(rows.levels.format, s);
  for (index_t i = 0; i < s.elements(); ++i)
    p.filters.mutable_pixels().set_code(i / s.channels, i % s.channels,
                                        rows.codes[static_cast<std::size_t>(i)]);
  p.weights = std::move(rows.levels);
  return p;
}

}  // namespace detail::network

/// All that a quantized convolution is: for layer::quantized_conv2d, and for reference_conv2d. Errors: sizes that do
/// not fit each other; a quantizer for activations alone as that of weights; what the quantizer and
/// quantized_conv2d_parameters::problem() say.
[[nodiscard]] inline quantized_conv2d_parameters conv2d_parameters(const conv2d_arrays& arrays,
                                                                   const conv2d_quantizers& q) {
  if (q.weights.traits().activations_alone)
    detail::fail(
        "build_conv2d: %s is for activations alone: all negative weights would become 0. Use a "
        "quantizer that keeps the sign, for example twn<> or jacob_weight<K>",
        q.weights.format().name);
  const image_tensor<float> filters = filters_of(arrays);
  const tensor_shape s = filters.shape();
  const index_t depth = s.height * s.width * s.channels;
  detail::network::quantized_rows rows =
      detail::network::quantize_rows(q.weights, q.grain, {filters.pixels().data(), s.batch, depth});
  detail::network::channel_numbers channels =
      detail::network::numbers_of(q.images, arrays.inputs, "build_conv2d");
  quantized_conv2d_parameters p = detail::network::assemble(s, std::move(rows));
  p.inputs = q.inputs;
  p.input_scale = std::move(channels.scale);
  p.input_shift = std::move(channels.shift);
  p.over = arrays.over;
  p.groups = arrays.groups;
  p.bn = norm_of(arrays);
  p.next = q.next;
  detail::core::fail_if(p.problem(), "build_conv2d");
  return p;
}

/// A quantized convolution. Errors: as conv2d_parameters().
[[nodiscard]] inline layer::quantized_conv2d build_conv2d(const conv2d_arrays& arrays,
                                                          const conv2d_quantizers& q) {
  return layer::quantized_conv2d(conv2d_parameters(arrays, q));
}

/// A float convolution: a first layer on floats, a shortcut, a last layer of float weights. Errors: groups; sizes that
/// do not fit each other.
[[nodiscard]] inline layer::float_conv2d build_float_conv2d(const conv2d_arrays& arrays) {
  if (arrays.groups != 1)
    detail::fail("build_float_conv2d: %td groups: float convolutions have one", arrays.groups);
  return {filters_of(arrays), arrays.over, norm_of(arrays)};
}

/// Floats to codes of a quantizer, in front of the first quantized layer. The floats may be normalised first, with
/// `channels` channels. Errors: a normalisation of other channels; those of codes_of().
[[nodiscard]] inline layer::encode build_encode(const any_quantizer& q,
                                                const input_normalisation& images = {},
                                                index_t channels = 1) {
  detail::network::channel_numbers numbers =
      detail::network::numbers_of(images, channels, "build_encode");
  return layer::encode({codes_of(q), std::move(numbers.scale), std::move(numbers.shift)});
}

LOWBIT_END

#endif
