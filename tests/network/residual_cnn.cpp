// The promise of tests/network/packed_equals_float.cpp for images: a small Bi-Real network, trained for a few
// steps and given difficult batch norms, computes on bits what it computes in float arithmetic – every
// hidden code and every logit, on every ISA, and the same after it was saved and loaded.
#include <lowbit/gradient/approx_sign.hpp>
#include <lowbit/io/network.hpp>
#include <lowbit/nn/adam.hpp>
#include <lowbit/nn/cross_entropy.hpp>
#include <lowbit/nn/deploy_network.hpp>
#include <lowbit/nn/packed_trace.hpp>
#include <lowbit/quantize/xnor_weight.hpp>

#include "support/isas.hpp"

namespace nn = lowbit::nn;
using namespace lowbit;

namespace {

constexpr std::uint64_t seed = 77;
using activation = sign<ste::approx_sign>;

image_tensor<code_t> make_images(tensor_shape shape) {
  const random_stream random(seed, 9);
  image_tensor<code_t> out(shape);
  for (index_t i = 0; i < shape.elements(); ++i)
    out.mutable_pixels().data()[i] =
        random.bits(i) % 3 == 0 ? code_t{0} : static_cast<code_t>(random.bits(i) / 7 % 256);
  return out;
}

/// Falling channels, constant ones, and sums that meet the mean.
void make_difficult(nn::batch_norm& norm) {
  for (index_t c = 0; c < norm.channels(); ++c) {
    if (c % 3 == 1) norm.gamma().value(0, c) *= -1;
    if (c % 5 == 2) norm.gamma().value(0, c) = 0;
    if (c % 10 == 2) norm.beta().value(0, c) = -0.0f;
    if (c % 10 == 7) norm.beta().value(0, c) = -1e-30f;
  }
}

/// Pixels x signs, signs alone after a pool, a Bi-Real block, one that halves the image, pool, real classes.
auto make_network() {
  index_t layer = 0;
  const auto stream = [&] { return random_stream(seed, static_cast<std::uint64_t>(layer++)); };
  nn::normalised stem(nn::conv2d<sign<>, nn::pixel>(2, 20, square_window(3, 1, 1), stream()));
  nn::normalised bits(nn::conv2d<xnor_weight<>, activation>(20, 24, square_window(3, 1, 1),
                                                            stream(), {.grain = per::row}));
  nn::residual same(nn::normalised(
      nn::conv2d<sign<>, activation, pad::minus_one>(24, 24, square_window(3, 1, 1), stream())));
  nn::normalised widen(nn::conv2d<nn::real, nn::real>(24, 64, square_window(1), stream()));
  nn::residual half(
      nn::sequential(
          nn::normalised(nn::conv2d<sign<>, activation>(24, 30, square_window(3, 2, 1), stream())),
          nn::normalised(nn::conv2d<sign<>, activation>(30, 64, square_window(3, 1, 1), stream()))),
      nn::sequential(nn::average_pool(square_window(2, 2)), widen));
  nn::conv2d<nn::real, activation> classes(64, 5, square_window(2), stream(), {.bias = true});
  for (nn::batch_norm* norm : {&stem.norm(), &bits.norm(), &same.body().norm(), &widen.norm()})
    make_difficult(*norm);
  return nn::sequential(stem, nn::max_pool(square_window(2, 2)), bits, same, half,
                        nn::max_pool(square_window(2, 2)), classes);
}

}  // namespace

TEST_CASE("a residual network of images runs on bits as it does in floats") {
  INFO("seed " << seed);
  const tensor_shape shape{6, 16, 16, 2};
  const auto images = make_images(shape);
  const auto x = nn::to_feature_map({images.pixels().data(), 6, 16 * 16 * 2}, shape);
  const std::vector<code_t> labels{0, 1, 2, 3, 4, 0};
  auto net = make_network();
  nn::adam optimizer(net.parameters(), {.rate = 1e-2f});
  for (int i = 0; i < 3; ++i) {
    const auto loss = nn::softmax_cross_entropy(net.forward(x.read()).pixels(), labels);
    net.backward_parameters({{6, 1, 1, 5}, loss.gradient});
    optimizer.step();
  }

  const nn::trace expected = nn::freeze(net).traced(x.read());
  REQUIRE(expected.hidden.size() == 6);
  const auto packed = nn::deploy(net);
  const auto file = save(packed);
  const auto again = load<std::remove_const_t<decltype(packed)>>(file);
  REQUIRE(again);
  CHECK(save(*again) == file);
  test::on_every_isa([&](any_isa isa) {
    const nn::comparison result = nn::compare(expected, nn::traced(isa, packed, images.view()));
    CHECK(result.hidden_codes > 6 * 16 * 16 * 2);
    CHECK(result.different_codes == 0);
    CHECK(result.logits == 30);
    CHECK(result.different_logits == 0);
  });
  auto work = again->workspace(shape);
  auto y = again->make_output(work);
  (*again)(images.view(), work, y);
  CHECK(std::equal(y.pixels().data(), y.pixels().data() + 30, expected.logits.data()));
}
