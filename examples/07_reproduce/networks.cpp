#include "networks.hpp"

using lowbit::index_t;
using lowbit::square_window;
namespace nn = lowbit::nn;

const network_plan mlp{.name = "MLP",
                       .layers = "784-256-256-10",
                       .twin = "float twin",
                       .images = as_vector,
                       .first_quantized = true,
                       .first = {256, {}},
                       .hidden = {{256, {}}},
                       .last = {}};

// 0.51 M products per image: 0.11 + 0.23 + 0.17 + 0.006.
const network_plan cnn{.name = "CNN",
                       .layers = "4x14x14, 16C3, 32C3/2, 64C3/2, 10C3",
                       .twin = "float twin, CNN",
                       .images = folded,
                       .first_quantized = false,
                       .first = {16, square_window(3, 1, 1)},
                       .hidden = {{32, square_window(3, 2, 1)}, {64, square_window(3, 2)}},
                       .last = square_window(3)};

network make_network(const network_plan& plan, index_t channels, index_t widen, std::uint64_t seed,
                     const network_policies& policies, const nn::batch_norm_options& norm) {
  std::uint64_t layer = 0;
  const auto conv = [&](index_t outputs, const lowbit::window& over, bool bias,
                        const nn::any_policy& weights, const nn::any_policy& inputs) {
    const index_t from = std::exchange(channels, outputs);
    return nn::conv_layer(from, outputs, over, lowbit::random_stream(seed, layer++),
                          {.bias = bias, .grain = lowbit::per::row}, weights, inputs);
  };
  nn::normalised first(conv(plan.first.outputs * widen, plan.first.over, false,
                            policies.first_weights, policies.pixels),
                       norm);
  std::vector<nn::normalised<nn::conv_layer>> hidden;
  for (const conv_shape& each : plan.hidden)
    hidden.emplace_back(
        conv(each.outputs * widen, each.over, false, policies.weights, policies.inputs), norm);
  return nn::sequential(std::move(first), nn::repeat(std::move(hidden)),
                        conv(10, plan.last, true, policies.last_weights, policies.inputs));
}
