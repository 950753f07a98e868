// lowbit/network/quantized_conv2d_parameters.hpp – all that a quantized convolution is, as data: what is saved.
//
// layer::quantized_conv2d computes with these on packed words, reference_conv2d in plain loops.
#ifndef LOWBIT_NETWORK_QUANTIZED_CONV2D_PARAMETERS_HPP
#define LOWBIT_NETWORK_QUANTIZED_CONV2D_PARAMETERS_HPP

#include "lowbit/encoding/product_rule.hpp"
#include "lowbit/epilogue/batch_norm.hpp"
#include "lowbit/network/next_codes.hpp"
#include "lowbit/network/parts.hpp"
#include "lowbit/network/window_parameters.hpp"

LOWBIT_BEGIN

/// Filters {output channels, height, width, channels / groups} of codes, and what all codes mean.
struct quantized_conv2d_parameters {
  /// Pairs of parts that a layer may have: each is a product.
  static constexpr std::size_t most_pairs = 2048;
  /// How much larger than the filters their parts may be, in blocks of 64 filters: what a file may ask for.
  static constexpr index_t most_growth = 2048;
  /// Slices of depth with levels of their own (network/parts.hpp).
  static constexpr std::size_t most_slices = 128;

  packed_tensor<any_encoding> filters;
  code_levels weights;  ///< of the filters' codes; rows are output channels
  code_levels inputs;   ///< one set for all, or rows that are input channels
  std::vector<float>
      input_scale;  ///< per input channel, of the inputs' floats: none (1), or one each
  std::vector<float> input_shift;  ///< per input channel, added to them: none (0), or one each
  window over;
  index_t groups = 1;
  index_t padding =
      0;  ///< what lies beyond the image, as an integer of the inputs: 0, or one of their values
  batch_norm bn;
  next_codes next;

  /// Elements of a filter.
  [[nodiscard]] index_t depth() const noexcept {
    const tensor_shape f = filters.shape();
    return f.height * f.width * f.channels;
  }
  [[nodiscard]] index_t bytes() const noexcept {
    return filters.bytes() + bn.bytes() + next.bytes() +
           4 * static_cast<index_t>(weights.numbers.size() + inputs.numbers.size() +
                                    input_scale.size() + input_shift.size());
  }
  /// What is wrong with these parameters, or nothing.
  [[nodiscard]] reason problem() const noexcept;

  /// f for each thing that is saved, in order.
  template <class Self, class F>
  static void fields(Self& self, F& f) {
    code_levels::fields(self.weights, f);
    code_levels::fields(self.inputs, f);
    f(self.filters, self.weights.format);
    f(self.input_scale);
    f(self.input_shift);
    f(self.over);
    f(self.groups);
    f(self.padding);
    f(self.bn);
    next_codes::fields(self.next, f);
  }
};

