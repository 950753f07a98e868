// Transposed convolutions: against the definition in plain loops, their gradients, BFCN's bits in a decoder, the trip.
#include <lowbit/nn/layers/transposed_conv2d.hpp>
#include <lowbit/quantize/any_catalogue.hpp>
#include <lowbit/quantize/methods/dorefa_activation.hpp>
#include <lowbit/quantize/methods/dorefa_weight.hpp>
#include <lowbit/quantize/methods/lsq.hpp>
#include <lowbit/quantize/methods/xnor_weight.hpp>
#include <string>

#include "support/settings.hpp"
#include "unit/nn/make_trip.hpp"

namespace test_transposed_conv2d {

namespace nn = lowbit::nn;
using lowbit::index_t;
using lowbit::tensor_shape;
using lowbit::window;
using nn::float_matrix;

namespace {

constexpr std::uint64_t seed = 211;

lowbit::random_stream drawn() { return lowbit::random_stream(seed); }

nn::feature_map random_images(tensor_shape shape, std::uint64_t salt) {
  nn::feature_map x(shape);
  x.mutable_pixels() = random_matrix(shape.pixels(), shape.channels, seed + salt);
  return x;
}

/// Every input pixel spreads a filter: w has a row of (taps, inputs) per output channel.
nn::feature_map spread(const nn::feature_map& x, const float_matrix& w, const window& over) {
  const tensor_shape in = x.shape();
  const auto enlarged = [](const lowbit::window_axis& a, index_t n) {
    return (n - 1) * a.stride + a.size - a.before - a.after;
  };
  nn::feature_map y({in.batch, enlarged(over.vertical, in.height),
                     enlarged(over.horizontal, in.width), w.rows()});
  y.mutable_pixels().setZero();
  const tensor_shape out = y.shape();
  for (index_t n = 0; n < in.batch; ++n)
    for (index_t r = 0; r < in.height; ++r)
      for (index_t c = 0; c < in.width; ++c)
        for (index_t i = 0; i < over.vertical.size; ++i)
          for (index_t j = 0; j < over.horizontal.size; ++j) {
            const index_t v = r * over.vertical.stride + i - over.vertical.before,
                          u = c * over.horizontal.stride + j - over.horizontal.before;
            if (v < 0 || v >= out.height || u < 0 || u >= out.width) continue;
            const index_t tap = i * over.horizontal.size + j;
            for (index_t o = 0; o < w.rows(); ++o)
              for (index_t k = 0; k < in.channels; ++k)
                y.mutable_pixels()((n * out.height + v) * out.width + u, o) +=
                    w(o, tap * in.channels + k) * x.pixels()((n * in.height + r) * in.width + c, k);
          }
  return y;
}

const window windows[] = {lowbit::square_window(2, 2),
                          lowbit::square_window(4, 2, 1),
                          lowbit::square_window(3),
                          {{6, 3, 1, 2, 1}, {2, 1, 1, 0, 1}},
                          {{2, 2, 1, 1, 0}, {9, 3, 1, 8, 4}}};

}  // namespace

TEST_CASE("channels become pixels, and gradients go back where they came from") {
  nn::feature_map x({1, 2, 1, 8});
  for (index_t i = 0; i < 16; ++i) x.mutable_pixels().data()[i] = static_cast<float>(i);
  nn::depth_to_space blocks(lowbit::square_window(2, 2));
  const nn::feature_view y = blocks.forward(x.read());
  REQUIRE(y.shape() == tensor_shape{1, 4, 2, 2});
  const float expected[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  CHECK(std::equal(expected, expected + 16, y.pixels().data()));

  nn::depth_to_space cut({{2, 2, 1, 1, 2}, {4, 4, 1, 0, 1}});
  const nn::feature_view z = cut.forward(x.read());
  REQUIRE(z.shape() == tensor_shape{1, 1, 3, 1});  // of 4x4 pixels, row 1, columns 0 to 2
  CHECK(z.pixels()(0, 0) == 4);
  CHECK(z.pixels()(2, 0) == 6);
  const nn::feature_map g = random_images(z.shape(), 1);
  const nn::feature_view dx = cut.backward(g.read());
  REQUIRE(dx.shape() == x.shape());
  CHECK(dx.pixels().sum() == Approx(g.pixels().sum()));
  CHECK(dx.pixels()(0, 4) == g.pixels()(0, 0));
  CHECK((dx.pixels().array() != 0).count() == 3);

  CHECK(test::error_of([] { nn::depth_to_space(lowbit::square_window(3, 2)); }) ==
        "nn::depth_to_space: blocks of size 3, stride 2, dilation 1: they lie side by side");
  CHECK(test::error_of([&] {
          nn::depth_to_space(lowbit::square_window(3, 3)).forward(x.read());
        }) == "nn::depth_to_space: images of 8 channels for blocks of 3x3 pixels");
  CHECK(test::error_of([&] {
          nn::depth_to_space(lowbit::square_window(2, 2, 1)).forward(x.read());
        }).find("cut by 1+1 and 1+1: nothing is left") != std::string::npos);
}

TEST_CASE("transposed convolutions spread filters, whatever the policies") {
  INFO("seed " << seed);
  const nn::feature_map x = random_images({2, 4, 3, 3}, 2);
  for (const window& over : windows) {
    INFO(over.vertical.size << "x" << over.horizontal.size << " taps");
    const float_matrix w = random_matrix(5, over.taps() * 3, seed + 3);
    const auto run = [&](const nn::any_policy& weight, const nn::any_policy& input) {
      auto layer = nn::transposed_conv_layer(3, 5, over, drawn(), {}, weight, input);
      auto& conv = std::get<0>(layer.layers());
      REQUIRE(conv.weights().value.size() == w.size());
      conv.weights().value = nn::phase_filters(w, over);
      const nn::feature_view y = layer.forward(x.read());
      float_matrix used;
      nn::straight_through(weight).forward(w, used);
      nn::feature_map used_x(x.shape());
      nn::straight_through(input).forward(x.pixels(), used_x.mutable_pixels());
      const nn::feature_map expected = spread(used_x, used, over);
      REQUIRE(y.shape() == expected.shape());
      CHECK((y.pixels() - expected.pixels()).cwiseAbs().maxCoeff() < 1e-4f);
    };
    run(nn::real(), nn::real());
    run(lowbit::sign<>(), lowbit::sign<>());
    run(lowbit::dorefa_weight<3>(), lowbit::dorefa_activation<2>());
  }
}

TEST_CASE("gradients of transposed convolutions are their derivatives") {
  INFO("seed " << seed);
  for (const window& over : {windows[1], windows[3]}) {
    nn::feature_map x = random_images({2, 3, 2, 2}, 4);
    auto layer = nn::transposed_conv2d<nn::real, nn::real>(2, 3, over, drawn());
    const nn::feature_map g = random_images(layer.forward(x.read()).shape(), 5);
    const auto loss = [&] { return dot(g.pixels(), layer.forward(x.read()).pixels()); };
    loss();
    const float_matrix dx = layer.backward(g.read()).pixels();
    nn::parameter& weights = *layer.parameters()[0];
    const float_matrix dw = weights.gradient;
    CHECK((nn::freeze(layer)(x.read()).pixels() - layer.forward(x.read()).pixels())
              .cwiseAbs()
              .maxCoeff() < 1e-5f);
    check_gradient(weights.value, dw, loss);
    check_gradient(x.mutable_pixels(), dx, loss);
  }
}

TEST_CASE("transposed convolutions that cannot be are refused") {
  const auto refusal = [](const window& over, const nn::conv2d_options& options) {
    return test::error_of([&] {
      static_cast<void>(
          nn::transposed_conv2d<lowbit::sign<>, lowbit::sign<>>(4, 6, over, drawn(), options));
    });
  };
  CHECK(refusal(lowbit::square_window(3, 2), {}) ==
        "nn::transposed_conv2d: a window of size 3, stride 2, dilation 1: the size must be a "
        "multiple of the stride, and dilation 1. Use size 4");
  CHECK(refusal(lowbit::square_window(2, 2, 2), {}) ==
        "nn::transposed_conv2d: a window of size 2, cut by 2 and 2: less than the size");
  CHECK(refusal(lowbit::square_window(2, 2), {.bias = true}).find("nn::batch_norm(6) behind") !=
        std::string::npos);
  CHECK(refusal(lowbit::square_window(2, 2), {.groups = 2}).find("use 1 group") !=
        std::string::npos);
  CHECK(test::error_of([] {
          static_cast<void>(
              nn::decoder_block(2, 2, 0, seed, 0, lowbit::sign<>(), lowbit::sign<>()));
        }) == "nn::decoder_block: a factor of 0: it must be 1 or more");
  CHECK(test::error_of([] {
          static_cast<void>(nn::phase_filters(float_matrix(2, 9), lowbit::square_window(2, 2)));
        }) == "nn::phase_filters: rows of 9 weights for windows of 4 taps");
}

TEST_CASE("a decoder trains from 8 bits down to 1, as BFCN does") {
  INFO("seed " << seed);
  // The classes of 8x8 pixels from images of 4x4: whether the first of two numbers is the larger one, but the odd
  // columns the other way round.
  const nn::feature_map x = random_images({8, 4, 4, 2}, 6);
  std::vector<lowbit::code_t> classes;
  for (index_t r = 0; r < 8 * 8 * 8; ++r) {
    const index_t n = r / 64, v = r / 8 % 8, u = r % 8, pixel = (n * 4 + v / 2) * 4 + u / 2;
    const bool first = x.pixels()(pixel, 0) > x.pixels()(pixel, 1);
    classes.push_back(first == (u % 2 == 0) ? 1 : 0);
  }
  const auto named = [](const char* name, int bits, lowbit::quantizer_use use) {
    return lowbit::quantizer_named(std::string(name) + std::to_string(bits), use);
  };
  auto block = nn::decoder_block(2, 2, 2, seed, 7, named("lsq", 8, lowbit::for_weights),
                                 named("lsq", 8, lowbit::for_activations));
  const auto convolution = [](nn::normalised_transposed& branch) -> nn::conv_layer& {
    return std::get<0>(std::get<0>(branch.layers()).layers());
  };
  const auto loss = [&] {
    return nn::softmax_cross_entropy(block.forward(x.read()).pixels(), classes);
  };
  REQUIRE(block.forward(x.read()).shape() == tensor_shape{8, 8, 8, 2});
  double last = 1;
  for (const int bits : {8, 4, 2, 1}) {
    INFO(bits << " bits");
    for (nn::conv_layer* const conv :
         {&convolution(block.body()), &convolution(block.shortcut())}) {
      const float_matrix before = conv->weights().value;
      if (bits == 1)
        conv->set_policies(lowbit::xnor_weight<>(), lowbit::sign<>());
      else
        conv->set_policies(named("lsq", bits, lowbit::for_weights),
                           named("lsq", bits, lowbit::for_activations));
      CHECK(conv->weights().value == before);
      CHECK(conv->weight_policy_in_training().policy().format().plane_count == bits);
    }
    nn::adam optimizer(block.parameters(), {.rate = 0.02f});
    const double start = loss().loss;
    for (int step = 0; step < 60; ++step) {
      block.backward_parameters({{8, 8, 8, 2}, loss().gradient});
      optimizer.step();
    }
    last = loss().loss;
    CHECK(last < start);
  }
  CHECK(last < 0.6);  // of log 2 for a guess
}

TEST_CASE("decoders make the trip") {
  using namespace trip;
  using act = dorefa_activation<2>;
  // Down to 4x4 pixels and up again around a shortcut, as a fully convolutional network joins its layers.
  const auto down = [](std::uint64_t number) {
    return nn::normalised(nn::conv_layer(4, 6, square_window(3, 2, 1), stream(number), {},
                                         dorefa_weight<2>(), act()));
  };
  const auto up = [](std::uint64_t number) {
    return nn::transposed_conv_layer(6, 4, square_window(4, 2, 1), stream(number),
                                     {.grain = per::row}, lsq<4>(), act());
  };
  const auto ends = [](index_t inputs, index_t size) {
    return nn::conv_layer(inputs, classes, square_window(size), stream(9), {.bias = true}, lsq<4>(),
                          act());
  };
  require_trip(nn::sequential(nn::residual(nn::sequential(down(0), up(1), nn::batch_norm(4))),
                              down(2), nn::decoder_block(6, 3, 2, seed, 3, lsq<2>(), act()),
                              ends(3, 8)));
  require_trip(nn::sequential(down(4), up(5), nn::global_average_pool(), ends(4, 1)));

  nn::sequential on_signs(
      nn::normalised(nn::conv2d<xnor_weight<>, sign<>>(4, 8, square_window(3, 2, 1), stream(0))),
      nn::transposed_conv2d<xnor_weight<>, sign<>>(8, 6, square_window(2, 2), stream(1)),
      nn::normalised(nn::conv2d<xnor_weight<>, sign<>>(6, 6, square_window(3, 1, 1), stream(2))),
      nn::conv2d<nn::real, sign<>>(6, classes, square_window(8), stream(3), {.bias = true}));
  require_trip(on_signs);
}

}  // namespace test_transposed_conv2d
