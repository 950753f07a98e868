#include "hashed.hpp"

#include <lowbit/nn/optimizers/hashed.hpp>

#include "runs.hpp"

namespace nn = lowbit::nn;
using lowbit::index_t;

namespace {

constexpr index_t hashed_units = 1000, classes = 10, hashed_share = 64;
constexpr float first_rate = 1e-3f;

/// 784-units-10 in floats.
plain_network two_layers(index_t inputs, index_t units, std::uint64_t seed) {
  std::vector<nn::conv_layer> layers;
  layers.emplace_back(inputs, units, lowbit::window{}, lowbit::random_stream(seed, 0),
                      nn::conv2d_options{.bias = true}, nn::real{}, nn::real{});
  layers.emplace_back(units, classes, lowbit::window{}, lowbit::random_stream(seed, 1),
                      nn::conv2d_options{.bias = true}, nn::real{}, nn::relu{});
  return plain_network(std::move(layers));
}

}  // namespace

packed_result hashed(const data_of& data, index_t epochs, std::uint64_t seed,
                     const std::string& directory) {
  plain_network net = two_layers(data.train.shape().channels, hashed_units, seed);
  std::vector<nn::parameter> shared;
  std::vector<nn::hashed_parameter> hashes;
  std::vector<nn::parameter*> moved;
  shared.reserve(2);
  for (std::size_t i = 0; i < 2; ++i) {
    nn::conv_layer& l = net.layers()[i];
    nn::parameter& values = shared.emplace_back(1, l.weights().value.size() / hashed_share);
    const float bound = l.weights().value.cwiseAbs().maxCoeff();
    values.rate = i == 0 ? 1 / largest_pixel : 1;
    nn::fill_uniform(values, lowbit::random_stream(seed, 10 + i), bound * values.rate);
    hashes.push_back({&l.weights(), &values, static_cast<std::uint32_t>(i)});
    moved.push_back(&values);
    moved.push_back(&l.bias());
  }
  nn::adam adam(moved);
  nn::hashed optimizer(adam, hashes);
  const auto begin = std::chrono::steady_clock::now();
  nn::fit(net, optimizer, data.train.set(), options_of(lenet, epochs, seed, first_rate));
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  const auto layer_of = [&](std::size_t i) {
    const auto bias = nn::elements(std::as_const(net.layers()[i].bias().value));
    return lowbit::layer::hashed_linear(hashes[i].matrix(), {bias.begin(), bias.end()});
  };
  packed_result r = tested(packed_hashed(layer_of(0), rectifier(), layer_of(1)),
                           {data.test, directory, "hashed-" + std::to_string(seed)});
  r.float_bytes = float_bytes(net);
  r.seconds = passed.count();
  return r;
}

small_dense train_small_dense(const data_of& data, index_t epochs, std::uint64_t seed) {
  const index_t inputs = data.train.shape().channels;
  const index_t hashed_numbers =
      (inputs + classes) * hashed_units / hashed_share + hashed_units + classes;
  const index_t of_unit = inputs + 1 + classes;  // its weights and its bias
  const index_t units = (hashed_numbers - classes + of_unit - 1) / of_unit;
  plain_network net = two_layers(inputs, units, seed);
  nn::parameter& first = net.layers().front().weights();
  first.rate = 1 / largest_pixel;
  first.value *= first.rate;
  nn::adam optimizer(net.parameters());
  nn::fit(net, optimizer, data.train.set(), options_of(lenet, epochs, seed, first_rate));
  net.set_training(false);
  return {units, float_bytes(net), error_of(net, data)};
}
