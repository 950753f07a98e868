#include <limits>
#include <lowbit/nn.hpp>
#include <lowbit/quantize/methods/dorefa_weight.hpp>

#include "support/catch.hpp"
#include "support/kernels.hpp"

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

TEST_CASE("mlp has the parameters of its layers, and one start for one seed") {
  nn::binary_mlp net({6, 5, 4, 3}, 7);
  CHECK(net.hidden().size() == 1);
  CHECK(net.norms().size() == 2);
  CHECK(net.parameters().size() == 2 + 4 + 2);
  CHECK(net.last().has_bias());
  CHECK(net.last().inputs() == 4);
  nn::binary_mlp same({6, 5, 4, 3}, 7), other({6, 5, 4, 3}, 8);
  CHECK(net.hidden()[0].weights().value == same.hidden()[0].weights().value);
  CHECK(net.hidden()[0].weights().value != other.hidden()[0].weights().value);
  CHECK_THROWS_WITH(nn::binary_mlp({6, 3}, 1), Catch::Contains("2 sizes"));
  CHECK_THROWS_AS(nn::binary_mlp({6, -1, 3}, 1), lowbit::error);
}

TEST_CASE("deploy packs the signs of the weights and counts its bytes") {
  nn::binary_mlp net({6, 5, 4, 3}, 7);
  const nn::packed_mlp packed = nn::deploy(net);
  REQUIRE(packed.layers().size() == 2);
  for (index_t n = 0; n < 5; ++n)
    for (index_t k = 0; k < 6; ++k)
      CHECK(packed.layers()[0].weights().code(n, k) ==
            (lowbit::is_negative(net.first().weights().value(n, k)) ? 0 : 1));
  index_t layers = 0;
  for (const auto& layer : packed.layers()) layers += layer.bytes();
  CHECK(packed.bytes() == layers + 4 * (3 * 4 + 3));
  const nn::frozen_mlp floats(net);
  CHECK(floats.bytes() == 4 * (6 * 5 + 5 * 4 + 4 * 3 + 3 + 3 * (5 + 4)));
}

TEST_CASE("deploy and freeze report what they cannot represent") {
  SECTION("a parameter that is not finite") {
    nn::binary_mlp net({6, 5, 3}, 1);
    net.norms()[0].gamma().value(0, 2) = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH(nn::deploy(net), Catch::Contains("gamma of channel 2"));
  }
  SECTION("levels with an offset") {
    nn::mlp<nn::linear<offset_sign, nn::pixel>, nn::linear<lowbit::sign<>, lowbit::sign<>>,
            nn::linear<nn::real, lowbit::sign<>>>
        net({6, 5, 3}, 1);
    CHECK_THROWS_WITH(nn::deploy(net), Catch::Contains("levels with an offset of 0.5"));
    CHECK_THROWS_WITH(nn::frozen_mlp(net), Catch::Contains("levels with an offset of 0.5"));
  }
  SECTION("sums that floats cannot hold") {
    const nn::linear<lowbit::sign<>, nn::pixel> deep((index_t{1} << 24) / 255 + 1, 1,
                                                     lowbit::random_stream(1));
    CHECK_THROWS_WITH(nn::frozen_linear(deep), Catch::Contains("exact up to 2^24"));
  }
  SECTION("another depth of images") {
    nn::binary_mlp net({6, 5, 3}, 1);
    const lowbit::matrix<lowbit::code_t> images(2, 7);
    CHECK_THROWS_WITH(nn::deploy(net)(images.view()), Catch::Contains("2x7"));
    CHECK_THROWS_WITH(nn::frozen_mlp(net)(images.view()), Catch::Contains("2x7"));
  }
}

TEST_CASE("packed_mlp checks that its parts fit") {
  nn::binary_mlp net({6, 5, 4, 3}, 7);
  const auto layers = nn::deploy(net).layers();
  CHECK_THROWS_WITH(nn::packed_mlp({}, lowbit::matrix<float>(3, 4), {0, 0, 0}),
                    Catch::Contains("at least one binary layer"));
  CHECK_THROWS_WITH(nn::packed_mlp(layers, lowbit::matrix<float>(3, 5), {0, 0, 0}),
                    Catch::Contains("layer 1 has 4 outputs, the next 5 inputs"));
  CHECK_THROWS_WITH(nn::packed_mlp({layers[1], layers[0]}, lowbit::matrix<float>(3, 5), {0, 0, 0}),
                    Catch::Contains("layer 0 has 4 outputs, the next 6 inputs"));
  CHECK_THROWS_WITH(nn::packed_mlp(layers, lowbit::matrix<float>(3, 4), {0, 0}),
                    Catch::Contains("2 biases for 3 classes"));
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
