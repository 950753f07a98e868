// The promise of the library in one test. A network is trained with straight-through gradients and deployed. On bits it
// computes exactly what it computes in float arithmetic: every hidden bit, logit and prediction, on every ISA of the
// machine.
#include <lowbit/nn.hpp>
#include <lowbit/quantize/methods/xnor_weight.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "support/settings.hpp"

namespace nn = lowbit::nn;
using lowbit::code_t;
using lowbit::index_t;

namespace {

constexpr std::uint64_t seed = 2024;
constexpr index_t classes = 10;

struct images {
  lowbit::matrix<code_t> pixels;
  std::vector<code_t> labels;
};

/// Blurry stripes in one of ten places, and noise: learnable, and full of zeros and 255s.
images make_images(index_t count, index_t inputs, std::uint64_t stream) {
  const lowbit::random_stream random(seed, stream);
  images made{lowbit::matrix<code_t>(count, inputs), {}};
  for (index_t i = 0; i < count; ++i) {
    const auto label = static_cast<index_t>(random.bits(i) % classes);
    made.labels.push_back(static_cast<code_t>(label));
    for (index_t k = 0; k < inputs; ++k) {
      const unsigned noise = random.bits(count + i * inputs + k);
      const bool stripe = k * classes / inputs == label;
      const unsigned value = noise % 4 == 0 ? 0 : stripe ? 200 + noise % 56 : noise % 60;
      made.pixels(i, k) = static_cast<code_t>(value);
    }
  }
  return made;
}

template <class Network>
double train(Network& net, const images& data, int epochs) {
  nn::adam optimizer(net.parameters(), {.rate = 5e-3f});
  const nn::float_matrix x = nn::to_real(data.pixels);
  double loss = 0;
  for (int i = 0; i < epochs; ++i) {
    auto result = nn::softmax_cross_entropy(net.forward(x), data.labels);
    net.backward(result.gradient);
    optimizer.step();
    loss = result.loss;
  }
  return loss;
}

/// What thresholds must survive: falling channels, constant ones, and a sum that meets the mean.
template <class Network>
void make_norms_difficult(Network& net) {
  for (nn::batch_norm& norm : net.norms())
    for (index_t c = 0; c < norm.channels(); ++c) {
      if (c % 3 == 1) norm.gamma().value(0, c) *= -1;
      if (c % 5 == 2) norm.gamma().value(0, c) = 0;
      if (c % 10 == 2) norm.beta().value(0, c) = -0.0f;
      if (c % 10 == 7) norm.beta().value(0, c) = -1e-30f;
    }
}

template <class Network>
void check_packed_equals_float(const Network& net, const lowbit::matrix<code_t>& pixels) {
  const nn::frozen_mlp in_float(net);
  const nn::packed_mlp on_bits = nn::deploy(net);
  for (const index_t count : {index_t{0}, index_t{1}, pixels.rows()}) {
    const lowbit::matrix_view<const code_t> some(pixels.data(), count, pixels.cols());
    const nn::trace expected = in_float.traced(some);
    lowbit::for_each_isa([&](lowbit::isa_tag auto tag) {
      const nn::trace got = on_bits.traced(tag, some);
      const nn::comparison result = nn::compare(expected, got);
      INFO(tag.name << ", " << count << " images, seed " << seed);
      CHECK(result.different_codes == 0);
      CHECK(result.different_logits == 0);
      CHECK(result.different_predictions == 0);
      CHECK(result.logits == count * classes);
      CHECK(got.hidden.size() == net.norms().size());
      CHECK(on_bits(tag, some) == got.logits);
    });
  }
}

}  // namespace

TEST_CASE("a trained binarized network runs on bits as it does in floats") {
  const index_t hidden = GENERATE(1, 63, 64, 65, 100);
  const index_t inputs = GENERATE(49, 64, 100);
  if (!test::thorough && hidden % 2 == inputs % 2) return;
  const images train_set = make_images(60, inputs, 1);
  const images test_set = make_images(37, inputs, 2);
  INFO("seed " << seed << ", " << inputs << " inputs, " << hidden << " hidden units");

  nn::binary_mlp net({inputs, hidden, hidden, classes}, seed);
  SECTION("untrained: sums meet the running mean 0 exactly") {
    check_packed_equals_float(net, test_set.pixels);
  }
  SECTION("trained") {
    train(net, train_set, 30);
    check_packed_equals_float(net, test_set.pixels);
  }
  SECTION("trained, with negative and zero gammas") {
    train(net, train_set, 5);
    make_norms_difficult(net);
    check_packed_equals_float(net, test_set.pixels);
  }
}

TEST_CASE("one hidden layer, and four, deploy as well") {
  const images train_set = make_images(60, 64, 1), test_set = make_images(20, 64, 2);
  for (const auto& sizes :
       {std::vector<index_t>{64, 70, classes}, std::vector<index_t>{64, 70, 1, 130, 65, classes}}) {
    nn::binary_mlp net(sizes, seed);
    train(net, train_set, 10);
    make_norms_difficult(net);
    check_packed_equals_float(net, test_set.pixels);
  }
}

TEST_CASE("fitted scales of weights go into the thresholds") {
  using weight = lowbit::xnor_weight<>;
  using network = nn::mlp<nn::linear<weight, nn::pixel>, nn::linear<weight, lowbit::sign<>>,
                          nn::linear<nn::real, lowbit::sign<>>>;
  const images train_set = make_images(60, 50, 1), test_set = make_images(37, 50, 2);
  for (const lowbit::granularity grain : {lowbit::per::tensor, lowbit::per::row}) {
    network net({50, 65, 33, classes}, seed, grain);
    train(net, train_set, 10);
    make_norms_difficult(net);
    check_packed_equals_float(net, test_set.pixels);
    net.first().weights().value.row(3).setZero();  // a scale of 0 where rows are fitted alone
    check_packed_equals_float(net, test_set.pixels);
  }
}

TEST_CASE("training learns, and learns the same every time") {
  const images train_set = make_images(200, 100, 1), test_set = make_images(100, 100, 2);
  const auto trained = [&] {
    nn::binary_mlp net({100, 64, 64, classes}, seed);
    const double loss = train(net, train_set, 60);
    CHECK(loss < 0.5);
    return net;
  };
  const nn::binary_mlp a = trained(), b = trained();
  CHECK(a.hidden()[0].weights().value == b.hidden()[0].weights().value);

  const auto guesses = nn::predictions(nn::deploy(a)(test_set.pixels.view()));
  int right = 0;
  for (std::size_t i = 0; i < guesses.size(); ++i)
    right += guesses[i] == test_set.labels[i] ? 1 : 0;
  INFO("seed " << seed);
  CHECK(right >= 80);
}

TEST_CASE("the real twin learns with the same code") {
  const images train_set = make_images(200, 100, 1), test_set = make_images(100, 100, 2);
  nn::float_mlp net({100, 64, 64, classes}, seed);
  nn::sgd optimizer(net.parameters(), {.rate = 0.02f});
  const nn::float_matrix x = nn::to_real(train_set.pixels);
  for (int i = 0; i < 60; ++i) {
    net.backward(nn::softmax_cross_entropy(net.forward(x), train_set.labels).gradient);
    optimizer.step();
  }
  const nn::float_matrix logits = nn::frozen_mlp(net)(test_set.pixels.view());
  const auto guesses = nn::predictions(lowbit::view(logits));
  int right = 0;
  for (std::size_t i = 0; i < guesses.size(); ++i)
    right += guesses[i] == test_set.labels[i] ? 1 : 0;
  CHECK(right >= 80);
}
