// Training has the same bits on any number of threads, also where it goes on from a checkpoint on another number. Eigen
// has threads where the compiler runs with -fopenmp, so this file is compiled with and without (tests/CMakeLists.txt).
#include <lowbit/nn/checkpoint.hpp>
#include <lowbit/nn/layers/conv2d.hpp>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/nn/layers/normalised.hpp>
#include <lowbit/nn/layers/sequential.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/train_step.hpp>
#include <lowbit/quantize/methods/lsq.hpp>
#include <lowbit/quantize/methods/pact.hpp>
#include <lowbit/quantize/methods/sign.hpp>

#include "numeric.hpp"

namespace test_threads {

namespace nn = lowbit::nn;
using lowbit::index_t;

namespace {

constexpr index_t batch = 8;

/// Wide enough for Eigen to cut products for its threads.
auto make_net() {
  using namespace lowbit;
  const auto stream = [](std::uint64_t i) { return random_stream(3, i); };
  return nn::sequential(
      nn::normalised(nn::conv2d<sign<>, nn::real>(2, 40, square_window(3, 1, 1), stream(0))),
      nn::normalised(nn::conv2d<nn::real, sign<>>(40, 24, square_window(6), stream(1))),
      nn::linear<lsq<4>, pact<4>>(24, 3, stream(2), {.bias = true}));
}

/// Two steps, whose images and labels follow from the position.
nn::training_position train(nn::trainable& net, nn::optimizer& optimizer,
                            nn::training_position at) {
  for (const std::int64_t end = at.step + 2; at.step < end; ++at.step) {
    const lowbit::random_stream random(5, static_cast<std::uint64_t>(at.step));
    nn::feature_map x(lowbit::tensor_shape{batch, 6, 6, 2});
    for (index_t i = 0; i < x.pixels().size(); ++i)
      x.mutable_pixels().data()[i] = 2 * random.uniform(i) - 1;
    std::vector<int> labels;
    for (index_t i = 0; i < batch; ++i)
      labels.push_back(static_cast<int>(random.bits(1000 + i) % 3));
    nn::train_step(net, optimizer, x.read(), labels, 0.01f, at);
  }
  return at;
}

/// Trains, stops and goes on. Everything that training leaves.
std::vector<std::byte> trained(int threads_before, int threads_after) {
  Eigen::setNbThreads(threads_before);
  auto first = make_net();
  nn::adam of_first(first.parameters());
  const auto at = train(first, of_first, {});
  const auto file = nn::checkpoint(first, of_first, at);
  Eigen::setNbThreads(threads_after);
  auto second = make_net();
  nn::adam of_second(second.parameters());
  const auto end = train(second, of_second, nn::restore(file, second, of_second));
  Eigen::setNbThreads(0);
  return nn::checkpoint(second, of_second, end);
}

}  // namespace

TEST_CASE("training that goes on with another number of threads has the same bits") {
  const auto on_one = trained(1, 1);
  CHECK((trained(1, 2) == on_one));
  CHECK((trained(2, 1) == on_one));
  CHECK((trained(3, 4) == on_one));
}

}  // namespace test_threads
