// The quantizer that quantize/README.md shows trains a network, as weights and as activations. The packed codes stand
// for what was trained.
#include <lowbit/nn.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "support/mlp.hpp"
#include "support/two_bit_max.hpp"

namespace test_own_quantizer {

namespace nn = lowbit::nn;
using lowbit::index_t;

TEST_CASE("a network of a user's quantizer learns", "[network][user]") {
  using first = nn::linear<two_bit_max, nn::pixel>;
  using hidden = nn::linear<two_bit_max, lowbit::sign<>>;
  using last = nn::linear<nn::real, lowbit::sign<>>;
  constexpr index_t images = 120, inputs = 64, classes = 4;
  const lowbit::random_stream random(3);
  lowbit::matrix<lowbit::code_t> pixels(images, inputs);
  std::vector<lowbit::code_t> labels;
  for (index_t i = 0; i < images; ++i) {
    labels.push_back(static_cast<lowbit::code_t>(i % classes));
    for (index_t k = 0; k < inputs; ++k)
      pixels(i, k) = static_cast<lowbit::code_t>((k * classes / inputs == i % classes ? 150 : 0) +
                                                 random.bits(i * inputs + k) % 100);
  }
  auto net = test::make_mlp<test::mlp<first, hidden, last>>({inputs, 32, 32, classes}, 5);
  nn::adam optimizer(net.parameters(), {.rate = 5e-3f});
  const nn::float_matrix x = nn::to_real(pixels);
  double before = 0, after = 0;
  for (int epoch = 0; epoch < 60; ++epoch) {
    auto result = nn::softmax_cross_entropy(net.forward(x).pixels(), labels);
    net.backward_parameters(result.gradient);
    optimizer.step();
    (epoch == 0 ? before : after) = result.loss;
  }
  INFO("loss " << before << " -> " << after);
  CHECK(after < before / 4);
}

}  // namespace test_own_quantizer
