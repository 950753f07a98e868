// nn/checkpoint.hpp and nn/train_step.hpp: a run that is resumed has the bits of one that never stopped. What cannot go
// on is an error and changes nothing.
#include <lowbit/nn/checkpoint.hpp>

#include <cstdio>
#include <functional>
#include <limits>
#include <lowbit/nn/layers/conv2d.hpp>
#include <lowbit/nn/layers/linear.hpp>
#include <lowbit/nn/layers/normalised.hpp>
#include <lowbit/nn/layers/pool.hpp>
#include <lowbit/nn/layers/sequential.hpp>
#include <lowbit/nn/optimizers/adam.hpp>
#include <lowbit/nn/optimizers/adamax.hpp>
#include <lowbit/nn/optimizers/blend.hpp>
#include <lowbit/nn/optimizers/bop.hpp>
#include <lowbit/nn/optimizers/discrete_transition.hpp>
#include <lowbit/nn/optimizers/joint.hpp>
#include <lowbit/nn/optimizers/sgd.hpp>
#include <lowbit/nn/optimizers/stochastic_rounding.hpp>
#include <lowbit/nn/train_step.hpp>
#include <lowbit/quantize/methods/lq_nets.hpp>
#include <lowbit/quantize/methods/lsq.hpp>
#include <lowbit/quantize/methods/pact.hpp>
#include <lowbit/quantize/methods/sign.hpp>
#include <lowbit/quantize/methods/stochastic_sign.hpp>
#include <lowbit/quantize/methods/xnor_weight.hpp>
#include <memory>
#include <string>

#include "numeric.hpp"

namespace test_checkpoint {

namespace nn = lowbit::nn;
using lowbit::index_t;

namespace {

constexpr index_t batch = 8, steps_per_epoch = 3;

/// Layers with every kind of state: random numbers, trained numbers, averaged levels, batch norms.
auto make_net(std::uint64_t seed) {
  using namespace lowbit;
  const auto stream = [&](std::uint64_t i) { return random_stream(seed, i); };
  return nn::sequential(
      nn::normalised(
          nn::conv2d<stochastic_sign<>, nn::real>(2, 6, square_window(3, 1, 1), stream(0))),
      nn::max_pool(square_window(2, 2)),
      nn::normalised(nn::conv2d<lsq<4>, lq_activation<2>>(6, 6, square_window(3, 1, 1), stream(1))),
      nn::conv2d<nn::real, pact<4>>(6, 3, square_window(3), stream(2), {.bias = true}));
}

/// The batch of a position: images and labels follow from it.
struct sample {
  nn::feature_map x{lowbit::tensor_shape{batch, 6, 6, 2}};
  std::vector<int> labels;

