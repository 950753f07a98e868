// The promise of the library in one test. A network is trained with straight-through gradients and deployed. On bits it
// computes exactly what it computes in float arithmetic: every hidden bit, logit and prediction, on every ISA of the
// machine.
#include <lowbit/nn.hpp>
#include <lowbit/quantize/methods/xnor_weight.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "support/mlp.hpp"
#include "support/settings.hpp"

namespace test_packed_equals_float {

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
    auto result = nn::softmax_cross_entropy(net.forward(x).pixels(), data.labels);
    net.backward_parameters(result.gradient);
    optimizer.step();
    loss = result.loss;
  }
  return loss;
}

/// What thresholds must survive: falling channels, constant ones, and a sum that meets the mean.
template <class Network>
void make_norms_difficult(Network& net) {
  test::for_each_norm(net, [](nn::batch_norm& norm) {
    for (index_t c = 0; c < norm.channels(); ++c) {
      if (c % 3 == 1) norm.gamma().value(0, c) *= -1;
      if (c % 5 == 2) norm.gamma().value(0, c) = 0;
      if (c % 10 == 2) norm.beta().value(0, c) = -0.0f;
      if (c % 10 == 7) norm.beta().value(0, c) = -1e-30f;
    }
  });
}

/// Vectors of bytes as images of one pixel.
lowbit::tensor_view<const code_t> pixels_of(const lowbit::matrix<code_t>& bytes, index_t count) {
  return lowbit::nhwc(bytes.data(), {count, 1, 1, bytes.cols()});
}

template <class Network>
void check_packed_equals_float(Network& net, const lowbit::matrix<code_t>& pixels) {
  std::size_t quantized = 1;  // the last layer, and all that have a batch norm
  test::for_each_norm(net, [&](const nn::batch_norm&) { ++quantized; });
  const auto in_float = nn::freeze(net);
  const auto on_bits = nn::deploy(net);
  for (const index_t count : {index_t{0}, index_t{1}, pixels.rows()}) {
    const nn::trace expected = in_float.traced(nn::to_real({pixels.data(), count, pixels.cols()}));
    const auto some = pixels_of(pixels, count);
    lowbit::for_each_isa([&](lowbit::any_isa isa) {
      const nn::trace got = nn::traced(on_bits, some, lowbit::on(isa));
      const nn::comparison result = nn::compare(expected, got);
      INFO(isa.name << ", " << count << " images, seed " << seed);
      CHECK(result.different_codes == 0);
      CHECK(result.different_logits == 0);
      CHECK(result.different_predictions == 0);
      CHECK(result.logits == count * classes);
      CHECK(got.hidden.size() == quantized);
      auto work = on_bits.workspace(some.shape);
      auto y = on_bits.make_output(work);
      on_bits(some, work, y, lowbit::on(isa));
      CHECK(std::equal(y.pixels().data(), y.pixels().data() + y.shape().elements(),
                       got.logits.data(), got.logits.data() + count * classes));
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

  auto net = test::make_mlp<test::binary_mlp>({inputs, hidden, hidden, classes}, seed);
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
  const auto check = [&](auto net) {
    train(net, train_set, 10);
    make_norms_difficult(net);
    check_packed_equals_float(net, test_set.pixels);
  };
  const auto stream = [](std::uint64_t layer) { return lowbit::random_stream(seed, layer); };
  check(
      nn::sequential(nn::normalised(nn::linear<lowbit::sign<>, nn::pixel>(64, 70, stream(0))),
                     nn::linear<nn::real, lowbit::sign<>>(70, classes, stream(1), {.bias = true})));
  check(test::make_mlp<test::binary_mlp>({64, 70, 1, 130, 65, classes}, seed));
}

TEST_CASE("fitted scales of weights go into the thresholds") {
  using weight = lowbit::xnor_weight<>;
  using network = test::mlp<nn::linear<weight, nn::pixel>, nn::linear<weight, lowbit::sign<>>,
                            nn::linear<nn::real, lowbit::sign<>>>;
  const images train_set = make_images(60, 50, 1), test_set = make_images(37, 50, 2);
  for (const lowbit::granularity grain : {lowbit::per::tensor, lowbit::per::row}) {
    auto net = test::make_mlp<network>({50, 65, 33, classes}, seed, grain);
    train(net, train_set, 10);
    make_norms_difficult(net);
    check_packed_equals_float(net, test_set.pixels);
    net.parameters()[0]->value.row(3).setZero();  // a scale of 0 where rows are fitted alone
    check_packed_equals_float(net, test_set.pixels);
  }
}

TEST_CASE("training learns, and learns the same every time") {
  const images train_set = make_images(200, 100, 1), test_set = make_images(100, 100, 2);
  const auto trained = [&] {
    auto net = test::make_mlp<test::binary_mlp>({100, 64, 64, classes}, seed);
    const double loss = train(net, train_set, 60);
    CHECK(loss < 0.5);
    return net;
  };
  auto a = trained(), b = trained();
  for (std::size_t i = 0; i < a.parameters().size(); ++i)
    CHECK(a.parameters()[i]->value == b.parameters()[i]->value);

  const auto packed = nn::deploy(a);
  const auto images = pixels_of(test_set.pixels, 100);
  auto work = packed.workspace(images.shape);
  auto y = packed.make_output(work);
  packed(images, work, y);
  const auto guesses = nn::predictions(y.pixels());
  int right = 0;
  for (std::size_t i = 0; i < guesses.size(); ++i)
    right += guesses[i] == test_set.labels[i] ? 1 : 0;
  INFO("seed " << seed);
  CHECK(right >= 80);
}

TEST_CASE("the real twin learns with the same code") {
  const images train_set = make_images(200, 100, 1), test_set = make_images(100, 100, 2);
  auto net = test::make_mlp<test::float_mlp>({100, 64, 64, classes}, seed);
  nn::sgd optimizer(net.parameters(), {.rate = 0.02f});
  const nn::float_matrix x = nn::to_real(train_set.pixels);
  for (int i = 0; i < 60; ++i) {
    net.backward_parameters(
        nn::softmax_cross_entropy(net.forward(x).pixels(), train_set.labels).gradient);
    optimizer.step();
  }
  const nn::feature_map logits = nn::freeze(net)(nn::to_real(test_set.pixels));
  const auto guesses = nn::predictions(lowbit::view(logits.pixels()));
  int right = 0;
  for (std::size_t i = 0; i < guesses.size(); ++i)
    right += guesses[i] == test_set.labels[i] ? 1 : 0;
  CHECK(right >= 80);
}

}  // namespace test_packed_equals_float
