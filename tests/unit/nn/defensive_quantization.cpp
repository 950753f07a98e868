// Defensive quantization in training: the orthogonality penalty falls next to the loss of the task, and layers of
// quantized weights do not amplify noise.
#include <Eigen/SVD>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/nn/layers/sequential.hpp>
#include <lowbit/nn/losses/cross_entropy.hpp>
#include <lowbit/nn/losses/weight_penalties.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/quantize/methods/dorefa_activation.hpp>
#include <lowbit/quantize/methods/lsq.hpp>

#include "numeric.hpp"

namespace test_defensive_quantization {

namespace nn = lowbit::nn;
using lowbit::index_t;
using nn::float_matrix;

namespace {

constexpr std::uint64_t seed = 231;
constexpr index_t images = 64, inputs = 8, hidden = 16, classes = 4;

/// What training left.
struct trained {
  double task = 0;               ///< the loss of the task
  double before = 0, after = 0;  ///< the penalty of both layers, with beta = 1
  double largest_gain = 0;       ///< of the quantized weights: how much longer they make a vector
};

trained train(double beta) {
  using weight = lowbit::lsq<4>;
  nn::sequential net(
      nn::linear<weight, nn::real>(inputs, hidden, lowbit::random_stream(seed, 0), {.bias = true}),
      nn::linear<weight, lowbit::dorefa_activation<4>>(
          hidden, classes, lowbit::random_stream(seed, 1), {.bias = true}));
  auto& first = std::get<0>(net.layers());
  auto& second = std::get<1>(net.layers());
  const float_matrix x = random_matrix(images, inputs, seed + 1),
                     truth = x * random_matrix(inputs, classes, seed + 2);
  std::vector<int> labels;
  for (index_t n = 0; n < images; ++n) {
    index_t best = 0;
    truth.row(n).maxCoeff(&best);
    labels.push_back(static_cast<int>(best));
  }
  const auto penalty = [&] {
    return nn::orthogonality(first.weights().value, 1).loss +
           nn::orthogonality(second.weights().value, 1).loss;
  };
  trained result;
  result.before = penalty();
  nn::adam optimizer(net.parameters(), {.rate = 0.01f});
  for (int step = 0; step < 300; ++step) {
    const auto loss = nn::softmax_cross_entropy(net.forward(x).pixels(), labels);
    net.backward_parameters(loss.gradient);
    for (nn::parameter* const w : {&first.weights(), &second.weights()})
      w->gradient += nn::orthogonality(w->value, beta).gradient;
    optimizer.step();
  }
  result.task = nn::softmax_cross_entropy(net.forward(x).pixels(), labels).loss;
  result.after = penalty();
  const auto look = [&](const auto& layer) {
    float_matrix used;
    layer.weight_quantizer().forward(layer.weights().value, used);
    const double gain =
        Eigen::JacobiSVD<Eigen::MatrixXd>(used.template cast<double>()).singularValues()(0);
    result.largest_gain = gain > result.largest_gain ? gain : result.largest_gain;
  };
  look(first);
  look(second);
  return result;
}

}  // namespace

TEST_CASE("the orthogonality penalty falls in training, and layers do not amplify noise") {
  INFO("seed " << seed);
  const trained plain = train(0), defensive = train(0.1);
  INFO("the task's loss: " << plain.task << " and " << defensive.task);
  INFO("the penalty: from " << plain.before << " to " << plain.after << " and to "
                            << defensive.after);
  INFO("the largest gain: " << plain.largest_gain << " and " << defensive.largest_gain);
  CHECK(defensive.before == plain.before);
  CHECK(defensive.after < 0.2 * defensive.before);
  CHECK(defensive.after < 0.05 * plain.after);
  CHECK(defensive.largest_gain < 1.5);
  CHECK(plain.largest_gain > 2);
  CHECK(defensive.task < 1);  // of log 4 for a guess
}

}  // namespace test_defensive_quantization
