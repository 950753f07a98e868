// Layers from plain arrays: orders of filters, batch norms, normalisation of images, and what is refused; and the
// observer, which shows the integers between them.
#include "lowbit/network/build.hpp"

#include "lowbit/network/observe.hpp"
#include "lowbit/network/reference_conv2d.hpp"
#include "lowbit/quantize/methods/dorefa_activation.hpp"
#include "lowbit/quantize/methods/jacob_affine.hpp"
#include "lowbit/quantize/methods/lsq.hpp"
#include "lowbit/quantize/methods/rsign.hpp"
#include "lowbit/quantize/methods/twn.hpp"
#include "support/isas.hpp"
#include "support/matchers.hpp"
#include "support/quantized_layers.hpp"

namespace test_build {

using namespace lowbit;

namespace {

/// The same filters in the order of a framework.
std::vector<float> in_order(const image_tensor<float>& ohwi, filter_order order) {
  const tensor_shape s = ohwi.shape();
  std::vector<float> out(static_cast<std::size_t>(s.elements()));
  for (index_t o = 0; o < s.batch; ++o)
    for (index_t y = 0; y < s.height; ++y)
      for (index_t x = 0; x < s.width; ++x)
        for (index_t c = 0; c < s.channels; ++c) {
          const index_t at =
              order == filter_order::ohwi   ? ((o * s.height + y) * s.width + x) * s.channels + c
              : order == filter_order::oihw ? ((o * s.channels + c) * s.height + y) * s.width + x
                                            : ((y * s.width + x) * s.channels + c) * s.batch + o;
          out[static_cast<std::size_t>(at)] = ohwi.pixels()((o * s.height + y) * s.width + x, c);
        }
  return out;
}

conv2d_arrays arrays_of(std::span<const float> weights, filter_order order) {
  conv2d_arrays a;
  a.weights = weights;
  a.order = order;
  a.inputs = 6;
  a.outputs = 4;
  a.over = {{2, 1, 1, 1, 0}, {3, 1, 1, 1, 1}};
  a.groups = 2;
  return a;
}

}  // namespace

TEST_CASE("filters are read in the orders of frameworks", "[network]") {
  test::floats n{random_stream(2)};
  const auto filters = n.images({4, 2, 3, 3});
  for (const auto order : {filter_order::ohwi, filter_order::oihw, filter_order::hwio}) {
    const auto weights = in_order(filters, order);
    CHECK(filters_of(arrays_of(weights, order)).pixels() == filters.pixels());
  }
}

TEST_CASE("a bias moves the mean of a batch norm, or is all of one", "[network]") {
  test::floats n{random_stream(3)};
  const auto weights = n.many(72), bias = n.many(4), mean = n.many(4), gamma = n.many(4);
  const std::vector<float> variance(4, 2.0f);
  conv2d_arrays a = arrays_of(weights, filter_order::ohwi);
  a.bias = bias;
  const batch_norm alone = norm_of(a);
  a.mean = mean;
  a.variance = variance;
  a.gamma = gamma;
  a.epsilon = 0.5f;
  const batch_norm both = norm_of(a);
  for (index_t o = 0; o < 4; ++o) {
    const auto i = static_cast<std::size_t>(o);
    CHECK(alone(0.25f, o) == 0.25f + bias[i]);
    CHECK(both.mean(o) ==
          static_cast<float>(static_cast<double>(mean[i]) - static_cast<double>(bias[i])));
    CHECK(both.scale(o) == static_cast<float>(static_cast<double>(gamma[i]) / std::sqrt(2.5)));
  }
}

TEST_CASE("the normalisation of images is folded into sums of pixels", "[network]") {
  test::floats n{random_stream(4)};
  test::random_layers random{{random_stream(5)}};
  const auto weights = n.many(4 * 3 * 9);
  conv2d_arrays a;
  a.weights = weights;
  a.inputs = 3;
  a.outputs = 4;
  a.over = square_window(3, 1, 1);
  const std::vector<std::vector<float>> means{{0.5f}, {0.4f, 0.5f, 0.6f}},
      stds{{0.25f}, {0.2f, 0.25f, 0.3f}};
  for (std::size_t i = 0; i < means.size(); ++i) {
    const conv2d_quantizers q{twn<>{}, per::row, pixel_levels(1.0f / 255), {}, {means[i], stds[i]}};
    const auto p = conv2d_parameters(a, q);
    const auto pixels = random.codes(format_of<unsigned_bits<8>>(), {2, 4, 5, 3});
    const auto y = reference_conv2d(p)(test::bytes_of(pixels).view());
    for (index_t r = 0; r < y.shape().pixels(); ++r)
      for (index_t o = 0; o < 4; ++o) {
        const double sum = test::naive_sum(p, pixels, r / 20, r / 5 % 4, r % 5, o);
        CHECK(std::abs(sum - static_cast<double>(y.pixels()(r, o))) < 1e-5);
      }
    image_tensor<float> again(y.shape());
    const layer::quantized_conv2d layer(p);
    auto work = layer.workspace(pixels.shape());
    layer(pixels.view(), work, again);
    CHECK(again.pixels() == y.pixels());
  }
}

TEST_CASE("boundaries may belong to channels, and the padding may hold an integer", "[network]") {
  test::random_layers random{{random_stream(6)}};
  quantized_conv2d_parameters p;
  p.filters = random.codes(format_of<binary>(), {20, 3, 3, 5});
  p.over = square_window(3, 1, 1);
  p.weights = random.levels(format_of<binary>(), 20, 45, true, 0, 0);
  p.inputs = random.levels(format_of<binary>(), 1, 1, false, 0, 0);
  p.bn = random.numbers.norm(20);
  p.padding = -1;
  p.next.format = format_of<binary>();
  for (const float alpha : random.numbers.many(20)) {
    rsign<> q;
    q.alpha = alpha;
    p.next.boundaries.push_back(codes_of(q).boundaries[0]);
  }
  const auto x = random.codes(format_of<binary>(), {2, 4, 4, 5});
  const auto floats = reference_conv2d(p)(test::bytes_of(x).view());
  quantized_conv2d_parameters padded = p;
  padded.padding = 0;
  CHECK(!(reference_conv2d(padded)(test::bytes_of(x).view()).pixels() == floats.pixels()));
  const layer::quantized_conv2d layer(p);
  auto work = layer.workspace(x.shape());
  packed_tensor<any_encoding> codes(format_of<binary>(), floats.shape());
  image_tensor<float> y(floats.shape());
  test::on_every_isa([&](any_isa isa) {
    layer(x.view(), work, codes, on(isa));
    layer(x.view(), work, y, on(isa));
    CHECK(y.pixels() == floats.pixels());
    index_t different = 0;
    for (index_t r = 0; r < floats.shape().pixels(); ++r)
      for (index_t c = 0; c < 20; ++c)
        different += codes.pixels().code(r, c) !=
                             p.next.boundaries[static_cast<std::size_t>(c)](floats.pixels()(r, c))
                         ? 1
                         : 0;
    CHECK(different == 0);
  });
}

TEST_CASE("the observer shows what each layer read, summed and wrote", "[network]") {
  test::floats n{random_stream(7)};
  const auto w1 = n.many(20 * 9), w2 = n.many(4 * 16 * 20);
  conv2d_arrays a;
  a.weights = w1;
  a.inputs = 1;
  a.outputs = 20;
  a.over = square_window(3, 1, 1);
  conv2d_arrays b;
  b.weights = w2;
  b.inputs = 20;
  b.outputs = 4;
  b.over = square_window(4);
  const dorefa_activation<2> q;
  const auto first =
      conv2d_parameters(a, {lsq<4>{}, per::tensor, input_levels(q), codes_of(q), {}});
  const auto last = conv2d_parameters(b, {twn<>{}, per::row, input_levels(q), {}, {}});
  const sequential net(build_encode(q), layer::quantized_conv2d(first),
                       layer::quantized_conv2d(last));
  const auto images = n.images({3, 4, 4, 1});
  auto work = net.workspace(images.shape());
  auto y = net.make_output(work);
  net(images.view(), work, y);
  std::vector<layer_record> seen;
  observe(net, images.view(), [&](const layer_record& layer) { seen.push_back(layer); });
  REQUIRE(seen.size() == 3);
  CHECK(seen[1].place == "1");
  CHECK(std::string(seen[1].name) == "cnv-any");
  CHECK(seen[1].read.codes == seen[0].written.codes);
  CHECK(seen[2].written.floats == y.pixels());
  REQUIRE(seen[2].sums.size() == 1);
  // Sums, scales and batch norm of the last layer again, from the integers.
  const auto& levels = last.weights;
  for (index_t r = 0; r < 3; ++r)
    for (index_t o = 0; o < 4; ++o) {
      std::int32_t sum = 0;
      for (index_t k = 0; k < 320; ++k)
        sum += format_of<unsigned_bits<2>>().value(seen[2].read.codes(r * 16 + k / 20, k % 20)) *
               format_of<ternary>().value(last.filters.code(o, k / 80, k / 20 % 4, k % 20));
      CHECK(seen[2].sums[0](r, o) == sum);
      const float scale = combine(levels.scale(o, 0, 320, 0), last.inputs.scale(0, 0, 0, 0));
      CHECK(bits_of(y.pixels()(r, o)) ==
            bits_of(last.bn(static_cast<float>(add_part(0, sum, scale)), o)));
    }
}

TEST_CASE("arrays that make no layer are refused with their sizes", "[network]") {
  const std::vector<float> weights(72, 0.5f), three(3, 1.0f), four(4, 1.0f);
  const dorefa_activation<2> act;
  const conv2d_quantizers q{twn<>{}, per::tensor, input_levels(act), {}, {}};
  const auto fails = [&](conv2d_arrays a, const conv2d_quantizers& how, const char* text) {
    CHECK_THROWS_WITH(build_conv2d(a, how), ContainsSubstring(text));
  };
  const conv2d_arrays a = arrays_of(weights, filter_order::oihw);
  conv2d_arrays wrong = a;
  wrong.weights = three;
  fails(wrong, q, "3 weights for 4 filters of 2x3 taps and 3 channels");
  wrong = a;
  wrong.groups = 4;
  fails(wrong, q, "6 channels in 4 groups");
  wrong = a;
  wrong.mean = three;
  wrong.variance = four;
  fails(wrong, q, "3 numbers as mean for 4 output channels");
  wrong = a;
  wrong.gamma = four;
  fails(wrong, q, "without mean and variance");
  fails(a, {act, per::tensor, input_levels(act), {}, {}}, "for activations alone");
  const std::vector<float> zero{0.0f}, one{1.0f}, two(2, 1.0f);
  fails(a, {twn<>{}, per::tensor, pixel_levels(), {}, {one, zero}}, "it must be > 0");
  fails(a, {twn<>{}, per::tensor, pixel_levels(), {}, {two, {}}}, "a normalisation of 2 channels");
}

}  // namespace test_build
