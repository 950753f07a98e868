// nn::circulant: rotated copies of learned filters, their gradients turned back, and the trip to bits.
#include <lowbit/nn/layers/circulant.hpp>
#include <lowbit/quantize/methods/dorefa_activation.hpp>
#include <lowbit/quantize/methods/inq.hpp>
#include <lowbit/quantize/methods/lsq.hpp>
#include <lowbit/quantize/methods/xnor_weight.hpp>

#include "support/settings.hpp"
#include "unit/nn/make_trip.hpp"

namespace test_circulant {

namespace nn = lowbit::nn;
using lowbit::index_t;
using nn::float_matrix;

namespace {

constexpr std::uint64_t seed = 201;
const lowbit::window over = lowbit::square_window(3, 2, 1);

lowbit::random_stream stream() { return lowbit::random_stream(seed); }

nn::feature_map random_images(lowbit::tensor_shape shape, std::uint64_t salt) {
  nn::feature_map x(shape);
  x.mutable_pixels() = random_matrix(shape.pixels(), shape.channels, seed + salt);
  return x;
}

/// The 3x3 filter of one channel.
std::array<float, 9> plane_of(const float_matrix& rows, index_t row, index_t channel) {
  std::array<float, 9> plane{};
  const index_t channels = rows.cols() / 9;
  for (index_t i = 0; i < 9; ++i)
    plane[static_cast<std::size_t>(i)] = rows(row, i * channels + channel);
  return plane;
}

}  // namespace

TEST_CASE("circulant filters are rotated copies, channel by channel") {
  INFO("seed " << seed);
  const nn::feature_map x = random_images({2, 5, 4, 3}, 1);
  for (const index_t copies : {4, 8}) {
    INFO(copies << " copies");
    nn::circulant layer(nn::conv2d<nn::real, nn::real>(3, 16, over, stream()), copies);
    REQUIRE(layer.filters().value.rows() == 16 / copies);
    layer.filters().value = random_matrix(16 / copies, 27, seed + 2);
    const float_matrix y = layer.forward(x.read()).pixels();
    const float_matrix w = layer.expanded().weights().value;
    for (index_t o = 0; o < 16; ++o)
      for (index_t c = 0; c < 3; ++c) {
        const auto learned = plane_of(layer.filters().value, o / copies, c);
        const auto all = lowbit::circulant_filter(learned, copies);
        const auto copy = plane_of(w, o, c);
        CHECK(std::equal(copy.begin(), copy.end(), all.row(o % copies).data()));
      }
    nn::conv2d<nn::real, nn::real> plain(3, 16, over, stream());
    plain.weights().value = w;
    CHECK(plain.forward(x.read()).pixels() == y);
    CHECK((nn::freeze(layer)(x.read()).pixels() - y).cwiseAbs().maxCoeff() < 1e-5f);
  }
}

TEST_CASE("circulant back-propagation is the derivative of the learned filters") {
  INFO("seed " << seed);
  nn::feature_map x = random_images({2, 4, 5, 2}, 3);
  nn::circulant layer(
      nn::conv2d<nn::real, nn::real>(2, 16, over, stream(), {.bias = true, .groups = 2}), 8);
  const nn::feature_map g = random_images(layer.conv().output_shape(x.shape()), 4);
  const auto loss = [&] { return dot(g.pixels(), layer.forward(x.read()).pixels()); };
  loss();
  const float_matrix dx = layer.backward(g.read()).pixels();
  const auto parameters = layer.parameters();
  REQUIRE(parameters.size() == 2);
  REQUIRE(parameters[0] == &layer.filters());
  for (nn::parameter* const p : parameters) {
    const float_matrix d = p->gradient;
    check_gradient(p->value, d, loss);
  }
  check_gradient(x.mutable_pixels(), dx, loss);

  loss();
  const float_matrix d = layer.filters().gradient;
  layer.backward_parameters(g.read());
  CHECK(layer.filters().gradient == d);
}

TEST_CASE("gradients of binarized copies are turned back and added") {
  INFO("seed " << seed);
  const nn::feature_map x = random_images({3, 5, 5, 4}, 5);
  for (const index_t copies : {4, 8}) {
    nn::circulant layer(nn::conv2d<lowbit::xnor_weight<>, lowbit::sign<>>(
                            4, 16, over, stream(), {.grain = lowbit::per::row}),
                        copies);
    CHECK(layer.filters().clip == layer.conv().weights().clip);
    layer.filters().value = random_matrix(16 / copies, 36, seed + 6, 1.5f);
    const nn::feature_map g = random_images(layer.conv().output_shape(x.shape()), 7);
    auto plain = layer.expanded();
    CHECK(layer.forward(x.read()).pixels() == plain.forward(x.read()).pixels());
    CHECK(layer.backward(g.read()).pixels() == plain.backward(g.read()).pixels());
    for (index_t l = 0; l < 16 / copies; ++l)
      for (index_t c = 0; c < 4; ++c) {
        lowbit::matrix<float> of_copies(copies, 9);
        for (index_t m = 0; m < copies; ++m)
          for (std::size_t i = 0; i < 9; ++i)
            of_copies(m, static_cast<index_t>(i)) =
                plane_of(plain.weights().gradient, l * copies + m, c)[i];
        CHECK(plane_of(layer.filters().gradient, l, c) ==
              lowbit::circulant_gradient(of_copies.view()));
      }
  }
}

TEST_CASE("circulant layers that cannot be are refused") {
  using conv = nn::conv2d<lowbit::sign<>, lowbit::sign<>>;
  const auto refusal = [](index_t outputs, const lowbit::window& w, index_t groups,
                          index_t copies) {
    return test::error_of(
        [&] { nn::circulant layer(conv(4, outputs, w, stream(), {.groups = groups}), copies); });
  };
  CHECK(refusal(16, over, 1, 6) ==
        "circulant_filter: 6 copies: it must be 4 (90 degrees apart) or 8 (45)");
  CHECK(refusal(16, lowbit::square_window(5), 1, 8) ==
        "nn::circulant: a window of 5x5 taps: the ring of a filter has 3x3");
  CHECK(refusal(12, over, 1, 8) ==
        "nn::circulant: 12 filters in 1 groups for copies of 8: the copies of a filter are in one "
        "group, so 8 must divide the filters of each group");
  CHECK(refusal(24, over, 4, 4).find("24 filters in 4 groups for copies of 4") !=
        std::string::npos);
  CHECK(refusal(16, over, 2, 8) == "no error");
  CHECK(test::error_of([] {
          nn::circulant layer(nn::conv2d<lowbit::inq<4>, lowbit::sign<>>(4, 8, over, stream()));
        }).find("nn::circulant: this weight quantizer freezes weights one by one") == 0);
}

TEST_CASE("circulant convolutions make the trip") {
  using namespace trip;
  using act = dorefa_activation<2>;
  const auto values = [](index_t inputs, std::uint64_t number, const nn::any_policy& input) {
    return nn::normalised(nn::circulant(nn::conv_layer(inputs, 8, square_window(3, 1, 1),
                                                       trip::stream(number), {}, lsq<4>(), input)));
  };
  require_trip(nn::sequential(
      values(4, 0, act()), nn::residual(values(8, 1, lsq<4>())), nn::global_average_pool(),
      nn::conv_layer(8, classes, window{}, trip::stream(9), {.bias = true}, lsq<4>(), act())));

  nn::sequential on_signs(
      nn::normalised(
          nn::conv2d<xnor_weight<>, sign<>>(4, 8, square_window(3, 1, 1), trip::stream(0))),
      nn::normalised(
          nn::circulant(nn::conv2d<xnor_weight<>, sign<>>(8, 16, square_window(3, 2, 1),
                                                          trip::stream(1), {.grain = per::row}),
                        4)),
      nn::conv2d<nn::real, sign<>>(16, classes, square_window(4), trip::stream(2), {.bias = true}));
  require_trip(on_signs);
}

}  // namespace test_circulant
