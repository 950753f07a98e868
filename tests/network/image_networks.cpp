// The promise of tests/network/packed_equals_float.cpp for images. Small networks are trained for a few steps and given
// difficult batch norms. They compute on bits what they compute in float arithmetic. Every hidden code and every logit
// is compared, on every ISA, also after saving and loading.
#include <lowbit/gradient/approx_sign.hpp>
#include <lowbit/io/network.hpp>
#include <lowbit/nn/deployment/deploy.hpp>
#include <lowbit/nn/losses/cross_entropy.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/quantize/methods/xnor_weight.hpp>

#include "support/isas.hpp"
#include "support/network_traces.hpp"

namespace test_image_networks {

namespace nn = lowbit::nn;
using namespace lowbit;

namespace {

constexpr std::uint64_t seed = 77;
constexpr index_t batch = 6, classes = 5;
using activation = sign<ste::approx_sign>;

/// Falling channels, constant ones, and sums that meet the mean.
void make_difficult(nn::batch_norm& norm) {
  for (index_t c = 0; c < norm.channels(); ++c) {
    if (c % 3 == 1) norm.gamma().value(0, c) *= -1;
    if (c % 5 == 2) norm.gamma().value(0, c) = 0;
    if (c % 10 == 2) norm.beta().value(0, c) = -0.0f;
    if (c % 10 == 7) norm.beta().value(0, c) = -1e-30f;
  }
}

template <class Network>
void train(Network& net, const nn::feature_view& x) {
  const std::vector<code_t> labels{0, 1, 2, 3, 4, 0};
  nn::adam optimizer(net.parameters(), {.rate = 1e-2f});
  for (int i = 0; i < 3; ++i) {
    const auto loss = nn::softmax_cross_entropy(net.forward(x).pixels(), labels);
    net.backward_parameters({{batch, 1, 1, classes}, loss.gradient});
    optimizer.step();
  }
}

void check_same(const nn::trace& expected, const nn::trace& got) {
  const nn::comparison result = nn::compare(expected, got);
  CHECK(result.hidden_codes > 0);
  CHECK(result.different_codes == 0);
  CHECK(result.logits == batch * classes);
  CHECK(result.different_logits == 0);
}

template <class Packed>
void check_packed(const nn::trace& expected, const Packed& packed, const auto& images) {
  test::on_every_isa(
      [&](any_isa isa) { check_same(expected, test::traced(packed, images.view(), isa)); });
  const auto file = save(packed);
  const auto again = load<Packed>(file);
  REQUIRE(again);
  CHECK(save(*again) == file);
  check_same(expected, test::traced(*again, images.view(), chosen_isa()));
}

random_stream stream(std::uint64_t layer) { return random_stream(seed, layer); }

}  // namespace

TEST_CASE("a trained Bi-Real network runs on bits as it does in floats") {
  INFO("seed " << seed);
  test::floats floats{random_stream(seed, 99)};
  const tensor_shape shape{batch, 12, 10, 3};
  const auto images = floats.images(shape);
  nn::feature_map x(shape);
  std::copy_n(images.pixels().data(), shape.elements(), x.mutable_pixels().data());

  using conv = nn::conv2d<xnor_weight<>, activation>;
  using float_conv = nn::conv2d<nn::real, nn::real>;
  nn::normalised stem(float_conv(3, 20, square_window(3, 1, 1), stream(0)));
  nn::normalised same(conv(20, 20, square_window(3, 1, 1), stream(1), {.grain = per::row}));
  nn::normalised half(conv(20, 37, square_window(3, 2, 1), stream(2)));
  nn::normalised widen(float_conv(20, 37, square_window(1), stream(3)));
  for (nn::batch_norm* norm : {&stem.norm(), &same.norm(), &half.norm(), &widen.norm()})
    make_difficult(*norm);
  nn::sequential net(
      stem, nn::max_pool(square_window(2, 2)), nn::residual(same),
      nn::residual(half,
                   nn::sequential(nn::average_pool({{2, 2, 1, 0, 0}, {2, 2, 1, 0, 1}}), widen)),
      nn::global_average_pool(),
      float_conv(37, classes, square_window(1), stream(4), {.bias = true}));
  train(net, x.read());

  const nn::trace expected = nn::freeze(net).traced(x.read());
  REQUIRE(expected.hidden.size() == 2);
  const test::bireal_net packed = nn::deploy(net);
  check_packed(expected, packed, images);
  // Eigen's order of real sums is another: the numbers are close, and that is all.
  const nn::trace fast = nn::freeze(net, nn::sums::fast).traced(x.read());
  CHECK(fast.logits.rows() == batch);
}

TEST_CASE("a trained network between bits alone runs on bits as it does in floats") {
  INFO("seed " << seed);
  const tensor_shape shape{batch, 16, 12, 2};
  const auto images = test::make_pixels(shape);
  const auto x = nn::to_feature_map({images.pixels().data(), batch, 16 * 12 * 2}, shape);

  using conv = nn::conv2d<sign<>, activation, pad::plus_one>;
  nn::normalised first(nn::conv2d<sign<>, nn::pixel>(2, 40, square_window(3, 1, 1), stream(5)));
  nn::normalised second(conv(40, 66, square_window(3, 1, 1), stream(6)));
  nn::normalised third(conv(66, 64, square_window(2, 2), stream(7)));
  for (nn::batch_norm* norm : {&first.norm(), &second.norm(), &third.norm()}) make_difficult(*norm);
  nn::sequential net(
      first, nn::max_pool(square_window(2, 2)), second, third,
      nn::conv2d<nn::real, activation>(64, classes, {{4}, {3}}, stream(8), {.bias = true}));
  train(net, x.read());

  const nn::trace expected = nn::freeze(net).traced(x.read());
  REQUIRE(expected.hidden.size() == 4);
  const test::bit_net packed = nn::deploy(net);
  check_packed(expected, packed, images);
}

}  // namespace test_image_networks
