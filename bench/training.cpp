// Images per second in training, on one thread: the networks of examples 02 and 04 and their float twins.
//
//     training [seconds per network]        prints "network images/s" per line
//
// Every step takes 100 images of random bytes: forward, loss, backward, Adam. bench/training.py runs this program
// beside PyTorch.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <lowbit/nn/losses/cross_entropy.hpp>
#include <lowbit/nn/optimizers/adam.hpp>

#include "../examples/02_fashion_bnn/network.hpp"
#include "../examples/04_fashion_cnn/network.hpp"
#include "clock.hpp"

namespace {

namespace nn = lowbit::nn;
using lowbit::index_t;

/// Trains for so long; the median of the rates of all steps.
template <class Network>
double rate(Network net, lowbit::tensor_shape shape, double seconds) {
  constexpr index_t batch = 100;
  shape.batch = batch;
  const lowbit::random_stream random(1);
  nn::feature_map x(shape);
  for (index_t i = 0; i < shape.elements(); ++i)
    x.mutable_pixels().data()[i] = static_cast<float>(random.bits(i) % 256);
  std::vector<std::uint8_t> labels;
  for (index_t i = 0; i < batch; ++i) labels.push_back(static_cast<std::uint8_t>(i % 10));

  nn::adam optimizer(net.parameters());
  std::vector<double> rates;
  for (const double start = bench::now_ns(); bench::now_ns() - start < seconds * 1e9;) {
    const double before = bench::now_ns();
    const auto loss = nn::softmax_cross_entropy(net.forward(x.read()).pixels(), labels);
    net.backward_parameters(loss.gradient);
    optimizer.step(1e-3f);
    rates.push_back(static_cast<double>(batch) * 1e9 / (bench::now_ns() - before));
  }
  std::nth_element(rates.begin(), rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2),
                   rates.end());
  return rates[rates.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  const fashion_bnn mlp;
  const fashion_cnn cnn;
  const auto vector = fashion_bnn::images.shape(28, 28), image = fashion_cnn::images.shape(28, 28);
  const auto print = [](const char* name, double images) {
    std::printf("%s %.0f\n", name, images);
    std::fflush(stdout);
  };
  print("mlp_float", rate(mlp.make_twin(vector, 10, 1), vector, seconds));
  print("mlp_binary", rate(mlp.make_bnn(vector, 10, 1), vector, seconds));
  print("cnn_float", rate(cnn.make_twin(image, 10, 1), image, seconds));
  print("cnn_binary", rate(cnn.make_bnn(image, 10, 1), image, seconds));
}
