#include <algorithm>
#include <limits>
#include <lowbit/nn.hpp>
#include <lowbit/quantize/methods/jacob_affine.hpp>

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "support/mlp.hpp"
#include "unit/nn/numeric.hpp"

namespace test_deploy {

namespace nn = lowbit::nn;
using lowbit::binary;
using lowbit::index_t;

namespace {

/// Binary codes whose levels are not symmetric: 0 and 1.
struct offset_sign : lowbit::sign<> {
  [[nodiscard]] constexpr lowbit::affine levels() const noexcept { return {0.5f, 0.5f}; }
};

static_assert(lowbit::check_quantizer<offset_sign>());  // with nn.hpp alone

}  // namespace

TEST_CASE("a network has the parameters of its layers, and one start for one seed") {
  auto net = test::make_mlp<test::binary_mlp>({6, 5, 4, 3}, 7);
  auto& [first, hidden, last] = net.layers();
  CHECK(hidden.layers().size() == 1);
  CHECK(net.parameters().size() == 2 + 4 + 2);
  CHECK(last.has_bias());
  CHECK(last.inputs() == 4);
  auto same = test::make_mlp<test::binary_mlp>({6, 5, 4, 3}, 7),
       other = test::make_mlp<test::binary_mlp>({6, 5, 4, 3}, 8);
  const auto weights_of = [](auto& of) { return of.parameters()[3]->value; };
  CHECK(weights_of(net) == hidden.layers()[0].conv().weights().value);
  CHECK(weights_of(net) == weights_of(same));
  CHECK(weights_of(net) != weights_of(other));
  CHECK_THROWS_AS(test::make_mlp<test::binary_mlp>({6, -1, 4, 3}, 1), lowbit::error);
}

TEST_CASE("nn::repeat runs its layers in order, and back") {
  const std::uint64_t seed = 17;
  INFO("seed " << seed);
  using layer = nn::linear<nn::real, nn::real>;
  const auto made = [&](index_t in, index_t out, std::uint64_t stream) {
    return layer(in, out, lowbit::random_stream(seed, stream), {.bias = true});
  };
  nn::repeat deep(std::vector<layer>{made(4, 5, 1), made(5, 2, 2), made(2, 3, 3)});
  nn::sequential flat(made(4, 5, 1), made(5, 2, 2), made(2, 3, 3));
  const nn::float_matrix x = random_matrix(6, 4, seed), g = random_matrix(6, 3, seed + 1);
  CHECK(deep.forward(x).pixels() == flat.forward(x).pixels());
  CHECK(deep.backward(g).pixels() == flat.backward(g).pixels());
  const auto a = deep.parameters(), b = flat.parameters();
  REQUIRE(a.size() == 6);
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i]->gradient == b[i]->gradient);
    a[i]->gradient.setZero();
  }
  deep.backward_parameters(g);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i]->gradient == b[i]->gradient);
  CHECK(nn::freeze(deep)(x).pixels() == nn::freeze(flat)(x).pixels());
  CHECK(nn::freeze(deep).bytes() == nn::freeze(flat).bytes());
  CHECK_THROWS_WITH(nn::repeat(std::vector<layer>()), Catch::Contains("at least one"));
}

