// Networks of quantizers of every kind make the trip: residuals, repeats, pools, groups, groups of depth and numbers
// per channel. Real weights on codes and codes on real inputs do, too. freeze() and deploy() agree in every code and
// logit.
#include <algorithm>
#include <cmath>
#include <lowbit/quantize/methods/bitnet_activation.hpp>
#include <lowbit/quantize/methods/dorefa_activation.hpp>
#include <lowbit/quantize/methods/dsq.hpp>
#include <lowbit/quantize/methods/jacob_affine.hpp>
#include <lowbit/quantize/methods/kmeans.hpp>
#include <lowbit/quantize/methods/lq_nets.hpp>
#include <lowbit/quantize/methods/lsq.hpp>
#include <lowbit/quantize/methods/pact.hpp>
#include <lowbit/quantize/methods/rprelu.hpp>
#include <lowbit/quantize/methods/rsign.hpp>
#include <lowbit/quantize/methods/twn.hpp>
#include <lowbit/quantize/methods/xnor_weight.hpp>

#include "support/catch.hpp"
#include "support/settings.hpp"
#include "unit/nn/make_trip.hpp"

namespace test_deploy_any {

namespace nn = lowbit::nn;
using namespace lowbit;

namespace {

using act = dorefa_activation<2>;
using namespace trip;

/// What ends all networks: the classes of an image of one pixel.
auto last(index_t inputs) {
  return nn::conv_layer(inputs, classes, window{}, stream(9), {.bias = true}, lsq<4>(), act());
}

}  // namespace

TEST_CASE("residual blocks and repeats of any quantizers make the trip") {
  const auto hidden = [](std::uint64_t number) {
    return nn::normalised(
        nn::conv_layer(8, 8, square_window(3, 1, 1), stream(number), {}, twn<>(), pact<4>()));
  };
  using conv = nn::normalised<nn::conv_layer>;
  nn::sequential net(
      nn::normalised(nn::conv_layer(4, 8, square_window(3, 1, 1), stream(0), {}, dsq<2>(), act())),
      nn::residual(hidden(1)), nn::repeat(std::vector<conv>{hidden(2), hidden(3)}),
      nn::residual(hidden(4), nn::normalised(nn::conv_layer(8, 8, window{}, stream(5), {}, lsq<4>(),
                                                            lsq<4>()))),
      nn::global_average_pool(), last(8));
  require_trip(net);
}

TEST_CASE("pools between codes, and groups of channels and of depth make the trip") {
  nn::sequential net(
      nn::normalised(nn::conv_layer(4, 8, square_window(3, 1, 2, 2), stream(0), {.groups = 4},
                                    kmeans<2>(), jacob_affine<8>())),
      nn::max_pool(square_window(2, 2)),
      nn::normalised(nn::conv_layer(8, 12, square_window(3, 1, 1), stream(1),
                                    {.grain = per::pixel<8>}, twn<>(), lq_activation<2>())),
      nn::average_pool(square_window(2, 2)),
      nn::normalised(nn::conv_layer(12, 6, square_window(2), stream(2), {.grain = per::group<20>},
                                    lq_weight<2>(), act())),
      last(6));
  require_trip(net);
}

TEST_CASE("boundaries of each channel make the trip") {
  nn::sequential net(
      nn::normalised(nn::conv_layer(4, 8, square_window(3, 1, 1), stream(0), {}, twn<>(), act())),
      nn::max_pool(square_window(2, 2)),
      nn::normalised(nn::conv_layer(8, 6, square_window(4), stream(1),
                                    {.numbers_per_channel = true}, twn<>(), rsign<>())),
      last(6));
  require_trip(net);
}

TEST_CASE("levels of each input channel make the trip") {
  const nn::conv2d_options own{.numbers_per_channel = true};
  const auto net = [&](const auto& first, const auto& second, index_t groups) {
    nn::conv2d_options grouped = own;
    grouped.groups = groups;
    return nn::sequential(nn::normalised(nn::conv_layer(4, 8, square_window(3, 1, 1), stream(0),
                                                        own, twn<>(), first)),
                          nn::max_pool(square_window(2, 2)),
                          nn::normalised(nn::conv_layer(8, 8, square_window(3, 1, 1), stream(1),
                                                        grouped, lsq<4>(), second)),
                          nn::average_pool(square_window(4, 1)), last(8));
  };
  require_trip(net(lsq<2, unsigned_bits<2>>(), lsq<4>(), 1));
  require_trip(net(jacob_affine<8>(), jacob_affine<4>(), 1));
  require_trip(net(lq_activation<2>(), lsq<2, unsigned_bits<2>>(), 8));
  require_trip(net(lsq<4>(), lq_activation<2>(), 2));
}

TEST_CASE("real weights on codes with levels of each channel make the trip") {
  nn::sequential net(
      nn::normalised(nn::conv2d<twn<>, act>(4, 8, square_window(3, 2, 1), stream(1))),
      nn::normalised(nn::conv2d<nn::real, lsq<4>>(8, 6, square_window(4), stream(2),
                                                  {.numbers_per_channel = true})),
      nn::conv2d<nn::real, rsign<>>(6, classes, stream(3),
                                    {.bias = true, .numbers_per_channel = true}));
  require_trip(net);
}

TEST_CASE("functions of floats and batch norms by themselves make the trip") {
  const auto conv = [](index_t inputs, std::uint64_t number) {
    return nn::normalised(
        nn::conv_layer(inputs, 8, square_window(3, 1, 1), stream(number), {}, twn<>(), act()));
  };
  const auto net = [&](const nn::any_policy& f, const nn::any_policy& g) {
    return nn::sequential(nn::activation(4, f), conv(4, 0), nn::activation(8, g),
                          nn::max_pool(square_window(2, 2)), conv(8, 1), nn::activation(8, f),
                          nn::batch_norm(8), conv(8, 2), nn::global_average_pool(),
                          nn::activation(8, g), last(8));
  };
  require_trip(net(nn::relu(), rprelu()));
  require_trip(net(lsq<4>(), nn::real()));
  require_trip(net(jacob_affine<8>(), lq_activation<2>()));
}

TEST_CASE("layers of training alone are left out") {
  const auto conv = [](index_t inputs, std::uint64_t number) {
    return nn::normalised(
        nn::conv_layer(inputs, 8, square_window(3, 1, 1), stream(number), {}, twn<>(), act()));
  };
  require_trip(nn::sequential(nn::dropout(0.2f, stream(9)), conv(4, 0), nn::distribution_penalty(),
                              nn::max_pool(square_window(2, 2)), conv(8, 1),
                              nn::dropout(0.5f, stream(8)), nn::global_average_pool(), last(8)));
}

TEST_CASE("ReActNet's blocks make the trip: RSign, shortcut, RPReLU") {
  const nn::conv2d_options own{.numbers_per_channel = true};
  const auto block = [&](std::uint64_t number) {
    return nn::residual(nn::normalised(nn::conv_layer(8, 8, square_window(3, 1, 1), stream(number),
                                                      own, xnor_weight<>(), rsign<>())));
  };
  nn::sequential net(
      nn::normalised(nn::conv2d<nn::real, nn::real>(4, 8, square_window(3, 1, 1), stream(0))),
      block(1), nn::activation(8, rprelu()), block(2), nn::activation(8, rprelu()),
      nn::residual(nn::sequential(nn::normalised(nn::conv2d<xnor_weight<>, sign<>>(
                                      8, 8, square_window(3, 1, 1), stream(3))),
                                  nn::activation(8, rprelu()))),
      nn::activation(8, rprelu()),
      nn::normalised(nn::conv2d<xnor_weight<>, sign<>>(8, 8, square_window(8), stream(4))),
      last(8));
  require_trip(net);
}

TEST_CASE("policies that are types make the trip with real numbers on one side") {
  nn::sequential net(
      nn::normalised(nn::conv2d<lsq<4>, nn::real>(4, 8, square_window(3, 1, 1), stream(0))),
      nn::normalised(nn::conv2d<jacob_weight<8>, act>(8, 8, square_window(3, 2, 1), stream(1))),
      nn::normalised(nn::conv2d<nn::real, lq_activation<2>>(8, 6, square_window(4), stream(2))),
      nn::conv2d<nn::real, act>(6, classes, stream(3), {.bias = true}));
  require_trip(net);
}

TEST_CASE("convolutions of floats behind functions and signs make the trip") {
  nn::sequential net(
      nn::normalised(nn::conv2d<nn::real, nn::relu>(4, 8, square_window(3, 1, 1), stream(0))),
      nn::normalised(nn::conv2d<twn<>, rprelu>(8, 8, square_window(3, 1, 1), stream(1),
                                               {.numbers_per_channel = true})),
      nn::normalised(nn::conv2d<nn::real, rprelu>(8, 8, square_window(3, 2, 1), stream(2))),
      nn::normalised(nn::conv2d<nn::real, sign<>>(8, 6, square_window(4), stream(3))), last(6));
  require_trip(net);
}

namespace {

struct softplus {
  float operator()(float x) const noexcept { return std::log1p(std::exp(x)); }
  float gradient(float x, float upstream) const noexcept { return upstream / (1 + std::exp(-x)); }
};

template <class... Layers>
std::string refusal(Layers... layers) {
  nn::sequential net(std::move(layers)...);
  net.forward(images().read());
  return test::error_of([&] { static_cast<void>(nn::deploy(net)); });
}

}  // namespace

// The list "What deploy() refuses" in include/lowbit/README.md; what types say is in tests/must_not_compile.
TEST_CASE("what has no product is refused with what to use") {
  const auto layer = [](nn::conv2d_options options, const nn::any_policy& weight,
                        const nn::any_policy& input) {
    return nn::conv_layer(4, classes, window{}, stream(0), options, weight, input);
  };
  const auto says = [](const std::string& refused, const char* what) {
    CHECK_THAT(refused, Catch::Contains(what));
  };
  says(refusal(layer({}, twn<>(), bitnet_activation<8>())), "train with nn::fixed(q.fit(sample))");
  says(refusal(nn::activation(4, bitnet_activation<8>()), layer({}, twn<>(), act())),
       "train with nn::fixed(q.fit(sample))");
  says(refusal(nn::activation(4, softplus()), layer({}, twn<>(), act())),
       "an activation whose function is your own");
  says(refusal(layer({}, twn<>(), nn::relu())), "inputs that are floats");
  says(refusal(layer({}, nn::real(), act())), "weights that are floats");
  says(refusal(nn::conv2d<nn::real, act>(4, 8, window{}, stream(0), {.groups = 2})),
       "a convolution of floats in 2 groups");
  says(
      refusal(nn::conv2d<nn::real, lsq<4>, pad::plus_one>(4, 8, square_window(3, 1, 1), stream(0))),
      "a padding of 1 around codes that real weights multiply");
  says(refusal(nn::conv2d<nn::real, sign<>>(4, 8, square_window(8, 1, 1), stream(0))),
       "their window is the whole image, without padding or groups");
  says(refusal(nn::conv2d<lsq<4>, lsq<4>, pad::plus_one>(4, 8, square_window(3, 1, 1), stream(0),
                                                         {.numbers_per_channel = true})),
       "a padding of 1: it must be 0, or an integer");
  says(refusal(nn::conv_layer(4, 8, square_window(8), stream(0), {.grain = per::group<1>}, twn<>(),
                              act())),
       "more than 128 groups of depth, or channels of inputs, with levels of their own");
}

}  // namespace test_deploy_any