namespace detail::network {

[[nodiscard]] inline slice_map slices_of(const quantized_conv2d_parameters& p) {
  return slices_of(p.weights, p.depth(),
                   {p.inputs, p.input_scale, p.input_shift, p.filters.shape().channels, p.groups},
                   quantized_conv2d_parameters::most_slices);
}
/// The parts of the weights, in order.
[[nodiscard]] inline std::vector<weight_part> weight_parts(const quantized_conv2d_parameters& p) {
  return weight_parts(p.filters.view(), p.weights, slices_of(p));
}

[[nodiscard]] inline float largest_of(const std::vector<float>& numbers) noexcept {
  float most = 0;
  for (const float x : numbers) most = magnitude(x) > most ? magnitude(x) : most;
  return most;
}

/// What is wrong with numbers per input channel, or nothing.
[[nodiscard]] inline reason channel_numbers_problem(const std::vector<float>& numbers,
                                                    const char* what, index_t channels) noexcept {
  if (numbers.empty()) return {};
  if (static_cast<index_t>(numbers.size()) != channels)
    return make_reason("%zu input %s for %td channels: none, or one each", numbers.size(), what,
                       channels);
  for (const float x : numbers)
    if (!is_finite(x))
      return make_reason("an input %s of %g: it must be finite", what, static_cast<double>(x));
  return {};
}

/// What is wrong with the padding, or nothing.
[[nodiscard]] inline reason padding_problem(const quantized_conv2d_parameters& p) noexcept {
  if (p.padding == 0) return {};
  const code_format& f = p.inputs.format;
  if (f.kind == code_kind::integers && p.input_scale.empty() && p.input_shift.empty() &&
      !p.inputs.per_row)
    for (int c = 0; c < 1 << f.plane_count; ++c)
      if (f.is_code(static_cast<code_t>(c)) && f.value(static_cast<code_t>(c)) == p.padding)
        return {};
  return make_reason(
      "a padding of %td: it must be 0, or an integer of %s that is not normalised and has one set "
      "of "
      "levels",
      p.padding, f.name);
}

/// What is wrong with the products of all pairs of parts, or nothing.
[[nodiscard]] inline reason products_problem(const quantized_conv2d_parameters& p) noexcept {
  const std::size_t slices = slices_of(p).slices.size();
  if (slices > quantized_conv2d_parameters::most_slices)
    return make_reason(
        "more than %zu groups of depth, or channels of inputs, with levels of their own: each is a "
        "product",
        quantized_conv2d_parameters::most_slices);
  const std::size_t weight_parts =
      slices * (static_cast<std::size_t>(p.weights.format.part_count()) +
                (p.weights.format.kind == code_kind::integers ? 1 : 0));
  const auto input_parts = static_cast<std::size_t>(p.inputs.format.part_count());
  if (weight_parts * input_parts > quantized_conv2d_parameters::most_pairs)
    return make_reason("%zu x %zu parts of weights and inputs, each pair a product: at most %zu",
                       weight_parts, input_parts, quantized_conv2d_parameters::most_pairs);
  const code_format input = p.inputs.format.part();
  code_format weight = p.weights.format.part();
  if (slices > 1) {
    const format_with_zero wider(weight);
    if (!wider.exists)
      return make_reason(
          "levels per group of depth of codes of %s with %d planes: these codes have no 0 for the "
          "other groups. Use at most 7 bits, or one set of levels per filter",
          weight.name, weight.plane_count);
    weight = wider.format;
  }
  // Kernels take filters in blocks of up to 64, so parts of few filters take much more memory than the filters.
  const index_t outputs = p.filters.shape().batch, blocks = ceil_div(outputs, index_t{64}) * 64;
  if (static_cast<index_t>(weight_parts) * weight.plane_count * blocks >
      quantized_conv2d_parameters::most_growth * p.weights.format.plane_count * outputs)
    return make_reason("%td filters of %zu parts: too many parts for so few filters", outputs,
                       weight_parts);
  const index_t most = min_of(multiply(input, weight).max_depth,
                              multiply(input, format_of<unsigned_bits<1>>()).max_depth);
  if (p.depth() > most)
    return make_reason(
        "filters of %td elements: sums of %s x %s fit 32 bits only up to %td products", p.depth(),
        input.name, weight.name, most);
  const float x = combine(largest_of(p.inputs.numbers),
                          p.input_scale.empty() ? 1.0f : largest_of(p.input_scale));
  const float shift = largest_of(p.input_shift), w = largest_of(p.weights.numbers);
  if (is_finite(combine(x, w)) && is_finite(combine(shift, w)) && is_finite(x)) return {};
  return make_reason("levels of up to %g and %g: their product is no finite float",
                     static_cast<double>(w), static_cast<double>(x));
}

}  // namespace detail::network

inline reason quantized_conv2d_parameters::problem() const noexcept {
  using namespace detail;
  const tensor_shape f = filters.shape();
  const auto is_format = [](const code_format& x) {
    return x.plane_count >= 1 && x.plane_count <= 8;
  };
  if (!is_format(weights.format) || !is_format(inputs.format)) return "codes without planes";
  if (!(filters.format() == weights.format))
    return make_reason("filters are codes of %s, their levels of %s", filters.format().name,
                       weights.format.name);
  if (const reason why = network::no_filters(f)) return why;
  const convolution::geometry geometry(f, over, groups);
  if (const reason why = geometry.problem(network::largest_window)) return why;
  if (!(filters.layout() == depth_layout(f.channels))) return "filters that are packed in segments";
  if (const reason why = weights.problem(f.batch, depth())) return why;
  if (inputs.group != 0)
    return "inputs with levels per group of depth: a layer takes one set, or one per input channel";
  const index_t channels = geometry.in_channels();
  if (const reason why = inputs.problem(channels, 1)) return why;
  if (const reason why = network::channel_numbers_problem(input_scale, "scales", channels))
    return why;
  if (const reason why = network::channel_numbers_problem(input_shift, "shifts", channels))
    return why;
  if (const reason why = network::norm_problem(bn, f.batch)) return why;
  if (const reason why = network::products_problem(*this)) return why;
  if (const reason why = network::padding_problem(*this)) return why;
  return next.problem(f.batch);
}

LOWBIT_END

#endif