  explicit sample(nn::training_position at) {
    const lowbit::random_stream random(static_cast<std::uint64_t>(at.seed),
                                       static_cast<std::uint64_t>(at.epoch * 100 + at.step));
    for (index_t i = 0; i < x.pixels().size(); ++i)
      x.mutable_pixels().data()[i] = 2 * random.uniform(i) - 1;
    for (index_t i = 0; i < batch; ++i)
      labels.push_back(static_cast<int>(random.bits(1000 + i) % 3));
  }
};

float rate_at(nn::training_position at) {
  return 0.01f / static_cast<float>(1 + at.epoch * steps_per_epoch + at.step);
}

/// Trains from a position on, so many steps.
nn::training_position train(nn::trainable& net, nn::optimizer& optimizer, nn::training_position at,
                            int steps) {
  for (; steps > 0; --steps) {
    const sample s(at);
    nn::train_step(net, optimizer, s.x.read(), s.labels, rate_at(at), at);
    if (++at.step == steps_per_epoch) at = {at.epoch + 1, 0, at.seed};
  }
  return at;
}

template <class Rule>
Rule rule_of() {
  return {};
}
template <>
nn::blend rule_of() {
  return {lowbit::xnor_weight<>{}, 0.125f};
}
template <>
nn::stochastic_rounding rule_of() {
  return {0x1p-6f};
}

/// An optimizer of some parameters, the last of the list; the others are what it consists of.
using optimizers = std::vector<std::unique_ptr<nn::optimizer>>;
using make_optimizers = optimizers (*)(nn::trainable& net);

template <class Optimizer>
optimizers make(nn::trainable& net) {
  optimizers all;
  all.push_back(std::make_unique<Optimizer>(net.parameters()));
  return all;
}
/// A rule for the first weights, behind Adam.
template <class Rule>
optimizers make_adjusted(nn::trainable& net) {
  nn::parameter* const first = net.parameters().front();
  Rule rule = rule_of<Rule>();
  if constexpr (requires { rule.start(*first); }) rule.start(*first);
  optimizers all = make<nn::adam>(net);
  all.push_back(std::make_unique<nn::adjusted>(*all[0], std::vector{first}, rule, 7));
  return all;
}
/// Bop for the first weights, Adam for what is left.
optimizers make_joint(nn::trainable& net) {
  std::vector<nn::parameter*> rest = net.parameters();
  const std::vector<nn::parameter*> bits{rest.front()};
  rest.erase(rest.begin());
  optimizers all;
  all.push_back(std::make_unique<nn::bop>(bits, nn::bop_options{.threshold = 1e-5f}));
  all.push_back(std::make_unique<nn::adam>(rest));
  all.push_back(std::make_unique<nn::joint>(
      std::vector<nn::joint_part>{{all[0].get(), 0.1f}, {all[1].get(), 1}}));
  return all;
}

/// Everything that a checkpoint keeps.
void check_resumed(make_optimizers make, int before, int after) {
  INFO(before << " steps, then " << after);
  constexpr nn::training_position begin{0, 0, 5};
  auto whole = make_net(1);
  const optimizers of_whole = make(whole);
  const auto end = train(whole, *of_whole.back(), begin, before + after);

  auto first = make_net(1);
  const optimizers of_first = make(first);
  const auto middle = train(first, *of_first.back(), begin, before);
  const auto file = nn::checkpoint(first, *of_first.back(), middle);

  auto second = make_net(1);
  const optimizers of_second = make(second);
  const auto at = nn::restore(file, second, *of_second.back());
  CHECK(nn::checkpoint(second, *of_second.back(), at) == file);
  CHECK(at.epoch == before / steps_per_epoch);
  CHECK(at.step == before % steps_per_epoch);
  const auto resumed = train(second, *of_second.back(), at, after);
  CHECK(nn::checkpoint(second, *of_second.back(), resumed) ==
        nn::checkpoint(whole, *of_whole.back(), end));

  whole.set_training(false);
  second.set_training(false);
  const sample s(begin);
  CHECK(whole.forward(s.x.read()).pixels() == second.forward(s.x.read()).pixels());
}

std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

bool holds(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a resumed run has the bits of one that never stopped") {
  check_resumed(make<nn::adam>, steps_per_epoch, 4);  // at the end of an epoch
  check_resumed(make<nn::adam>, 4, 3);                // within one
  check_resumed(make<nn::adam>, 0, 2);
  check_resumed(make<nn::sgd>, 5, 2);
  check_resumed(make<nn::adamax>, 3, 2);
  check_resumed(make_joint, 3, 2);
  check_resumed(make_adjusted<nn::blend>, 3, 2);
  check_resumed(make_adjusted<nn::stochastic_rounding>, 3, 2);
  check_resumed(make_adjusted<nn::discrete_transition>, 3, 2);
}

TEST_CASE("a checkpoint of something else changes nothing") {
  auto net = make_net(1);
  nn::adam optimizer(net.parameters());
  const auto at = train(net, optimizer, {}, 2);
  const auto file = nn::checkpoint(net, optimizer, at);
  const auto refused = [&](std::span<const std::byte> bytes, const char* why) {
    auto other = make_net(2);
    nn::adam its(other.parameters());
    train(other, its, {}, 1);
    const auto before = nn::checkpoint(other, its, {});
    const std::string text = error_of([&] { static_cast<void>(nn::restore(bytes, other, its)); });
    INFO(text);
    CHECK(holds(text, why));
    CHECK(nn::checkpoint(other, its, {}) == before);
  };
  for (std::size_t i = 0; i < file.size(); i += 97) {
    std::vector<std::byte> damaged = file;
    damaged[i] ^= std::byte{16};
    refused(damaged, "nn::load_checkpoint: ");
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{31}, file.size() - 1})
    refused(std::span(file).first(size), "nn::load_checkpoint: ");

