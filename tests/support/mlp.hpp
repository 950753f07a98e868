// Networks of linear layers of any sizes, for the suites that train, deploy and save them.
#pragma once

#include <vector>

#include "lowbit/nn/layers/linear.hpp"
#include "lowbit/nn/layers/normalised.hpp"
#include "lowbit/nn/layers/repeat.hpp"
#include "lowbit/nn/layers/sequential.hpp"
#include "lowbit/quantize/methods/sign.hpp"

namespace test {

/// first - hidden - ... - hidden - last: all but the last with a batch norm, the last with a bias.
template <class First, class Hidden, class Last>
using mlp = lowbit::nn::sequential<lowbit::nn::normalised<First>,
                                   lowbit::nn::repeat<lowbit::nn::normalised<Hidden>>, Last>;

/// Signs everywhere but in the pixels and in the weights of the last layer, and the same in real numbers.
using binary_mlp = mlp<lowbit::nn::linear<lowbit::sign<>, lowbit::nn::pixel>,
                       lowbit::nn::linear<lowbit::sign<>, lowbit::sign<>>,
                       lowbit::nn::linear<lowbit::nn::real, lowbit::sign<>>>;
using float_mlp = mlp<lowbit::nn::linear<lowbit::nn::real, lowbit::nn::real>,
                      lowbit::nn::linear<lowbit::nn::real, lowbit::nn::relu>,
                      lowbit::nn::linear<lowbit::nn::real, lowbit::nn::relu>>;

namespace detail {

template <class First, class Hidden, class Last>
auto make_mlp(const mlp<First, Hidden, Last>*, const std::vector<lowbit::index_t>& sizes,
              std::uint64_t seed, lowbit::granularity grain) {
  namespace nn = lowbit::nn;
  const std::size_t last = sizes.size() - 2;
  const auto stream = [&](std::size_t layer) { return lowbit::random_stream(seed, layer); };
  std::vector<nn::normalised<Hidden>> hidden;
  for (std::size_t i = 1; i < last; ++i)
    hidden.emplace_back(Hidden(sizes[i], sizes[i + 1], stream(i), {.grain = grain}));
  return mlp<First, Hidden, Last>(
      nn::normalised(First(sizes[0], sizes[1], stream(0), {.grain = grain})),
      nn::repeat(std::move(hidden)),
      Last(sizes[last], sizes[last + 1], stream(last), {.bias = true, .grain = grain}));
}

}  // namespace detail

/// sizes: inputs, at least two hidden ones, classes. Layer i begins with random_stream(seed, i).
template <class Mlp>
Mlp make_mlp(const std::vector<lowbit::index_t>& sizes, std::uint64_t seed,
             lowbit::granularity grain = lowbit::per::tensor) {
  return detail::make_mlp(static_cast<const Mlp*>(nullptr), sizes, seed, grain);
}

/// f(norm) for every batch norm of a network.
template <class Layer>
void for_each_norm(Layer&, const auto&) {}
template <class Conv>
void for_each_norm(lowbit::nn::normalised<Conv>& layer, const auto& f) {
  f(layer.norm());
}
template <class Layer>
void for_each_norm(lowbit::nn::repeat<Layer>& block, const auto& f) {
  for (Layer& each : block.layers()) for_each_norm(each, f);
}
template <class... Layers>
void for_each_norm(lowbit::nn::sequential<Layers...>& net, const auto& f) {
  std::apply([&](auto&... each) { (for_each_norm(each, f), ...); }, net.layers());
}

}  // namespace test
