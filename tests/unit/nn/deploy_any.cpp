// Networks of quantizers of every kind make the trip: residuals, repeats, pools, groups, groups of depth and numbers
// per channel. Real weights on codes and codes on real inputs do, too. freeze() and deploy() agree in every code and
// logit.
#include <algorithm>
#include <lowbit/io.hpp>
#include <lowbit/nn.hpp>
#include <lowbit/quantize/methods/bitnet_activation.hpp>
#include <lowbit/quantize/methods/dorefa_activation.hpp>
#include <lowbit/quantize/methods/dsq.hpp>
#include <lowbit/quantize/methods/jacob_affine.hpp>
#include <lowbit/quantize/methods/kmeans.hpp>
#include <lowbit/quantize/methods/lq_nets.hpp>
#include <lowbit/quantize/methods/lsq.hpp>
#include <lowbit/quantize/methods/pact.hpp>
#include <lowbit/quantize/methods/rsign.hpp>
#include <lowbit/quantize/methods/twn.hpp>

#include "support/catch.hpp"
#include "unit/nn/numeric.hpp"

namespace nn = lowbit::nn;
using namespace lowbit;

namespace {

constexpr index_t batch = 3, classes = 5;
const tensor_shape shape{batch, 8, 8, 4};
using act = dorefa_activation<2>;

random_stream stream(std::uint64_t layer) { return random_stream(41, layer); }

nn::feature_map images() {
  nn::feature_map x(shape);
  x.mutable_pixels() = random_matrix(shape.pixels(), shape.channels, 42);
  return x;
}

/// Some steps of training, so that every number has moved; then both sides, saved and loaded.
template <class Network>
void require_trip(Network net) {
  const nn::feature_map x = images();
  const std::vector<code_t> labels{0, 3, 4};
  nn::adam optimizer(net.parameters(), {.rate = 1e-2f});
  for (int i = 0; i < 3; ++i) {
    const auto loss = nn::softmax_cross_entropy(net.forward(x.read()).pixels(), labels);
    net.backward_parameters({{batch, 1, 1, classes}, loss.gradient});
    optimizer.step();
  }
  const nn::trace expected = nn::freeze(net).traced(x.read());
  const auto packed = nn::deploy(net);
  const auto again = load<std::remove_const_t<decltype(packed)>>(save(packed));
  REQUIRE(again);
  for (const auto* each : {&packed, &*again}) {
    const auto result = nn::compare(expected, nn::traced(*each, x.read().view()));
    CHECK(result.hidden_codes > 0);
    CHECK(result.logits == batch * classes);
    CHECK(result.identical());
  }
  // All at once, with values in shared memory, as layer by layer.
  auto work = packed.workspace(shape);
  auto y = packed.make_output(work);
  packed(x.read().view(), work, y);
  CHECK(std::equal(y.pixels().data(), y.pixels().data() + batch * classes, expected.logits.data()));
}

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

TEST_CASE("policies that are types make the trip with real numbers on one side") {
  nn::sequential net(
      nn::normalised(nn::conv2d<lsq<4>, nn::real>(4, 8, square_window(3, 1, 1), stream(0))),
      nn::normalised(nn::conv2d<jacob_weight<8>, act>(8, 8, square_window(3, 2, 1), stream(1))),
      nn::normalised(nn::conv2d<nn::real, lq_activation<2>>(8, 6, square_window(4), stream(2))),
      nn::conv2d<nn::real, act>(6, classes, stream(3), {.bias = true}));
  require_trip(net);
}

TEST_CASE("what has no product is refused with what to use") {
  const auto net = [](nn::conv2d_options options, const auto& input) {
    return nn::sequential(nn::conv_layer(4, classes, window{}, stream(0), options, twn<>(), input));
  };
  auto steps = net({.numbers_per_channel = true}, lsq<4>());
  steps.forward(images().read());
  CHECK_THROWS_WITH(nn::deploy(steps), Catch::Contains("channels with levels of their own"));
  CHECK_THROWS_WITH(nn::deploy(net({}, bitnet_activation<8>())),
                    Catch::Contains("train with nn::fixed(q.fit(sample))"));
  CHECK_THROWS_WITH(nn::deploy(net({}, nn::relu())), Catch::Contains("inputs that are floats"));
  CHECK_THROWS_WITH(nn::deploy(nn::sequential(
                        nn::conv_layer(4, classes, window{}, stream(0), {}, nn::real(), act()))),
                    Catch::Contains("weights that are floats"));
}