  // Another optimizer, another network.
  nn::sgd descent(net.parameters());
  CHECK(holds(error_of([&] { static_cast<void>(nn::restore(file, net, descent)); }),
              "another number of parameters and moments"));
  nn::linear<lowbit::sign<>, nn::real> wide(5, 3, lowbit::random_stream(1)),
      narrow(4, 3, lowbit::random_stream(1));
  nn::sgd of_wide(wide.parameters()), of_narrow(narrow.parameters());
  const std::string text = error_of([&] {
    static_cast<void>(nn::restore(nn::checkpoint(wide, of_wide, {}), narrow, of_narrow));
  });
  CHECK(holds(text, "has 15 numbers in the file and 12 here"));
}

TEST_CASE("checkpoints in files") {
  auto net = make_net(1);
  nn::adam optimizer(net.parameters());
  const std::string path = "checkpoint_test.ckpt";
  std::remove(path.c_str());
  CHECK(holds(error_of([&] { static_cast<void>(nn::load_checkpoint(path, net, optimizer)); }),
              "no file has this name"));
  const auto at = train(net, optimizer, {.seed = 9}, 4);
  nn::save_checkpoint(path, net, optimizer, at);
  const auto first = nn::checkpoint(net, optimizer, at);
  CHECK(lowbit::read_file(path.c_str()) == first);
  nn::save_checkpoint(path, net, optimizer, train(net, optimizer, at, 1));
  CHECK(lowbit::read_file(path.c_str()) != first);
  CHECK(nn::load_checkpoint(path, net, optimizer).seed == 9);
  CHECK(lowbit::read_file((path + ".new").c_str()).problem() != nullptr);
  CHECK(holds(error_of([&] { nn::save_checkpoint("no_such_folder/x.ckpt", net, optimizer, at); }),
              "nn::save_checkpoint: cannot write \"no_such_folder/x.ckpt\""));
  std::remove(path.c_str());
}

TEST_CASE("training stops where numbers are lost, and says where") {
  auto net = make_net(1);
  nn::adam optimizer(net.parameters());
  const auto at = train(net, optimizer, {}, 4);
  const auto before = nn::checkpoint(net, optimizer, at);
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();

  sample s(at);
  s.x.mutable_pixels()(40, 1) = nan;  // 36 pixels per image
  CHECK(error_of([&] { nn::train_step(net, optimizer, s.x.read(), s.labels, 0.1f, at); }) ==
        "nn::train_step: epoch 1, step 1: image 1 of the batch has nan as number 9");
  sample wrong(at);
  wrong.labels[2] = 3;
  CHECK(holds(
      error_of([&] { nn::train_step(net, optimizer, wrong.x.read(), wrong.labels, 0.1f, at); }),
      "label 3 of row 2: there are 3 classes"));
  wrong.labels.pop_back();
  CHECK(holds(
      error_of([&] { nn::train_step(net, optimizer, wrong.x.read(), wrong.labels, 0.1f, at); }),
      "8 rows, 7 labels"));
  const nn::feature_map none(lowbit::tensor_shape{0, 6, 6, 2});
  CHECK(holds(
      error_of([&] { nn::train_step(net, optimizer, none.read(), std::vector<int>{}, 0.1f, at); }),
      "epoch 1, step 1: an empty batch of 0x6x6x2"));
  CHECK(optimizer.steps() == 4);

  // Weights of the last layer are lost: its results are the first that are not finite.
  std::get<3>(net.layers()).weights().value(0, 0) = nan;
  const sample good(at);
  const std::string text =
      error_of([&] { nn::train_step(net, optimizer, good.x.read(), good.labels, 0.1f, at); });
  INFO(text);
  CHECK(holds(text, "epoch 1, step 1: the loss is nan; layer 3 (from 0) is the first"));
  CHECK(optimizer.steps() == 4);
  const auto restored = nn::restore(before, net, optimizer);
  CHECK(restored.epoch == 1);
  CHECK(nn::checkpoint(net, optimizer, at) == before);
}

}  // namespace test_checkpoint
