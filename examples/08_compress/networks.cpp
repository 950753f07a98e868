#include "networks.hpp"

#include <lowbit/nn/deployment/folded.hpp>

namespace nn = lowbit::nn;
namespace compress = lowbit::compress;
namespace layer = lowbit::layer;
using lowbit::index_t;
using lowbit::square_window;

// Many weights and few products per image: a step costs as much as its weights, so there are fewer.
const network_plan lenet{
    "LeNet-300-100", as_vector, {{"ip1", 300}, {"ip2", 100}, {"ip3", 10}}, 200};

const network_plan cnn{"CNN",
                       folded,
                       {{"conv1", 16, square_window(3, 1, 1)},
                        {"conv2", 32, square_window(3, 2, 1)},
                        {"conv3", 64, square_window(3, 2)},
                        {"classes", 10, square_window(3)}},
                       100};

normed_network make_network(const network_plan& plan, index_t channels, std::uint64_t seed) {
  std::vector<nn::normalised<nn::conv_layer>> normed;
  std::uint64_t number = 0;
  const auto conv = [&](const network_plan::layer& l, bool bias) {
    const nn::any_policy input = number == 0 ? nn::any_policy(nn::real{}) : nn::relu{};
    const index_t from = std::exchange(channels, l.outputs);
    return nn::conv_layer(from, l.outputs, l.over, lowbit::random_stream(seed, number++),
                          {.bias = bias}, nn::real{}, input);
  };
  for (std::size_t i = 0; i + 1 < plan.layers.size(); ++i)
    normed.emplace_back(conv(plan.layers[i], false));
  return nn::sequential(nn::repeat(std::move(normed)), conv(plan.layers.back(), true));
}

plain_network plain(const normed_network& net) {
  std::vector<nn::conv_layer> layers;
  for (const auto& each : std::get<0>(net.layers()).layers()) layers.push_back(nn::folded(each));
  layers.push_back(std::get<1>(net.layers()));
  // Pixels go to 255, so the weights of the first layer are that much smaller, and so are their steps.
  layers.front().weights().rate = 1 / largest_pixel;
  return plain_network(std::move(layers));
}

std::vector<compress::model_layer> layers_of(plain_network& net, const network_plan& plan) {
  std::vector<compress::model_layer> all;
  for (std::size_t i = 0; i < plan.layers.size(); ++i)
    all.push_back({.name = plan.layers[i].name, .layer = &net.layers()[i]});
  return all;
}

index_t float_bytes(plain_network& net) {
  index_t numbers = 0;
  for (const nn::parameter* const p : net.parameters()) numbers += p->value.size();
  return 4 * numbers;
}

layer::function rectifier() {
  layer::function::parameters p;
  p.which = layer::function::relu;
  return layer::function(p);
}

packed_lenet pack_lenet(const compress::model& m, const compress::sparse_options& how) {
  const auto& l = m.layers();
  return packed_lenet(encode_linear(l[0], how), rectifier(), encode_linear(l[1], how), rectifier(),
                      encode_linear(l[2], how));
}

packed_cnn pack_cnn(const compress::model& m, const compress::sparse_options& how) {
  const auto& l = m.layers();
  return packed_cnn(encode_conv2d(l[0], how), rectifier(), encode_conv2d(l[1], how), rectifier(),
                    encode_conv2d(l[2], how), rectifier(), encode_linear(l[3], how));
}