TEST_CASE("nn::batch_norm is a layer of a network") {
  const std::uint64_t seed = 19;
  INFO("seed " << seed);
  const nn::linear<nn::real, nn::real> layer(4, 3, lowbit::random_stream(seed));
  nn::sequential apart(layer, nn::batch_norm(3));
  nn::sequential together{nn::normalised(layer)};
  const nn::float_matrix x = random_matrix(6, 4, seed), g = random_matrix(6, 3, seed + 1);
  CHECK(apart.forward(x).pixels() == together.forward(x).pixels());
  CHECK(apart.backward(g).pixels() == together.backward(g).pixels());
  REQUIRE(apart.parameters().size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(apart.parameters()[i]->gradient == together.parameters()[i]->gradient);
  CHECK(nn::freeze(apart)(x).pixels() == nn::freeze(together)(x).pixels());
  CHECK_THROWS_WITH(nn::freeze(nn::batch_norm(3))(x),
                    Catch::Contains("images of 4 channels for 3"));
}

TEST_CASE("deploy packs the signs of the weights and counts its bytes") {
  auto net = test::make_mlp<test::binary_mlp>({6, 5, 4, 3}, 7);
  const auto packed = nn::deploy(net);
  const auto& [pixels, first, hidden, last] = packed.layers();
  REQUIRE(hidden.layers().size() == 1);
  const lowbit::packed_tensor<binary>& filters = first.data().filters;
  for (index_t n = 0; n < 5; ++n)
    for (index_t k = 0; k < 6; ++k)
      CHECK(filters.code(n, 0, 0, k) ==
            (lowbit::is_negative(net.parameters()[0]->value(n, k)) ? 0 : 1));
  CHECK(packed.bytes() == pixels.bytes() + first.bytes() + hidden.bytes() + last.bytes());
  CHECK(last.bytes() == 4 * (3 * 4 + 3));
  // The batch norm of the last layer is its bias, and counts as one.
  CHECK(nn::freeze(net).bytes() == 4 * (6 * 5 + 5 * 4 + 4 * 3 + 3 * (5 + 4 + 3)));
}

TEST_CASE("the last layer of a repeat follows by itself where floats are read") {
  const std::uint64_t seed = 23;
  INFO("seed " << seed);
  using hidden = nn::normalised<nn::linear<lowbit::sign<>, lowbit::sign<>>>;
  const auto deep = [&](std::uint64_t depth) {
    std::vector<hidden> layers;
    for (std::uint64_t i = 0; i < depth; ++i)
      layers.emplace_back(
          nn::linear<lowbit::sign<>, lowbit::sign<>>(9, 9, lowbit::random_stream(seed, i)));
    nn::sequential net{nn::repeat(std::move(layers))};
    for (std::uint64_t i = 0; i < 3; ++i) net.forward(random_matrix(8, 9, seed + i));
    return net;
  };
  auto net = deep(3);
  const nn::float_matrix x = random_matrix(5, 9, seed);
  const auto packed = nn::deploy(net);
  CHECK(std::get<1>(packed.layers()).layers().size() == 2);
  const nn::trace expected = nn::freeze(net).traced(x),
                  got = nn::traced(packed, lowbit::nhwc(x.data(), {5, 1, 1, 9}));
  CHECK(expected.hidden.size() == 3);
  CHECK(nn::compare(expected, got).identical());
  CHECK_THROWS_WITH(nn::deploy(deep(1)), Catch::Contains("a repeat of one layer"));
}

TEST_CASE("deploy and freeze report what they cannot represent") {
  SECTION("a parameter that is not finite") {
    auto net = test::make_mlp<test::binary_mlp>({6, 5, 4, 3}, 1);
    net.parameters()[1]->value(0, 2) = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH(nn::deploy(net), Catch::Contains("gamma of channel 2"));
  }
  SECTION("levels with an offset") {
    const nn::sequential net(
        nn::normalised(nn::linear<offset_sign, nn::pixel>(6, 5, lowbit::random_stream(1))),
        nn::linear<nn::real, lowbit::sign<>>(5, 3, lowbit::random_stream(2), {.bias = true}));
    // Types of layers for signs and pixels have no room for an offset; nn::conv_layer does.
    CHECK_THROWS_WITH(nn::deploy(net), Catch::Contains("weights of binary with an offset"));
    const nn::sequential values(
        nn::normalised(nn::conv_layer(6, 5, lowbit::window{}, lowbit::random_stream(1), {},
                                      offset_sign(), nn::pixel())),
        nn::conv_layer(5, 3, lowbit::window{}, lowbit::random_stream(2), {.bias = true},
                       offset_sign(), lowbit::sign<>()));
    const nn::float_matrix x = random_matrix(4, 6, 1) * 100;
    const nn::trace on_bits = nn::traced(nn::deploy(values), lowbit::nhwc(x.data(), {4, 1, 1, 6}));
    CHECK(nn::compare(nn::freeze(values).traced(x), on_bits).identical());
  }
  SECTION("sums that floats cannot hold are multiplied as integers") {
    // 8-bit pixels times 8-bit weights: sums of this depth pass 2^24.
    const nn::sequential net(nn::conv2d<lowbit::jacob_weight<8>, nn::pixel>(
        1030, 3, lowbit::random_stream(1), {.bias = true}));
    const nn::float_matrix x = nn::float_matrix::Constant(2, 1030, 255);
    lowbit::image_tensor<lowbit::code_t> bytes({2, 1, 1, 1030});
    std::fill_n(bytes.mutable_pixels().data(), 2 * 1030, lowbit::code_t{255});
    CHECK(nn::compare(nn::freeze(net).traced(x), nn::traced(nn::deploy(net), bytes.view()))
              .identical());
  }
  SECTION("another depth of images") {
    auto net = test::make_mlp<test::binary_mlp>({6, 5, 4, 3}, 1);
    CHECK_THROWS_WITH(nn::deploy(net).workspace({2, 1, 1, 7}), Catch::Contains("1x1x7"));
    CHECK_THROWS_WITH(nn::freeze(net)(nn::float_matrix(2, 7)), Catch::Contains("1x1x7"));
  }
  SECTION("layers that do not follow each other") {
    const auto layers = [](index_t outputs, index_t inputs) {
      return nn::sequential(
          nn::normalised(
              nn::linear<lowbit::sign<>, nn::pixel>(6, outputs, lowbit::random_stream(1))),
          nn::linear<nn::real, lowbit::sign<>>(inputs, 3, lowbit::random_stream(2)));
    };
    CHECK_NOTHROW(nn::deploy(layers(4, 4)).workspace({2, 1, 1, 6}));
    CHECK_THROWS_WITH(nn::deploy(layers(4, 5)).workspace({2, 1, 1, 6}),
                      Catch::Contains("images of 1x1x4 for weights of 1x1x5"));
  }
}

TEST_CASE("predictions take the first largest logit") {
  lowbit::matrix<float> logits(3, 3);
  logits(0, 1) = logits(0, 2) = 1;
  logits(1, 0) = -1;
  logits(2, 1) = std::numeric_limits<float>::quiet_NaN();
  logits(2, 2) = 2;
  CHECK(nn::predictions(logits) == std::vector<index_t>{1, 1, 2});
  CHECK(nn::predictions(lowbit::matrix<float>(0, 3)).empty());
  CHECK(nn::predictions(lowbit::matrix<float>(1, 0)) == std::vector<index_t>{0});
}

TEST_CASE("compare counts every difference") {
  nn::trace a{{lowbit::matrix<lowbit::code_t>(2, 3)}, lowbit::matrix<float>(2, 2)};
  nn::trace b = a;
  CHECK(nn::compare(a, b).identical());
  b.hidden[0](1, 2) = 1;
  b.logits(0, 0) = -0.0f;  // equal as a number, not as bits
  b.logits(1, 1) = 3;
  const nn::comparison c = nn::compare(a, b);
  CHECK(c.hidden_codes == 6);
  CHECK(c.logits == 4);
  CHECK(c.predictions == 2);
  CHECK(c.different_codes == 1);
  CHECK(c.different_logits == 2);
  CHECK(c.different_predictions == 1);
  CHECK_FALSE(c.identical());
  b.hidden.clear();
  CHECK_THROWS_AS(nn::compare(a, b), lowbit::error);
}

}  // namespace test_deploy
