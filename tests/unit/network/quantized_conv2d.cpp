// A quantized convolution on packed words equals its plain loops in every bit. These equal the sum of the floats that
// its codes stand for, up to rounding.
#include "lowbit/network/layers/quantized_conv2d.hpp"

#include "lowbit/core/float_bits.hpp"
#include "lowbit/network/reference_conv2d.hpp"
#include "support/isas.hpp"
#include "support/quantized_layers.hpp"
#include "support/settings.hpp"

namespace test_quantized_conv2d {

using namespace lowbit;

namespace {

using test::random_layers;

struct options {
  tensor_shape in{2, 5, 6, 4};
  window over = square_window(3, 1, 1);
  index_t outputs = 6, groups = 1;
  bool per_row = false;
  index_t group = 0;
  float weight_offset = 0, input_offset = 0;
  bool scale_channels = false, channel_levels = false;
};

quantized_conv2d_parameters make_layer(random_layers& random, const code_format& input,
                                       const code_format& weight, const options& o) {
  quantized_conv2d_parameters p;
  const tensor_shape f{o.outputs, o.over.vertical.size, o.over.horizontal.size,
                       o.in.channels / o.groups};
  p.filters = random.codes(weight, f);
  p.over = o.over;
  p.groups = o.groups;
  p.weights = random.levels(weight, f.batch, p.depth(), o.per_row, o.group, o.weight_offset);
  p.inputs = random.levels(input, o.in.channels, 1, o.channel_levels, 0, o.input_offset);
  p.bn = random.numbers.norm(f.batch);
  if (o.scale_channels) {
    p.input_scale = random.numbers.many(o.in.channels);
    p.input_shift = random.numbers.many(o.in.channels);
  }
  return p;
}

/// The plain loops are right, and the layer writes the same floats, and the codes of these, on every ISA.
void require_all_equal(random_layers& random, quantized_conv2d_parameters p, tensor_shape in,
                       const next_codes& next) {
  const auto x = random.codes(p.inputs.format, in);
  const reference_conv2d reference(p);
  const image_tensor<float> expected = reference(test::bytes_of(x).view());
  const tensor_shape out = expected.shape();
  double largest = 0, wrong = 0;
  for (index_t r = 0; r < out.pixels(); ++r)
    for (index_t o = 0; o < out.channels; ++o) {
      const double sum = test::naive_sum(p, x, r / out.width / out.height,
                                         r / out.width % out.height, r % out.width, o);
      const double y = static_cast<double>(p.bn(static_cast<float>(sum), o));
      const double error = y - static_cast<double>(expected.pixels()(r, o));
      largest = std::max(largest, std::abs(sum) * std::abs(static_cast<double>(p.bn.scale(o))));
      wrong = std::max(wrong, std::abs(error));
    }
  CHECK(wrong <= 1e-5 * (1 + largest));
  p.next = next;
  const layer::quantized_conv2d layer(p);
  auto work = layer.workspace(in);
  image_tensor<float> y(out);
  packed_tensor<any_encoding> codes(next.format, out);
  packed_tensor<binary> signs(out);
  test::on_every_isa([&](any_isa isa) {
    layer(x.view(), work, y, on(isa));
    layer(x.view(), work, codes, on(isa));
    layer(x.view(), work, signs, on(isa));
    index_t different = 0;
    for (index_t r = 0; r < out.pixels(); ++r)
      for (index_t o = 0; o < out.channels; ++o) {
        const float number = expected.pixels()(r, o);
        different += bits_of(y.pixels()(r, o)) != bits_of(number) ? 1 : 0;
        different += codes.pixels().code(r, o) != next.of_channels()(o)(number) ? 1 : 0;
        different += signs.pixels().code(r, o) != (is_negative(number) ? 0 : 1) ? 1 : 0;
      }
    CHECK(different == 0);
  });
}

}  // namespace

TEST_CASE("every pair of formats is multiplied", "[network]") {
  random_layers random{{random_stream(3)}};
  std::size_t number = 0;
  for (const code_format& input : test::sampled_formats())
    for (const code_format& weight : test::sampled_formats()) {
      INFO(input.name << input.plane_count << " x " << weight.name << weight.plane_count);
      const auto& all = test::sampled_formats();
      options o;
      o.per_row = number % 2 == 0;
      o.input_offset = number % 3 == 0 ? 1.0f : 0.0f;
      o.weight_offset = number % 5 == 0 ? 1.0f : 0.0f;
      const auto next = random.next(all[number % all.size()]);
      if (test::runs(number++, 5))
        require_all_equal(random, make_layer(random, input, weight, o), o.in, next);
    }
}

TEST_CASE("offsets, groups of depth and windows of every kind", "[network]") {
  random_layers random{{random_stream(4)}};
  const window windows[] = {window{},
                            square_window(3, 1, 1),
                            square_window(3, 2, 1),
                            square_window(2, 1, 0),
                            square_window(3, 1, 4, 2),
                            window{{5, 1, 1, 2, 1}, {1, 2, 1, 0, 0}}};
  const code_format inputs[] = {format_of<binary>(), format_of<unsigned_bits<2>>(),
                                format_of<codebook<2>>()};
  const code_format weights[] = {format_of<binary>(), format_of<signed_bits<4>>(),
                                 format_of<bipolar_bits<2>>(), format_of<planes<2>>()};
  std::size_t number = 0;
  for (const window& over : windows)
    for (const index_t groups : {1, 2})
      for (const index_t group : {0, 2, 3, 5})
        for (const float offset : {0.0f, 1.0f}) {
          options o;
          o.over = over;
          o.outputs = number % 3 == 0 ? 6 : 36;
          const bool wide = number % 5 == 0;
          if (wide) o.in.channels = 132;
          o.groups = groups;
          o.group = wide ? 22 * group : group;
          o.per_row = number % 2 == 0;
          o.input_offset = offset;
          o.weight_offset = number % 3 == 0 ? 1.0f : 0.0f;
          o.scale_channels = groups == 1 && !wide && number % 4 == 0;
          const auto& input = inputs[number % std::size(inputs)];
          const auto& weight = weights[number % std::size(weights)];
          const auto next = random.next(test::sampled_formats()[number++ % 13]);
          INFO(number << ": " << input.name << " x " << weight.name);
          if (test::runs(number, 5))
            require_all_equal(random, make_layer(random, input, weight, o), o.in, next);
        }
}

TEST_CASE("channels of inputs have levels, scales and shifts of their own", "[network]") {
  random_layers random{{random_stream(6)}};
  std::size_t number = 0;
  for (const code_format& input : test::sampled_formats())
    for (const index_t groups : {1, 2, 4})
      for (const bool scale_channels : {false, true}) {
        options o;
        o.groups = groups;
        o.outputs = number % 2 == 0 ? 8 : 72;
        o.group = number % 3 == 0 ? 2 : 0;
        o.per_row = number % 5 == 0;
        o.input_offset = number % 2 == 0 ? 1.0f : 0.0f;
        o.weight_offset = number % 4 == 0 ? 1.0f : 0.0f;
        o.scale_channels = scale_channels;
        o.channel_levels = number % 7 != 0;
        const auto& weight = test::sampled_formats()[number % 13];
        const auto next = random.next(test::sampled_formats()[number * 5 % 13]);
        INFO(number << ": " << input.name << " x " << weight.name);
        const auto p = make_layer(random, input, weight, o);
        if (test::runs(number++, 29)) require_all_equal(random, p, o.in, next);
      }
}

TEST_CASE("depthwise filters whose channels have levels of their own are one product",
          "[network]") {
  random_layers random{{random_stream(7)}};
  options o;
  o.in = {1, 3, 4, 130};
  o.outputs = o.groups = 130;
  o.channel_levels = true;
  const auto p = make_layer(random, format_of<unsigned_bits<2>>(), format_of<ternary>(), o);
  CHECK(detail::network::weight_parts(p).size() == 1);
  require_all_equal(random, p, o.in, random.next(format_of<unsigned_bits<2>>()));
  o.groups = 1;
  const auto dense = make_layer(random, format_of<unsigned_bits<2>>(), format_of<ternary>(), o);
  CHECK_THAT(dense.problem().text(),
             Catch::Contains("more than 128 groups of depth, or channels of inputs"));
}

TEST_CASE("groups of depth whose taps all lie on the padding add nothing", "[network]") {
  random_layers random{{random_stream(5)}};
  for (const index_t height : {1, 2, 3})
    for (const index_t width : {1, 2, 4})
      for (const bool offsets : {false, true}) {
        INFO(height << "x" << width);
        options o;
        o.in = {2, height, width, 4};
        o.over = square_window(3, 1, height == 1 ? 1 : 3, height == 1 ? 1 : 2);
        o.group = 4;
        o.input_offset = o.weight_offset = offsets ? 1.0f : 0.0f;
        const auto next = random.next(format_of<ternary>());
        require_all_equal(random,
                          make_layer(random, format_of<unsigned_bits<2>>(), format_of<binary>(), o),
                          o.in, next);
      }
}

}  // namespace test_quantized_conv2d
